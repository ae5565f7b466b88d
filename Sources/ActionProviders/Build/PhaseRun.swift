import Glibc

/// Goes through the phases of a build, as CodeBuild does: after a failure in `install` or `pre_build` nothing more runs;
/// after one in `build`, `post_build` still does; `finally` always follows its own phase's commands.
struct PhaseRun {
    /// Bytes of all variables that are read when the phases are over.
    private static let maximumExportBytes: Int64 = 1 << 20

    private struct FailedCommand {
        var phase: Buildspec.PhaseName
        var command: String
        var status: Int32
    }

    private let run: BuildRun
    private let shell: BuildShell
    private var counter = 0
    private var isSucceeding = true

    init(run: BuildRun, shell: BuildShell) {
        self.run = run
        self.shell = shell
    }

    mutating func runAll() async throws {
        var failure: (cause: BuildFailure, phase: Buildspec.PhaseName, isAborted: Bool)?
        for phase in run.spec.phases {
            if let failure, failure.isAborted || failure.phase != .build || phase.name != .postBuild { continue }
            run.log.write("[build] Entering phase \(phase.name.title)\n")
            guard let failed = try await attempt(phase) else {
                run.log.write("[build] Phase \(phase.name.title) succeeded\n")
                continue
            }
            run.log.write("[build] Phase \(phase.name.title) failed: \(describe(failed))\n")
            if phase.onFailure == .continue {
                run.log.write("[build] on-failure is CONTINUE: the failure does not count\n")
                isSucceeding = failure == nil
                continue
            }
            // The first failure is the build's; its lines are taken now, before post_build adds others.
            if failure == nil {
                let cause = BuildFailure.failed("phase \(phase.name.title) failed: \(describe(failed))")
                    .withLines(run.log.lastLines)
                failure = (cause, phase.name, phase.onFailure == .abort)
            }
        }
        if let failure { throw failure.cause }
    }

    private mutating func attempt(_ phase: Buildspec.Phase) async throws -> FailedCommand? {
        var retries = 0
        if case .retry(let count) = phase.onFailure { retries = count }
        let before = isSucceeding
        while true {
            isSucceeding = before
            var failed = try await runCommands(phase.commands, of: phase.name)
            if failed != nil { isSucceeding = false }
            if let last = try await runCommands(phase.finally, of: phase.name) {
                isSucceeding = false
                failed = failed ?? last
            }
            guard let failed, retries > 0 else { return failed }
            run.log.write("[build] \(describe(failed)); trying the phase again, \(retries) times at most\n")
            retries -= 1
        }
    }

    /// - Returns: the command that failed; those after it did not run.
    private mutating func runCommands(
        _ commands: [String], of phase: Buildspec.PhaseName
    ) async throws -> FailedCommand? {
        for command in commands {
            run.log.write("[build] Running command \(command)\n")
            run.log.flush()
            let status = try await execute(command + "\n")
            if status != 0 { return FailedCommand(phase: phase, command: command, status: status) }
        }
        return nil
    }

    private mutating func execute(_ text: String) async throws -> Int32 {
        counter += 1
        try run.write(text, to: "command-\(counter)")
        let frame = BuildDriver.frame(
            command: "\(run.workspace.readonlyInside)/command-\(counter)", spec: run.spec, workspace: run.workspace,
            isSucceeding: isSucceeding)
        try run.write(frame, to: "frame-\(counter)")
        return try await shell.run("\(run.workspace.readonlyInside)/frame-\(counter)", with: run.spec.shell)
    }

    private func describe(_ failed: FailedCommand) -> String {
        var text = "the command '\(failed.command.prefix(1000))' ended with exit status \(failed.status)"
        if failed.status == 137 {
            text += " (killed, perhaps because it needed more memory than memoryMiB, \(run.project.memoryMiB))"
        }
        return run.log.masked(text)
    }

    /// The values of variables after the last phase, in clear; one that is not set has none.
    mutating func values(of names: [String]) async throws -> [String: String] {
        guard !names.isEmpty else { return [:] }
        let file = run.workspace.outputInside + "/tmp/exported"
        guard try await execute(BuildDriver.exporting(names, to: file)) == 0 else {
            throw BuildFailure.failed("the variables \(names.joined(separator: ", ")) could not be read")
                .withLines(run.log.lastLines)
        }
        var values: [String: String] = [:]
        for entry in try readExported().split(separator: 0) {
            let parts = entry.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(decoding: parts[0], as: UTF8.self)
            guard parts.count == 2, names.contains(name) else { continue }
            values[name] = String(decoding: parts[1], as: UTF8.self)
        }
        return values
    }

    private func readExported() throws -> [UInt8] {
        let folder = try FolderHandle(opening: run.workspace.output).folder(["tmp"])
        let file = try folder.openForReading("exported")
        guard file.size <= Self.maximumExportBytes else {
            throw BuildFailure.failed(
                "the exported variables, and those in base-directory, are larger than \(Self.maximumExportBytes) bytes "
                    + "together")
        }
        var bytes = [UInt8](repeating: 0, count: Int(file.size))
        let count = read(file.descriptor, &bytes, bytes.count)
        return Array(bytes.prefix(max(0, count)))
    }
}
