import FoundationEssentials
import Glibc
package import SystemPackage

/// Makes folders that last as long as one piece of work.
package enum TemporaryFolder {
    /// Runs `body` with a new, empty folder (mode 0700) and removes the folder with all that is in it afterwards,
    /// whether the body returns, throws or is cancelled.
    ///
    /// - Parameters:
    ///   - parent: where the folder is made; made itself if it is not there.
    ///   - purpose: the first part of the folder's name, for whoever looks at the disk.
    /// - Throws: what the body throws, or an `Errno` when the folder can't be made.
    package static func with<Result>(
        in parent: FilePath, purpose: String, _ body: (FilePath) async throws -> Result
    ) async throws -> Result {
        try FileManager.default.createDirectory(atPath: parent.string, withIntermediateDirectories: true)
        var template = Array("\(parent.appending(purpose).string)-XXXXXX".utf8CString)
        guard
            let made = template.withUnsafeMutableBufferPointer({ buffer in
                buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
            })
        else { throw Errno(rawValue: errno) }
        // What can't be removed now is left to the clean-up of the work folder at the server's start.
        defer { try? FileManager.default.removeItem(atPath: made) }
        return try await body(FilePath(made))
    }
}
