import FoundationEssentials
import Glibc
import SystemPackage

/// What the process was started with.
enum ProcessEnvironment {
    /// All variables.
    static var variables: [String: String] {
        ProcessInfo.processInfo.environment
    }

    /// The absolute path of the working directory.
    static var workingDirectory: FilePath {
        guard let path = getcwd(nil, 0) else { return "/" }
        defer { free(path) }
        return FilePath(platformString: path)
    }
}
