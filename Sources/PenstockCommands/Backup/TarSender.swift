import NIOCore
import NIOPosix
import SystemPackage

/// Sends files as parts of a tar archive, a piece at a time.
struct TarSender {
    /// Bytes read at once.
    private static let pieceSize = 1 << 20

    /// Files sent so far, and their bytes.
    private(set) var files = 0
    private(set) var bytes: Int64 = 0
    private let modified: Int64

    /// - Parameter now: what is sent was modified then; seconds since 1970.
    init(now: Int64) {
        modified = now
    }

    /// Sends a file at the size that it has now; what is appended meanwhile is not in it.
    ///
    /// - Throws: `Errno`, also where the file became shorter.
    mutating func send(_ file: FilePath, as name: String, _ write: (ByteBuffer) async throws -> Void) async throws {
        let pool = NIOThreadPool.singleton
        let (descriptor, size) = try await pool.runIfActive {
            let descriptor = try SystemPackage.FileDescriptor.open(file, .readOnly, options: .closeOnExec)
            return (descriptor, try descriptor.seek(offset: 0, from: .end))
        }
        defer { try? descriptor.close() }
        let header = TarHeader(name: name, size: size, modified: modified)
        try await write(ByteBuffer(bytes: header.bytes))
        var offset: Int64 = 0
        while offset < size {
            let start = offset
            let count = Int(min(Int64(Self.pieceSize), size - offset))
            let piece = try await pool.runIfActive {
                var piece = ByteBuffer()
                try piece.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { bytes in
                    try descriptor.read(
                        fromAbsoluteOffset: start, into: UnsafeMutableRawBufferPointer(rebasing: bytes.prefix(count)))
                }
                return piece
            }
            guard piece.readableBytes > 0 else { throw Errno.ioError }
            offset += Int64(piece.readableBytes)
            try await write(piece)
        }
        if header.padding > 0 { try await write(ByteBuffer(repeating: 0, count: header.padding)) }
        files += 1
        bytes += size
    }

    /// Sends a file unless it is gone.
    mutating func sendIfThere(
        _ file: FilePath, as name: String, _ write: (ByteBuffer) async throws -> Void
    ) async throws {
        // Nothing is written before the file is open.
        do {
            try await send(file, as: name, write)
        } catch Errno.noSuchFileOrDirectory {
            return
        }
    }

    /// Sends bytes as a file.
    mutating func send(_ contents: [UInt8], as name: String, _ write: (ByteBuffer) async throws -> Void) async throws {
        let header = TarHeader(name: name, size: Int64(contents.count), modified: modified)
        try await write(ByteBuffer(bytes: header.bytes + contents))
        if header.padding > 0 { try await write(ByteBuffer(repeating: 0, count: header.padding)) }
        files += 1
        bytes += Int64(contents.count)
    }
}
