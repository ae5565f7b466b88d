package import ArgumentParser
import SystemPackage

/// The command `penstock`. Each verb is a file beside this one.
package struct Penstock: AsyncParsableCommand {
    /// The version that `penstock --version` prints.
    package static let version = "0.1.0"

    package static let configuration = CommandConfiguration(
        commandName: "penstock",
        abstract: "Release pipelines on your own machines, spoken to through the AWS CodePipeline API.",
        version: version,
        subcommands: [Serve.self, Env.self, Backup.self, Restore.self])

    package init() {}

    /// Parses the arguments and runs the verb. What went wrong is one line on standard error.
    ///
    /// - Parameter arguments: without the program's name.
    /// - Returns: the status to exit with.
    package static func run(_ arguments: [String]) async -> Int32 {
        do {
            var command = try parseAsRoot(arguments)
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            return ExitStatus.success.rawValue
        } catch let failure as CommandFailure {
            return report(failure.message, failure.status.rawValue)
        } catch {
            let status = exitCode(for: error)
            guard status.isSuccess else { return report(message(for: error), status.rawValue) }
            Output.line(fullMessage(for: error))
            return ExitStatus.success.rawValue
        }
    }

    private static func report(_ message: String, _ status: Int32) -> Int32 {
        let line = message.split(whereSeparator: \.isNewline).joined(separator: " ")
        Output.line("penstock: \(line)", to: .standardError)
        return status
    }
}

/// Writes whole lines straight to a descriptor, so that nothing waits in a buffer when the process ends.
enum Output {
    /// What cannot be written, to a closed pipe for instance, is lost: there is nobody to tell.
    static func line(_ text: String, to descriptor: FileDescriptor = .standardOutput) {
        _ = try? descriptor.writeAll(Array("\(text)\n".utf8))
    }
}
