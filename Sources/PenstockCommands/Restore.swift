package import ArgumentParser
import Glibc
import SystemPackage

/// `penstock restore`: makes a data directory of a backup.
package struct Restore: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        abstract: "Make a data directory of a backup.",
        discussion: """
            The data directory must be new or empty. A server that is started on it goes on where the backed up one \
            stood; stop that one first, or both will run what was in hand.
            """)

    @Argument(help: "A file that 'penstock backup' wrote.")
    var file: String

    @Option(help: "The directory to make ($PENSTOCK_DATA_DIR; default: ~/.local/share/penstock).")
    var dataDir: String?

    @Option(help: "text, or json: what was restored, as one object.")
    var output = Env.OutputFormat.text

    package init() {}

    package func run() async throws {
        let environment = ProcessEnvironment.variables
        let given = try ServerConfiguration.dataDirectory(flag: dataDir, environment: environment)
        let target = ProcessEnvironment.workingDirectory.pushing(FilePath(given)).lexicallyNormalized()
        let backup = BackupFile(FilePath(file))
        let manifest = try backup.check()
        // Next to its place and then moved there: a restore that was cut off is no data directory.
        let unfinished = FilePath(target.string + ".restoring")
        guard rmdir(target.string) == 0 || errno == ENOENT else {
            throw CommandFailure.usage(
                "the data directory \(target) is not empty (\(Errno(rawValue: errno))); give another --data-dir, or move it away"
            )
        }
        guard access(unfinished.string, F_OK) != 0 else {
            throw CommandFailure.usage("\(unfinished) is left of a restore that was cut off; remove it first")
        }
        try makeParent(of: target)
        try backup.unpack(into: unfinished)
        guard rename(unfinished.string, target.string) == 0 else {
            throw CommandFailure(.failure, "cannot rename \(unfinished) to \(target): \(Errno(rawValue: errno))")
        }
        let parent = open(target.removingLastComponent().string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard parent >= 0, fsync(parent) == 0 else {
            throw CommandFailure(.failure, "cannot sync the folder of \(target): \(Errno(rawValue: errno))")
        }
        close(parent)
        switch output {
        case .json:
            Output.line(manifest.report(place: target.string))
        case .text:
            Output.line(
                "restored \(manifest.files) files to \(target); start it with: penstock serve --data-dir \(target)")
        }
    }

    private func makeParent(of path: FilePath) throws(CommandFailure) {
        var made = FilePath(root: path.root)
        for component in path.removingLastComponent().components {
            made.append(component)
            guard mkdir(made.string, 0o700) == 0 || errno == EEXIST else {
                throw CommandFailure(.failure, "cannot make \(made): \(Errno(rawValue: errno))")
            }
        }
    }
}
