import Failpoints
import Glibc
import SystemPackage

/// Small files of the data directory, each written whole or not at all.
enum DataFile {
    /// The file's bytes.
    ///
    /// - Throws: `Errno`; `fileTooLarge` beyond the limit.
    static func read(_ path: FilePath, maximumBytes: Int) throws(Errno) -> [UInt8] {
        try typed {
            let descriptor = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
            return try descriptor.closeAfter {
                var bytes: [UInt8] = []
                var chunk = [UInt8](repeating: 0, count: 64 * 1024)
                while true {
                    let count = try chunk.withUnsafeMutableBytes { try descriptor.read(into: $0) }
                    if count == 0 { return bytes }
                    bytes += chunk[..<count]
                    if bytes.count > maximumBytes { throw Errno.fileTooLarge }
                }
            }
        }
    }

    /// Puts the bytes in place of the file, readable for its owner only. After this returns they survive a crash; a
    /// crash before leaves what was there.
    static func write(_ bytes: [UInt8], to path: FilePath) throws(Errno) {
        try typed {
            var temporary = path
            temporary.extension = "tmp"
            let descriptor = try FileDescriptor.open(
                temporary, .writeOnly, options: [.create, .truncate, .closeOnExec], permissions: .ownerReadWrite)
            try descriptor.closeAfter {
                // A left-over file keeps the mode that it was made with.
                try check(fchmod(descriptor.rawValue, 0o600))
                try descriptor.writeAll(bytes)
                try check(fsync(descriptor.rawValue))
            }
            Failpoint.dataFileSynced.reached()
            try check(rename(temporary.string, path.string))
            try synchronize(directory: path.removingLastComponent())
        }
    }

    /// Removes the file; one that is not there is as good as removed.
    static func remove(_ path: FilePath) {
        _ = unlink(path.string)
    }

    /// Whether others than the owner may read or write the file.
    static func isOpenToOthers(_ path: FilePath) throws(Errno) -> Bool {
        var status = stat()
        try check(stat(path.string, &status))
        return status.st_mode & 0o077 != 0
    }

    private static func synchronize(directory: FilePath) throws {
        let descriptor = try FileDescriptor.open(
            directory.isEmpty ? "." : directory, .readOnly, options: [.directory, .closeOnExec])
        try descriptor.closeAfter { try check(fsync(descriptor.rawValue)) }
    }

    private static func check(_ result: Int32) throws(Errno) {
        if result != 0 { throw Errno(rawValue: errno) }
    }

    /// System's functions throw nothing else, but their signatures do not say so.
    private static func typed<Value>(_ body: () throws -> Value) throws(Errno) -> Value {
        do {
            return try body()
        } catch let error as Errno {
            throw error
        } catch {
            preconditionFailure("Invalid state: a system call failed with \(error)")
        }
    }
}
