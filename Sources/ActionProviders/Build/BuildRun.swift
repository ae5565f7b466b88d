import Glibc
package import SystemPackage

/// Runs a buildspec in a workspace whose sources are in place: phases, exported variables, artifacts. Knows nothing of
/// jobs and of the store.
package struct BuildRun: Sendable {
    package static let defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// What a build that went well left behind.
    package struct Result: Sendable, Equatable {
        package var exportedVariables: [String: String] = [:]
        /// Archives below the workspace, by the name of the output artifact.
        package var artifacts: [String: FilePath] = [:]
    }

    package var spec: Buildspec
    package var project: CodeBuildProject
    package var sandbox: CodeBuildSettings.Sandbox
    package var workspace: BuildWorkspace
    /// All variables of the build; PATH, HOME and USER are added where they are missing.
    package var environment: [String: String]
    /// Declared output artifacts, in their order.
    package var outputs: [String]
    package var log: ActionLog
    /// A unique name, used for the control group; nothing secret.
    package var id: String

    package init(
        spec: Buildspec, project: CodeBuildProject, sandbox: CodeBuildSettings.Sandbox, workspace: BuildWorkspace,
        environment: [String: String], outputs: [String], log: ActionLog, id: String
    ) {
        self.spec = spec
        self.project = project
        self.sandbox = sandbox
        self.workspace = workspace
        self.environment = environment
        self.outputs = outputs
        self.log = log
        self.id = id
    }

    /// Runs to the end. All processes are gone when it returns or throws.
    ///
    /// - Throws: ``BuildFailure``, or `CancellationError` when the task was cancelled.
    package func run() async throws -> Result {
        for note in spec.notes { log.write("[build] Note: \(note)\n") }
        let plan = try ArtifactPlan(spec: spec, outputs: outputs, log: log)
        let minutes = max(1, project.timeoutInMinutes)
        let timeout = { @Sendable () async throws -> BuildFailure in
            try await Task.sleep(for: .seconds(minutes * 60))
            return .failed("the build took longer than the project's timeoutInMinutes (\(minutes)) and was ended")
                .withLines(log.lastLines)
        }
        return try await Self.race(
            {
                let values = try await runPhases(reading: spec.exportedVariables + plan.variables)
                let artifacts = try await plan.pack(workspace, variables: values, log: log)
                return Result(exportedVariables: exported(values), artifacts: artifacts)
            }, against: [timeout])
    }

    /// Runs the body until it ends, or until one of the others returns why it has to.
    static func race<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value,
        against reasons: [@Sendable () async throws -> BuildFailure]
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask { try await body() }
            for reason in reasons { group.addTask { throw try await reason() } }
            defer { group.cancelAll() }
            guard let value = try await group.next() else { throw CancellationError() }
            return value
        }
    }

    /// Of the variables' values those that the buildspec exports, with secrets masked.
    private func exported(_ values: [String: String]) -> [String: String] {
        var exported: [String: String] = [:]
        for name in spec.exportedVariables {
            guard let value = values[name] else {
                log.write("[build] Note: the exported variable \(name) is not set\n")
                continue
            }
            exported[name] = log.masked(value)
        }
        return exported
    }

    // MARK: - The sandbox

    /// - Parameter names: of variables whose values after the last phase are wanted.
    /// - Returns: those that are set, in clear.
    private func runPhases(reading names: [String]) async throws -> [String: String] {
        var bubblewrap = ""
        if sandbox == .bubblewrap {
            guard let found = BuildSandbox.findBubblewrap() else {
                throw BuildFailure.failed(
                    "bubblewrap (bwrap) is not installed, and builds do not run without a sandbox: install the package "
                        + "'bubblewrap' on this machine")
            }
            bubblewrap = found
        } else {
            log.write("[build] Note: codeBuild.sandbox is none: this build is not kept from the rest of the machine\n")
        }
        for path in project.readOnlyPaths where access(path, F_OK) != 0 {
            throw BuildFailure.configuration(
                "readOnlyPaths of the project names '\(path)', which is not on this machine")
        }
        try prepare()
        let cgroup = BuildCgroup.make(
            name: BuildCgroup.name(ofBuild: id), memoryMiB: project.memoryMiB, processes: project.processes)
        do {
            let variables = try await runDriver(bubblewrap: bubblewrap, cgroup: cgroup, reading: names)
            await cgroup?.end()
            return variables
        } catch {
            // Not a child task: it has to end also when this one was cancelled.
            await Task { await cgroup?.end() }.value
            throw error
        }
    }

    private func runDriver(
        bubblewrap: String, cgroup: BuildCgroup?, reading names: [String]
    ) async throws -> [String: String] {
        let commandLine = BuildSandbox(kind: sandbox, project: project, workspace: workspace, cgroup: cgroup)
            .commandLine(bubblewrap: bubblewrap)
        let folder = sandbox == .none ? workspace.source() : FilePath("/")
        let clean = [
            "PATH": Self.defaultPath, "HOME": workspace.homeInside,
            AbandonedProcesses.variable: workspace.folder.string,
        ]
        do {
            return try await BuildShell.with(
                commandLine, environment: clean, folder: folder, token: Self.token(), log: log
            ) { shell in
                var phases = PhaseRun(run: self, shell: shell)
                try await phases.runAll()
                return try await phases.values(of: names)
            }
        } catch let ended as BuildShell.Ended {
            throw failure(of: ended)
        } catch let failure as BuildFailure {
            throw failure
        } catch {
            try Task.checkCancellation()
            throw BuildFailure.failed("the build could not be started: \(error)").withLines(log.lastLines)
        }
    }

    private func failure(of ended: BuildShell.Ended) -> BuildFailure {
        let failure: BuildFailure =
            if !ended.beforeStart {
                .failed(
                    "the build's shell ended in the middle of the build: it was killed, by the build itself or because "
                        + "it needed more memory than memoryMiB (\(project.memoryMiB)) of the project")
            } else if sandbox == .bubblewrap {
                .failed(
                    "the sandbox (bubblewrap) does not start, and builds do not run without it: this machine must allow "
                        + "user namespaces (kernel.unprivileged_userns_clone, user.max_user_namespaces), and "
                        + "bubblewrap must be 0.8 or later")
            } else {
                .failed("the build's shell does not start")
            }
        return failure.withLines(log.lastLines)
    }

    private func prepare() throws {
        var variables = environment
        for (name, value) in [("PATH", Self.defaultPath), ("HOME", workspace.homeInside), ("USER", "build")]
        where variables[name] == nil {
            variables[name] = value
        }
        try write(BuildDriver.program, to: "driver")
        try write(BuildEnvironment.shellFile(variables), to: "environment")
        try write("build:x:65534:65534:build:\(workspace.homeInside):/bin/sh\n", to: "passwd")
        try write("build:x:65534:\n", to: "group")
        try write("127.0.0.1 localhost build\n::1 localhost build\n", to: "hosts")
        try write("passwd: files\ngroup: files\nhosts: files dns\n", to: "nsswitch.conf")
    }

    /// Writes a file that the build can read only.
    func write(_ text: String, to name: String) throws(BuildFailure) {
        let path = workspace.readonly.appending(name)
        let file = open(path.string, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw .failed("cannot write \(path): \(String(cString: strerror(errno)))") }
        defer { close(file) }
        let bytes = Array(text.utf8)
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            guard count > 0 else { throw .failed("cannot write \(path): \(String(cString: strerror(errno)))") }
            written += count
        }
    }

    private static func token() -> String {
        var generator = SystemRandomNumberGenerator()
        return String(generator.next(), radix: 36) + String(generator.next(), radix: 36)
    }
}
