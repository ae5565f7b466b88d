/// A buildspec as CodeBuild's reference describes it (versions 0.1 and 0.2), checked.
package struct Buildspec: Sendable, Equatable {
    package enum Version: String, Sendable {
        /// Every command begins with the same environment in the source folder.
        case first = "0.1"
        /// Variables, functions (in bash) and the working folder carry over from command to command.
        case second = "0.2"
    }

    package enum Shell: String, Sendable {
        case sh
        case bash
    }

    package enum PhaseName: String, Sendable, CaseIterable {
        case install
        case preBuild = "pre_build"
        case build
        case postBuild = "post_build"

        /// CodeBuild writes phases in capitals.
        var title: String { rawValue.uppercased() }
    }

    /// What a phase that failed leads to; absent: after `build` comes `post_build`, after the others the end.
    package enum OnFailure: Sendable, Equatable {
        /// The build ends; `post_build` does not run either.
        case abort
        /// The next phase runs, and the failure does not count.
        case `continue`
        /// The phase runs again, so many times at most.
        case retry(Int)
    }

    package struct Phase: Sendable, Equatable {
        package var name: PhaseName
        package var commands: [String] = []
        /// Run after the commands, whether they failed or not.
        package var finally: [String] = []
        package var onFailure: OnFailure?
    }

    package struct Artifacts: Sendable, Equatable {
        /// Patterns, relative to the base folder.
        package var files: [String] = []
        package var baseDirectory: String?
        /// All files lie in the root of the archive, without the folders they came from.
        package var discardPaths = false
        package var excludePaths: [String] = []
    }

    package struct Variable: Sendable, Equatable {
        package var name: String
        package var value: String
    }

    package var version: Version
    package var shell: Shell = .sh
    /// In the order of the file.
    package var variables: [Variable] = []
    /// Names of variables whose values become the action's output variables.
    package var exportedVariables: [String] = []
    /// In the order in which they run; those without commands are missing.
    package var phases: [Phase] = []
    package var artifacts: Artifacts?
    /// By identifier, which is the name of the output artifact.
    package var secondaryArtifacts: [String: Artifacts] = [:]
    /// What is in the file and has no effect here; goes to the log, one line each.
    package var notes: [String] = []
}

/// Why a buildspec cannot be run. The text names line and key.
package struct BuildspecError: Error, Equatable, Sendable, CustomStringConvertible {
    package var description: String
    /// It asks for values from services that cannot be reached from here: a ConfigurationError.
    package var isUnresolvable: Bool

    init(_ text: String, line: Int? = nil, isUnresolvable: Bool = false) {
        self.isUnresolvable = isUnresolvable
        description = line.map { "line \($0): \(text)" } ?? text
    }
}
