import Foundation

/// The environment variables of a build. Values from people only ever become variables, never part of a command.
package enum BuildEnvironment {
    /// Letters, digits and `_`, not a digit first: what shells take as a name.
    package static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
            return false
        }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }

    private struct Override: Decodable {
        var name: String
        var value: String
        var type: String?
    }

    /// Reads the action's `EnvironmentVariables` (a JSON array of name, value, type).
    package static func overrides(_ json: String?) throws(BuildFailure) -> [CodeBuildProject.EnvironmentVariable] {
        guard let json, !json.isEmpty else { return [] }
        guard let list = try? JSONDecoder().decode([Override].self, from: Data(json.utf8)) else {
            throw .configuration(
                "EnvironmentVariables of the action's configuration is not a JSON array of objects with name, value and type"
            )
        }
        return list.map { .init(name: $0.name, value: $0.value, type: $0.type ?? "PLAINTEXT") }
    }

    /// Checks variables of the action or the project.
    ///
    /// - Parameter place: how errors call where they stand.
    package static func check(
        _ variables: [CodeBuildProject.EnvironmentVariable], place: String
    ) throws(BuildFailure) {
        for variable in variables {
            let shown = EntryPath.shown(variable.name)
            guard isName(variable.name) else {
                throw .configuration("\(place): '\(shown)' is not a name for an environment variable")
            }
            guard variable.type == "PLAINTEXT" else {
                throw .configuration(
                    "\(place): the environment variable \(shown) has the type \(EntryPath.shown(variable.type)), which "
                        + "cannot be resolved here: give its value with the type PLAINTEXT")
            }
            guard !variable.value.utf8.contains(0) else {
                throw .configuration("\(place): the environment variable \(shown) has a NUL in its value")
            }
        }
    }

    /// All variables, by CodeBuild's precedence: the build's own, then the action's, the project's, the buildspec's.
    package static func compose(
        own: [String: String], action: [CodeBuildProject.EnvironmentVariable],
        project: [CodeBuildProject.EnvironmentVariable], buildspec: [Buildspec.Variable]
    ) -> [String: String] {
        var all: [String: String] = [:]
        for variable in buildspec { all[variable.name] = variable.value }
        for variable in project + action { all[variable.name] = variable.value }
        return all.merging(own) { _, new in new }
    }

    /// A file for shells to read: one `export` a line, each value in single quotes, which no value can end.
    static func shellFile(_ variables: [String: String]) -> String {
        variables.sorted { $0.key < $1.key }.filter { isName($0.key) }
            .map { "export \($0.key)=\(quoted($0.value))\n" }.joined()
    }

    static func quoted(_ value: String) -> String {
        "'" + value.replacing("'", with: "'\\''") + "'"
    }
}
