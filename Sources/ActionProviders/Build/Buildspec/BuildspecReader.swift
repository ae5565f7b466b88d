/// Makes a ``Buildspec`` of a file's text.
package enum BuildspecReader {
    private static let topLevel: Set<String> = [
        "version", "run-as", "env", "proxy", "batch", "phases", "reports", "artifacts", "cache",
    ]
    private static let artifactKeys: Set<String> = [
        "files", "name", "discard-paths", "base-directory", "exclude-paths", "enable-symlinks", "s3-prefix",
        "secondary-artifacts", "type",
    ]

    /// - Throws: ``BuildspecError``, which names line and key.
    package static func read(_ text: String) throws(BuildspecError) -> Buildspec {
        let root = try YAMLMap(YAMLTree(parsing: text), path: "", known: topLevel)
        guard let number = try root.text("version") else {
            throw BuildspecError("version is missing: write version: 0.2")
        }
        guard let version = Buildspec.Version(rawValue: number) else {
            throw BuildspecError(
                "version '\(EntryPath.shown(number))' is not served: write 0.2", line: root["version"]?.line)
        }
        var spec = Buildspec(version: version)
        spec.notes = root.unknownKeys
        for (key, why) in [
            ("run-as", "commands run as the build's own user"), ("proxy", "no proxy is set"),
            ("batch", "the build runs as a single one"), ("reports", "no reports are made"),
            ("cache", "nothing is cached between builds"),
        ] {
            if let tree = root[key] { spec.notes.append("line \(tree.line): \(key) has no effect: \(why)") }
        }
        if let environment = root["env"] { try readEnvironment(environment, into: &spec) }
        guard let phases = root["phases"] else { throw BuildspecError("phases is missing") }
        try readPhases(phases, into: &spec)
        if let artifacts = root["artifacts"] { try readArtifacts(artifacts, into: &spec) }
        return spec
    }

    // MARK: - env

    private static func readEnvironment(_ tree: YAMLTree, into spec: inout Buildspec) throws(BuildspecError) {
        let map = try YAMLMap(
            tree, path: "env",
            known: [
                "shell", "variables", "parameter-store", "secrets-manager", "exported-variables",
                "git-credential-helper",
            ])
        spec.notes += map.unknownKeys
        switch try map.text("shell") {
        case nil: break
        case "sh", "/bin/sh": spec.shell = .sh
        case "bash", "/bin/bash": spec.shell = .bash
        case let other?:
            throw BuildspecError(
                "env.shell '\(EntryPath.shown(other))' is not served: write bash or sh", line: map["shell"]?.line)
        }
        if let variables = try map.map("variables") {
            for name in variables.keys {
                try checkVariableName(name, key: "env.variables", line: variables[name]?.line)
                spec.variables.append(.init(name: name, value: try variables.text(name) ?? ""))
            }
        }
        for (key, service) in [("parameter-store", "the Parameter Store"), ("secrets-manager", "the Secrets Manager")] {
            guard let map = try map.map(key), let first = map.keys.first else { continue }
            throw BuildspecError(
                "env.\(key) names \(map.keys.map { "'\(EntryPath.shown($0))'" }.joined(separator: ", ")), and \(service) "
                    + "cannot be reached from here: give the value in the project's environmentVariables instead",
                line: map[first]?.line, isUnresolvable: true)
        }
        for name in try map.texts("exported-variables") {
            try checkVariableName(name, key: "env.exported-variables", line: map["exported-variables"]?.line)
            if !spec.exportedVariables.contains(name) { spec.exportedVariables.append(name) }
        }
        if try map.flag("git-credential-helper") == true {
            spec.notes.append("env.git-credential-helper has no effect: builds have no AWS credentials")
        }
    }

    private static func checkVariableName(_ name: String, key: String, line: Int?) throws(BuildspecError) {
        guard BuildEnvironment.isName(name) else {
            throw BuildspecError("\(key): '\(EntryPath.shown(name))' is not a name for a variable", line: line)
        }
    }

    // MARK: - phases

    private static func readPhases(_ tree: YAMLTree, into spec: inout Buildspec) throws(BuildspecError) {
        let map = try YAMLMap(tree, path: "phases", known: Set(Buildspec.PhaseName.allCases.map(\.rawValue)))
        if let (key, line) = map.firstUnknown {
            // CodeBuild's words.
            throw BuildspecError(
                "\(map.name(key)): Invalid buildspec phase name: \(EntryPath.shown(key).uppercased()). Expecting: "
                    + "BUILD,INSTALL,POST_BUILD,PRE_BUILD (written in small letters)", line: line)
        }
        for name in Buildspec.PhaseName.allCases {
            guard
                let phase = try map.map(
                    name.rawValue, known: ["run-as", "on-failure", "runtime-versions", "commands", "finally", "steps"])
            else { continue }
            spec.notes += phase.unknownKeys
            if let runtimes = try phase.map("runtime-versions") {
                var named: [String] = []
                for runtime in runtimes.keys {
                    named.append("\(EntryPath.shown(runtime)) \(EntryPath.shown(try runtimes.text(runtime) ?? ""))")
                }
                spec.notes.append(
                    "\(phase.name("runtime-versions")) (\(named.joined(separator: ", "))) has no effect: builds use what "
                        + "is installed on this machine")
            }
            if phase["run-as"] != nil {
                spec.notes.append("\(phase.name("run-as")) has no effect: commands run as the build's own user")
            }
            if let steps = phase["steps"] {
                throw BuildspecError("\(phase.name("steps")) is not served: write commands", line: steps.line)
            }
            let read = Buildspec.Phase(
                name: name, commands: try phase.texts("commands"), finally: try phase.texts("finally"),
                onFailure: try onFailure(phase))
            if !read.commands.contains(where: runsSomething), let (key, line) = phase.firstUnknown {
                throw BuildspecError(
                    "\(phase.path) has no commands, and \(phase.name(key)) is not a key that buildspecs have: write "
                        + "commands", line: line)
            }
            if !read.commands.isEmpty || !read.finally.isEmpty { spec.phases.append(read) }
        }
        // A build that ran nothing must not end as one that went well.
        guard spec.phases.contains(where: { ($0.commands + $0.finally).contains(where: runsSomething) }) else {
            throw BuildspecError(
                "phases has no command, and so nothing would run: write commands below one of its phases, such as "
                    + "phases.build", line: tree.line)
        }
    }

    /// Whether a command has a line that is neither empty nor a comment.
    private static func runsSomething(_ command: String) -> Bool {
        command.split(whereSeparator: \.isNewline).contains { line in
            line.first { !$0.isWhitespace }.map { $0 != "#" } ?? false
        }
    }

    private static func onFailure(_ phase: YAMLMap) throws(BuildspecError) -> Buildspec.OnFailure? {
        guard let text = try phase.text("on-failure") else { return nil }
        switch text {
        case "ABORT": return .abort
        case "CONTINUE": return .continue
        case "RETRY": return .retry(3)
        default:
            if text.hasPrefix("RETRY-"), let count = Int(text.dropFirst("RETRY-".count)), (0...100).contains(count) {
                return .retry(count)
            }
            let reason =
                text.hasPrefix("RETRY-")
                ? "regular expressions are not served: write RETRY or RETRY-n, with n from 0 to 100"
                : "write ABORT, CONTINUE, RETRY or RETRY-n"
            throw BuildspecError(
                "\(phase.name("on-failure")) '\(EntryPath.shown(text))': \(reason)", line: phase["on-failure"]?.line)
        }
    }

    // MARK: - artifacts

    private static func readArtifacts(_ tree: YAMLTree, into spec: inout Buildspec) throws(BuildspecError) {
        let map = try YAMLMap(tree, path: "artifacts", known: artifactKeys)
        spec.notes += map.unknownKeys
        if let secondary = try map.map("secondary-artifacts") {
            for name in secondary.keys {
                guard let entry = try secondary.map(name, known: artifactKeys) else { continue }
                spec.notes += entry.unknownKeys
                spec.secondaryArtifacts[name] = try artifacts(entry, notes: &spec.notes)
            }
        }
        if map["files"] != nil || spec.secondaryArtifacts.isEmpty {
            spec.artifacts = try artifacts(map, notes: &spec.notes)
        }
    }

    private static func artifacts(_ map: YAMLMap, notes: inout [String]) throws(BuildspecError) -> Buildspec.Artifacts {
        var artifacts = Buildspec.Artifacts()
        artifacts.files = try map.texts("files", takesOne: true)
        guard !artifacts.files.isEmpty else {
            throw BuildspecError(
                "\(map.name("files")) is missing: write which files are wanted, such as '**/*'", line: map.line)
        }
        artifacts.baseDirectory = try map.text("base-directory")
        artifacts.discardPaths = try map.flag("discard-paths") ?? false
        artifacts.excludePaths = try map.texts("exclude-paths", takesOne: true)
        for (key, patterns) in [("files", artifacts.files), ("exclude-paths", artifacts.excludePaths)]
        where patterns.contains(where: { $0.unicodeScalars.count > ArtifactPattern.maximumLength }) {
            throw BuildspecError(
                "\(map.name(key)) has a pattern of more than \(ArtifactPattern.maximumLength) characters",
                line: map[key]?.line)
        }
        for key in ["name", "s3-prefix"] where map[key] != nil {
            notes.append("\(map.name(key)) has no effect: the pipeline names its artifacts")
        }
        return artifacts
    }
}
