import ActionProviders

/// `codeBuild` of the configuration file.
enum CodeBuildFileSettings {
    private enum Sandbox: String, CaseIterable {
        case bubblewrap
        case none
    }

    static func settings(_ node: ConfigurationNode) throws(CommandFailure) -> CodeBuildSettings {
        let members = try node.members(["sandbox", "diskReserveMiB", "projects"])
        var settings = CodeBuildSettings()
        if let node = members["sandbox"] {
            settings.sandbox = try node.oneOf(Sandbox.self) == .none ? .none : .bubblewrap
        }
        if let node = members["diskReserveMiB"] { settings.diskReserveMiB = try node.integer(0...16_777_216) }
        guard let projects = members["projects"] else { return settings }
        for (name, node) in try projects.entries() { settings.projects[name] = try project(node) }
        return settings
    }

    private static func project(_ node: ConfigurationNode) throws(CommandFailure) -> CodeBuildProject {
        let members = try node.members([
            "buildspec", "timeoutInMinutes", "network", "memoryMiB", "processes", "diskMiB", "readOnlyPaths",
            "environmentVariables",
        ])
        var project = CodeBuildProject()
        if let node = members["buildspec"] { project.buildspec = try node.text() }
        // CodeBuild's own range is 5 minutes to 36 hours; here a build may be shorter.
        if let node = members["timeoutInMinutes"] { project.timeoutInMinutes = try node.integer(1...2160) }
        if let node = members["network"] { project.network = try node.bool() }
        if let node = members["memoryMiB"] { project.memoryMiB = try node.integer(16...16_777_216) }
        if let node = members["processes"] { project.processes = try node.integer(1...4_194_304) }
        if let node = members["diskMiB"] { project.diskMiB = try node.integer(1...16_777_216) }
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
        guard BuildEnvironment.isName(try name.text()) else {
            throw name.failure("must be letters, digits and _, and not begin with a digit")
        }
        let value = try members.required("value")
        guard !(try value.anyText()).utf8.contains(0) else { throw value.failure("must not have a NUL in it") }
        if let type = members["type"], try type.text() != "PLAINTEXT" {
            throw type.failure(
                "must be PLAINTEXT, because values can't be fetched from a Parameter Store or Secrets Manager here; give the "
                    + "value itself")
        }
        return .init(name: try name.text(), value: try value.anyText())
    }
}
