package import ArgumentParser
import Glibc
import SystemPackage

/// `penstock backup`: writes a copy of all that a running server keeps into one file.
package struct Backup: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        abstract: "Write a consistent copy of a running server's data into one file.",
        discussion: """
            The file is a tar archive of the database, objects, logs, the key that secrets are encrypted with, and the \
            root credentials: keep it as carefully as the data directory. 'penstock restore' makes a data directory of \
            it. Allowed to the root credentials and to users whose policies allow penstock:Backup.
            """)

    @Argument(help: "The file to write; it must not exist.")
    var file: String

    @Option(
        name: .customLong("endpoint-url"),
        help: "The API's address ($AWS_ENDPOINT_URL_CODEPIPELINE; default: the local server).")
    var endpointURL: String?

    @Option(help: "The data directory of the local server ($PENSTOCK_DATA_DIR; default: ~/.local/share/penstock).")
    var dataDir: String?

    @Option(help: "text, or json: what was written, as one object.")
    var output = Env.OutputFormat.text

    package init() {}

    package func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        let environment = ProcessEnvironment.variables
        let directory = try FilePath(ServerConfiguration.dataDirectory(flag: dataDir, environment: environment))
        let local = Endpoints.read(in: directory)
        let download = SignedDownload(
            endpoint: try Endpoints.given(flag: endpointURL, environment: environment) ?? (local ?? .defaults).api,
            region: environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"] ?? (local ?? .defaults).region,
            credentials: try CallerCredentials.find(environment: environment, dataDirectory: directory),
            authorities: environment["AWS_CA_BUNDLE"])
        let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            let reason = Errno(rawValue: errno)
            throw reason == .fileExists
                ? CommandFailure.usage("\(file) exists; give another name")
                : CommandFailure(.failure, "cannot write \(file): \(reason)")
        }
        do {
            try await download.get("/backup", to: FileDescriptor(rawValue: descriptor), now: WallClock.now)
            guard fsync(descriptor) == 0 else {
                throw CommandFailure(.failure, "cannot sync \(file): \(Errno(rawValue: errno))")
            }
            close(descriptor)
            let manifest = try BackupFile(FilePath(file)).check()
            switch output {
            case .json: Output.line(manifest.report(place: file))
            case .text: Output.line("backed up \(manifest.files) files, \(manifest.bytes) bytes, to \(file)")
            }
        } catch {
            unlink(file)
            throw error
        }
    }
}
