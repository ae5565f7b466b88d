import Foundation
package import SystemPackage

/// A folder of a test's own, removed with everything in it when this is released.
package final class TemporaryFolder: Sendable {
    package let path: FilePath

    /// - Parameter parent: where it is made; absent, where the system keeps such folders.
    package init(in parent: FilePath? = nil) throws {
        path = (parent ?? FilePath(NSTemporaryDirectory())).appending("penstock-\(UUID().uuidString)")
        try FileManager.default.createDirectory(atPath: path.string, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path.string)
    }

    /// Paths of all files below, relative to the folder.
    package func files() throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: path.string).filter { name in
            var isFolder: ObjCBool = false
            _ = FileManager.default.fileExists(atPath: path.appending(name).string, isDirectory: &isFolder)
            return !isFolder.boolValue
        }.sorted()
    }
}
