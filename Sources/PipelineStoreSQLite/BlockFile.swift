import CLinux
import Glibc
import PipelineStore
import Synchronization

/// A file of its own that is written in whole blocks and is on disk when it says so.
///
/// Where the file system allows it, blocks go to the disk past the system's cache: a commit then waits for the disk alone,
/// 20 of 100 µs less (measured with entries of 1 to 8 kB). They are synced all the same, for the disk has a cache too.
final class BlockFile: Sendable {
    /// The disk failed to write or to sync: what is on it is unknown.
    struct Failed: Error {
        var code: CInt
    }

    /// Bytes of a block: as many as a page and, as a rule, a block of the file system have.
    static let blockSize = 4096
    /// Bytes of memory that are kept for the next write, at the least and at the most.
    private static let smallestMemory = 1 << 16
    private static let largestMemory = 1 << 20

    private let path: String
    private let descriptor: CInt
    /// Opened past the system's cache; the same as ``descriptor`` where that can't be had.
    private let direct: CInt
    /// What is written next, from the first block's size in it: writing past the cache wants memory that begins there.
    private let memory: Mutex<[UInt8]>

    /// Opens or creates the file.
    ///
    /// - Throws: ``StoreError``.
    init(path: String) throws(StoreError) {
        self.path = path
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .failed("\(path): \(Self.text(errno))") }
        let direct = linux_open_direct(path)
        self.direct = direct >= 0 ? direct : descriptor
        memory = Mutex([UInt8](repeating: 0, count: Self.smallestMemory))
    }

    deinit {
        if direct != descriptor { close(direct) }
        close(descriptor)
    }

    /// Bytes that the file has.
    var size: Int { max(0, Int(lseek(descriptor, 0, SEEK_END))) }

    /// How much of the file ``count`` bytes take.
    static func roundedUp(_ count: Int) -> Int { (count + blockSize - 1) / blockSize * blockSize }

    /// Makes the file at least that long, with zeros on disk, so that writing there needs no new blocks. A new file is there
    /// after a power cut only once its folder is on disk too.
    ///
    /// - Throws: ``StoreError``.
    func reserve(_ size: Int) throws(StoreError) {
        let length = self.size
        do {
            if length < size {
                let zeros = [UInt8](repeating: 0, count: size - length)
                try zeros.withUnsafeBytes { try write($0, at: length, to: descriptor) }
                try sync()
            }
        } catch let error as StoreError {
            throw error
        } catch {
            throw .failed("\(path) can't be written: \(error)")
        }
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let opened = open(folder.isEmpty ? "/" : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard opened >= 0 else { throw .failed("\(folder): \(Self.text(errno))") }
        defer { close(opened) }
        guard fsync(opened) == 0 else { throw .failed("\(folder) can't be synced: \(Self.text(errno))") }
    }

    /// Writes the parts one behind the other from the start of a block, and zeros up to the end of the last one. They are
    /// on disk after ``sync()``.
    ///
    /// - Throws: ``Failed``, ``StoreError``.
    func write(_ parts: [UnsafeRawBufferPointer], at offset: Int) throws {
        let count = Self.roundedUp(parts.reduce(0) { $0 + $1.count })
        try memory.withLock { memory in
            if memory.count < count + Self.blockSize {
                memory = [UInt8](repeating: 0, count: count + Self.blockSize)
            }
            defer {
                if memory.count > Self.largestMemory { memory = [UInt8](repeating: 0, count: Self.smallestMemory) }
            }
            try memory.withUnsafeMutableBytes { memory in
                let start = -Int(bitPattern: memory.baseAddress) & (Self.blockSize - 1)
                let blocks = UnsafeMutableRawBufferPointer(rebasing: memory[start..<(start + count)])
                var end = 0
                for part in parts {
                    UnsafeMutableRawBufferPointer(rebasing: blocks[end...]).copyMemory(from: part)
                    end += part.count
                }
                UnsafeMutableRawBufferPointer(rebasing: blocks[end...]).initializeMemory(as: UInt8.self, repeating: 0)
                do {
                    try write(UnsafeRawBufferPointer(blocks), at: offset, to: direct)
                } catch is Unsupported {
                    try write(UnsafeRawBufferPointer(blocks), at: offset, to: descriptor)
                }
            }
        }
    }

    /// The file system takes no write past the cache, or wants larger blocks for it.
    private struct Unsupported: Error {}

    private func write(_ bytes: UnsafeRawBufferPointer, at start: Int, to target: CInt) throws {
        var done = 0
        while done < bytes.count {
            let count = pwrite(
                target, bytes.baseAddress.map { $0 + done }, bytes.count - done, off_t(start + done))
            if count > 0 {
                // What is short of a block is written once more, with all of it.
                done += target == descriptor ? count : count / Self.blockSize * Self.blockSize
                if count < Self.blockSize, target != descriptor { throw Unsupported() }
                continue
            }
            switch errno {
            case EINTR: continue
            case EINVAL where target != descriptor: throw Unsupported()
            case ENOSPC, EDQUOT, EFBIG: throw StoreError.full("\(path): \(Self.text(errno))")
            case EIO: throw Failed(code: EIO)
            default: throw StoreError.failed("\(path): \(Self.text(errno))")
            }
        }
    }

    /// Returns once everything that was written is on disk.
    ///
    /// - Throws: ``Failed``.
    func sync() throws {
        while fdatasync(descriptor) != 0 {
            let code = errno
            if code != EINTR { throw Failed(code: code) }
        }
    }

    /// That many bytes, or nil where the file ends before.
    ///
    /// - Throws: ``StoreError``.
    func read(_ count: Int, at offset: Int) throws -> [UInt8]? {
        var isShort = false
        let bytes = try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let got = pread(
                    descriptor, buffer.baseAddress.map { $0 + filled }, count - filled, off_t(offset + filled))
                if got < 0 {
                    let code = errno
                    if code == EINTR { continue }
                    throw StoreError.failed("\(path) can't be read: \(Self.text(code))")
                }
                if got == 0 {
                    isShort = true
                    return
                }
                filled += got
            }
        }
        return isShort ? nil : bytes
    }

    private static func text(_ code: CInt) -> String { String(cString: strerror(code)) }
}
