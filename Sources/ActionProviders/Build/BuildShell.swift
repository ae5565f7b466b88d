import Glibc
import Subprocess
import SystemPackage

/// The running driver of a build: takes scripts one by one and tells how each ended.
final class BuildShell {
    /// The driver ended although it was not asked to.
    struct Ended: Error {
        /// It never answered: the sandbox did not start.
        var beforeStart: Bool
    }

    /// A driver that was killed must not take the server with it when a script is sent to it.
    private static let ignoresBrokenPipes: Void = { _ = signal(SIGPIPE, SIG_IGN) }()

    private let write: (String) async throws -> Void
    private let read: () async throws -> [UInt8]?
    private var scanner: MarkScanner
    private var pending: [MarkScanner.Piece] = []
    private let log: ActionLog

    private init(
        token: String, log: ActionLog, write: @escaping (String) async throws -> Void,
        read: @escaping () async throws -> [UInt8]?
    ) {
        scanner = MarkScanner(token: token)
        self.log = log
        self.write = write
        self.read = read
    }

    /// Starts a driver, lets `body` use it, and kills it with all that it started, however `body` ends.
    ///
    /// - Parameters:
    ///   - commandLine: of ``BuildSandbox``.
    ///   - token: marks the ends of commands in the output; not to be guessed.
    static func with<Value: Sendable>(
        _ commandLine: [String], environment: [String: String], folder: FilePath, token: String, log: ActionLog,
        _ body: (BuildShell) async throws -> Value
    ) async throws -> Value {
        ignoresBrokenPipes
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = [.send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .zero)]
        var variables: [Environment.Key: String] = [:]
        for (name, value) in environment {
            if let key = Environment.Key(rawValue: name) { variables[key] = value }
        }
        // The library closes all descriptors but the three standard ones in the child.
        let result = try await Subprocess.run(
            .path(FilePath(commandLine[0])), arguments: Arguments(Array(commandLine.dropFirst())),
            environment: .custom(variables), workingDirectory: folder, platformOptions: options, input: .inputWriter,
            output: .sequence, error: .combinedWithOutput
        ) { execution in
            defer { try? execution.send(signal: .kill, toProcessGroup: true) }
            var iterator = execution.standardOutput.makeAsyncIterator()
            let writer = execution.standardInputWriter
            let shell = BuildShell(
                token: token, log: log,
                write: { text in _ = try await writer.write(Array(text.utf8)) },
                read: { try await iterator.next()?.withUnsafeBytes { Array($0) } })
            do {
                try await shell.write(token + "\n")
                _ = try await shell.nextMark()
            } catch {
                try Task.checkCancellation()
                throw Ended(beforeStart: true)
            }
            return try await body(shell)
        }
        return result.closureResult
    }

    /// Runs a script and logs what it prints.
    ///
    /// - Returns: its exit status; over 128 it is a signal's number and 128.
    func run(_ script: String, with shell: Buildspec.Shell) async throws -> Int32 {
        do {
            try await write("\(shell.rawValue) \(script)\n")
        } catch {
            try Task.checkCancellation()
            throw Ended(beforeStart: false)
        }
        let status = try await nextMark()
        log.flush()
        return status
    }

    private func nextMark() async throws -> Int32 {
        while true {
            while !pending.isEmpty {
                switch pending.removeFirst() {
                case .output(let bytes): log.write(bytes: bytes)
                case .mark(let status): return status
                }
            }
            guard let bytes = try await read() else {
                try Task.checkCancellation()
                throw Ended(beforeStart: false)
            }
            pending = scanner.take(bytes)
        }
    }
}
