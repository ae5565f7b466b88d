import ActionProviders

/// `codeBuild` of the configuration file.
enum CodeBuildFileSettings {
    private enum Sandbox: String, CaseIterable {
        case bubblewrap
        case none
    }

    private enum VariableType: String, CaseIterable {
        case plaintext = "PLAINTEXT"
        case parameterStore = "PARAMETER_STORE"
        case secretsManager = "SECRETS_MANAGER"
    }

    static func settings(_ node: ConfigurationNode) throws(CommandFailure) -> CodeBuildSettings {
        let members = try node.members(["sandbox", "projects"])
        var settings = CodeBuildSettings()
        if let node = members["sandbox"] {
            settings.sandbox = try node.oneOf(Sandbox.self) == .none ? .none : .bubblewrap
        }
        guard let projects = members["projects"] else { return settings }
        for (name, node) in try projects.entries() { settings.projects[name] = try project(node) }
        return settings
    }

    private static func project(_ node: ConfigurationNode) throws(CommandFailure) -> CodeBuildProject {
        let members = try node.members([
            "buildspec", "timeoutInMinutes", "network", "memoryMiB", "processes", "readOnlyPaths",
            "environmentVariables",
        ])
        var project = CodeBuildProject()
        if let node = members["buildspec"] { project.buildspec = try node.text() }
        // CodeBuild's own range is 5 minutes to 36 hours; here a build may be shorter.
        if let node = members["timeoutInMinutes"] { project.timeoutInMinutes = try node.integer(1...2160) }
        if let node = members["network"] { project.network = try node.bool() }
        if let node = members["memoryMiB"] { project.memoryMiB = try node.integer(16...16_777_216) }
        if let node = members["processes"] { project.processes = try node.integer(1...4_194_304) }
        if let node = members["readOnlyPaths"] { project.readOnlyPaths = try paths(node) }
        for node in try members["environmentVariables"]?.list() ?? [] {
            project.environmentVariables.append(try variable(node))
        }
        return project
    }

    private static func paths(_ node: ConfigurationNode) throws(CommandFailure) -> [String] {
        var paths: [String] = []
        for node in try node.list() {
            let path = try node.text()
            guard path.hasPrefix("/") else { throw node.failure("must be an absolute path") }
            paths.append(path)
        }
        return paths
    }

    private static func variable(
        _ node: ConfigurationNode
    ) throws(CommandFailure) -> CodeBuildProject.EnvironmentVariable {
        let members = try node.members(["name", "value", "type"])
        let name = try members.required("name")
        guard !(try name.text()).utf8.contains(where: { $0 == UInt8(ascii: "=") || $0 == 0 }) else {
            throw name.failure("must not have = in it")
        }
        return .init(
            name: try name.text(), value: try members.required("value").anyText(),
            type: try members["type"]?.oneOf(VariableType.self).rawValue ?? "PLAINTEXT")
    }
}
