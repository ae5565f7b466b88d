import CLibArchive
import Glibc
package import SystemPackage

/// What a build may take of the disk: as much as its project's `diskMiB`, and nothing of what `codeBuild.diskReserveMiB`
/// keeps for the server, because a full data directory stops every pipeline.
///
/// The kernel would hold a build to a size only by quotas, which want root and a file system that was made for them. So
/// the disk is watched instead, and a build that goes too far is ended and its folder removed. A build that fills the
/// disk at once does so for ``lookInterval``.
package struct BuildDisk: Sendable {
    /// From one look at the free space, one system call, to the next.
    static let lookInterval = Duration.milliseconds(250)
    /// A measure of the folder looks at every file in it. The pause after it is so many times as long as it took, so that all
    /// of them together are 2 % of a processor's time, within these bounds.
    static let pausesPerMeasure = 50
    static let measurePauseMin = Duration.seconds(1)
    static let measurePauseMax = Duration.seconds(30)
    /// Folders in folders that are measured; what lies deeper is left to the reserve.
    static let depthMax = 100
    /// Free space that is kept for the server, unless that is more than a twentieth of the disk, or something else is set.
    package static let defaultReserveMiB: UInt64 = 1024
    /// Free inodes that are kept for the server, unless that is more than a twentieth of what the disk has.
    static let inodesReserve: UInt64 = 10_000

    private let folder: FilePath
    private let project: String
    private let limitMiB: Int
    private let reserveMiB: Int?

    /// - Parameters:
    ///   - folder: all that the build writes; it must be there.
    ///   - project: the name of the project, for messages.
    ///   - limitMiB: of the project.
    ///   - reserveMiB: of the server; 0 is none, nil the default.
    package init(folder: FilePath, project: String, limitMiB: Int, reserveMiB: Int?) {
        self.folder = folder
        self.project = project
        self.limitMiB = limitMiB
        self.reserveMiB = reserveMiB
    }

    /// Runs the body, and ends it when it takes too much.
    ///
    /// - Throws: ``BuildFailure`` that names the limit, or what the body throws.
    package func watch<Value: Sendable>(
        log: ActionLog, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        if let failure = shortage() { throw failure }
        return try await BuildRun.race(
            {
                do {
                    return try await body()
                } catch {
                    // Commands may meet the full disk before it is looked at again.
                    guard !Task.isCancelled, let failure = shortage() else { throw error }
                    throw failure.withLines(log.lastLines)
                }
            },
            against: [
                { try await untilShort().withLines(log.lastLines) },
                { try await untilLarge().withLines(log.lastLines) },
            ])
    }

    private func untilShort() async throws -> BuildFailure {
        while true {
            if let failure = shortage() { return failure }
            try await Task.sleep(for: Self.lookInterval)
        }
    }

    private func untilLarge() async throws -> BuildFailure {
        while true {
            let (bytes, took) = try await Self.measure(folder)
            guard bytes <= Int64(limitMiB) << 20 else {
                return .failed(
                    "the build took more of the disk than diskMiB of the project \(project) allows (\(limitMiB) MiB), and "
                        + "was ended: let it write less, or set a larger diskMiB for the project in the server's "
                        + "configuration")
            }
            try await Task.sleep(
                for: min(max(Self.measurePauseMin, took * Self.pausesPerMeasure), Self.measurePauseMax))
        }
    }

    /// - Returns: nil while there is room, or where the system does not tell.
    private func shortage() -> BuildFailure? {
        var status = statvfs()
        guard reserveMiB != 0, statvfs(folder.string, &status) == 0 else { return nil }
        let freeMiB = (UInt64(status.f_bavail) * UInt64(status.f_frsize)) >> 20
        let sizeMiB = (UInt64(status.f_blocks) * UInt64(status.f_frsize)) >> 20
        let reserve = reserveMiB.map(UInt64.init) ?? Self.defaultReserve(ofMiB: sizeMiB)
        // File systems that make inodes as they need them have none to count.
        let inodes = min(Self.inodesReserve, UInt64(status.f_files) / 20)
        let found: String
        if freeMiB < reserve {
            found = "\(freeMiB) MiB are free, and codeBuild.diskReserveMiB keeps \(reserve) MiB"
        } else if UInt64(status.f_favail) < inodes {
            found = "\(status.f_favail) inodes are free, and \(inodes) are kept"
        } else {
            return nil
        }
        return BuildFailure(
            type: "SystemUnavailable",
            message:
                "the server's disk is nearly full: \(found) for the server, so no build runs. Free some space on the "
                + "server's machine, then retry the stage")
    }

    /// What is kept for the server on a disk of that size where nothing is set.
    package static func defaultReserve(ofMiB size: UInt64) -> UInt64 { min(defaultReserveMiB, size / 20) }

    // MARK: - Measuring

    /// The bytes that a folder takes on the disk. No link is followed, holes are not counted, and a file of several names
    /// counts once if all of them are in the folder.
    package static func bytes(in folder: FilePath) async throws -> Int64 {
        try await measure(folder).bytes
    }

    /// - Returns: `took` leaves out how long the measure waited for its turn.
    private static func measure(_ folder: FilePath) async throws -> (bytes: Int64, took: Duration) {
        try await FileWork.run { cancellation in
            let clock = ContinuousClock()
            let start = clock.now
            var total: Int64 = 0
            let root = open(folder.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            if root >= 0 { try add(root, depth: 0, to: &total, cancellation) }
            return (total, clock.now - start)
        }
    }

    /// Takes the descriptor over. Folders that can't be read, and what goes away meanwhile, do not count. One entry after the
    /// other: a list of a folder's names is as long as the build makes it.
    private static func add(
        _ descriptor: CInt, depth: Int, to total: inout Int64, _ cancellation: FileWork.Cancellation
    ) throws(CancellationError) {
        guard let stream = fdopendir(descriptor) else {
            close(descriptor)
            return
        }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            try cancellation.check()
            var status = stat()
            // -1, or a folder to go into.
            let inner = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { name -> CInt in
                    guard strcmp(name, ".") != 0, strcmp(name, "..") != 0,
                        fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0
                    else { return -1 }
                    let isFolder = status.st_mode & S_IFMT == S_IFDIR
                    total += Int64(status.st_blocks) * 512 / (isFolder ? 1 : max(1, Int64(status.st_nlink)))
                    guard isFolder, depth < depthMax else { return -1 }
                    return openat(descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                }
            }
            if inner >= 0 { try add(inner, depth: depth + 1, to: &total, cancellation) }
        }
    }
}
