package import ArgumentParser
import Failpoints
import Glibc
import Logging

/// `penstock serve`: the server, on two ports, until it is told to stop.
package struct Serve: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        abstract: "Serve the CodePipeline API and the embedded S3 endpoint.",
        discussion: """
            Each flag may also be an environment variable or a key of the configuration file: flag over environment over \
            file over default. When it can serve, it prints one line that begins with 'ready'.
            """)

    @Option(help: "The address to listen on ($PENSTOCK_HOST; default: 127.0.0.1).")
    var host: String?

    @Option(help: "The port of the API and the console, 0 for a free one ($PENSTOCK_PORT; default: 8470).")
    var port: Int?

    @Option(help: "The port of the embedded S3 endpoint, 0 for a free one ($PENSTOCK_S3_PORT; default: 8471).")
    var s3Port: Int?

    @Option(help: "Where everything is kept ($PENSTOCK_DATA_DIR; default: ~/.local/share/penstock).")
    var dataDir: String?

    @Option(help: "A configuration file in YAML ($PENSTOCK_CONFIG).")
    var config: String?

    @Option(help: "postgres://… for several nodes ($PENSTOCK_DATABASE; default: SQLite in the data directory).")
    var database: String?

    package init() {}

    package func run() async throws {
        for (flag, port) in [("--port", port), ("--s3-port", s3Port)] {
            guard let port, !(0...65_535).contains(port) else { continue }
            throw CommandFailure.usage("\(flag) must be a port from 0 to 65535, not \(port)")
        }
        var flags = ServeSettings()
        flags.host = host
        flags.port = port
        flags.s3Port = s3Port
        flags.dataDirectory = dataDir
        flags.configurationFile = config
        flags.database = database
        try Self.armFailpoints(ProcessEnvironment.variables)
        let environment = ProcessEnvironment.variables
        let workingDirectory = ProcessEnvironment.workingDirectory
        let load = { @Sendable [flags] () throws(CommandFailure) -> ServerConfiguration in
            try ServerConfiguration.load(flags: flags, environment: environment, workingDirectory: workingDirectory)
        }
        let configuration = try load()
        // Libraries that make a logger of their own would write to standard output, where the ready line stands alone.
        LoggingSystem.bootstrap(LogLine.init(label:))
        signal(SIGPIPE, SIG_IGN)
        // Until the server listens for it.
        signal(SIGHUP, SIG_IGN)
        Self.raiseFileLimit()
        try await Server(configuration: configuration, logger: Logger(label: "penstock"), reload: load).run()
    }

    /// Places to die at, for the crash tests (CONTRIBUTING). Refused unless a second variable says that they are wanted.
    private static func armFailpoints(_ environment: [String: String]) throws(CommandFailure) {
        let (name, permission) = ("PENSTOCK_FAILPOINTS", "PENSTOCK_ALLOW_FAILPOINTS")
        guard let plan = environment[name], !plan.isEmpty else { return }
        guard environment[permission] == "1" else {
            throw .usage(
                "\(name) makes the server die on purpose and is for tests only; unset it, or set \(permission)=1 as well"
            )
        }
        do {
            try Failpoint.arm(plan)
        } catch {
            throw .usage("\(name): \(error.message)")
        }
    }

    /// A connection is a descriptor, and the usual limit for a shell's children is 1024.
    private static func raiseFileLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
