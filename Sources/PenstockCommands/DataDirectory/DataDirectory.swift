import Glibc
package import SystemPackage

/// The data directory, held by this process: one server at a time works in one.
///
/// The hold is a lock on `DATA/lock` that the kernel gives up when the process ends, however it ends. A copy of this
/// value is the same hold; it is never given up before the end.
package struct DataDirectory: Sendable {
    package let path: FilePath

    /// Makes the directory where it is not there (mode 0700) and takes hold of it.
    ///
    /// - Parameter now: epoch milliseconds, told to whoever finds the directory held.
    package static func open(_ path: FilePath, now: Int64) throws(CommandFailure) -> DataDirectory {
        try make(path)
        let lock = path.appending("lock")
        let descriptor = Glibc.open(lock.string, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw CommandFailure(.failure, "cannot open \(lock): \(Errno(rawValue: errno))")
        }
        guard lockPatiently(descriptor, lock) else {
            let reason = Errno(rawValue: errno)
            close(descriptor)
            throw CommandFailure(.failure, refusal(of: path, lock: lock, reason: reason))
        }
        let holder = Array("pid \(getpid()), started \(LogLine.timestamp(now))\n".utf8)
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, holder, holder.count, 0) == holder.count else {
            throw CommandFailure(.failure, "cannot write \(lock): \(Errno(rawValue: errno))")
        }
        return DataDirectory(path: path)
    }

    /// A killed server's hold can outlive it for a moment: a child that was on its way to its own program has a copy of
    /// the descriptor until it gets there. So a holder that is dead is waited for.
    private static func lockPatiently(_ descriptor: CInt, _ lock: FilePath) -> Bool {
        for _ in 0..<lockTries {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
            guard errno == EWOULDBLOCK, let holder = holder(lock), kill(holder, 0) != 0, errno == ESRCH else { break }
            poll(nil, 0, lockInterval)
        }
        return flock(descriptor, LOCK_EX | LOCK_NB) == 0
    }

    /// How often a dead server's hold is looked at again.
    private static let lockTries = 100
    /// Milliseconds between two looks.
    private static let lockInterval: CInt = 20

    /// The process that says in the lock file that it holds it.
    private static func holder(_ lock: FilePath) -> pid_t? {
        guard let bytes = try? DataFile.read(lock, maximumBytes: 4096) else { return nil }
        let words = String(decoding: bytes, as: UTF8.self).split { $0 == " " || $0 == "," }
        return words.count > 1 && words[0] == "pid" ? pid_t(words[1]) : nil
    }

    /// Whether a server works in the directory now.
    static func isHeld(_ path: FilePath) -> Bool {
        let descriptor = Glibc.open(path.appending("lock").string, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        // Shared and given back at once; a server that starts in this very moment would be told that it is held.
        guard flock(descriptor, LOCK_SH | LOCK_NB) == 0 else { return true }
        flock(descriptor, LOCK_UN)
        return false
    }

    private static func refusal(of path: FilePath, lock: FilePath, reason: Errno) -> String {
        guard reason == .wouldBlock || reason == .resourceTemporarilyUnavailable else {
            return "cannot lock \(lock): \(reason)"
        }
        let holder = (try? DataFile.read(lock, maximumBytes: 4096)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let who = holder.split(whereSeparator: \.isNewline).first.map { " (\($0))" } ?? ""
        return "another server\(who) works in the data directory \(path); stop it, or give another --data-dir"
    }

    private static func make(_ path: FilePath) throws(CommandFailure) {
        var made = FilePath(root: path.root)
        for component in path.components {
            made.append(component)
            guard mkdir(made.string, 0o700) != 0, errno != EEXIST else { continue }
            let reason = Errno(rawValue: errno)
            var status = stat()
            if stat(made.string, &status) == 0 { continue }
            throw CommandFailure(.failure, "cannot make the data directory \(path): \(made): \(reason)")
        }
        var status = stat()
        guard stat(path.string, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw CommandFailure(.failure, "the data directory \(path) is not a directory")
        }
        guard access(path.string, W_OK | X_OK) == 0 else {
            throw CommandFailure(.failure, "the data directory \(path) is not writable: \(Errno(rawValue: errno))")
        }
    }
}
