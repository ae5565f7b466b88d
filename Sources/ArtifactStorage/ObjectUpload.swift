import AWSSigning
package import NIOCore
import Synchronization
import SystemPackage

/// Bytes on their way into the store: written to a temporary file and hashed as they come, nothing held but one block.
///
/// Used by one task: ``append(_:)`` any number of times, then ``finish()``, then a put of the store. Whoever begins one
/// ends it with a put or ``discard()``.
package final class ObjectUpload: Sendable {
    /// Bytes that are gathered before they are handed to the disk.
    static let blockSize = 256 << 10

    let name: String
    private let files: ObjectFiles
    private let state: Mutex<State>

    private struct State {
        var descriptor: OpenFile?
        var block = ByteBuffer()
        var digest: ContentDigest
        var content: ObjectContent?
    }

    private init(files: ObjectFiles, name: String, algorithms: Set<ChecksumAlgorithm>) {
        self.files = files
        self.name = name
        state = Mutex(State(digest: ContentDigest(algorithms: algorithms)))
    }

    deinit {
        state.withLock { state in
            try? state.descriptor?.close()
            state.descriptor = nil
        }
    }

    static func begin(in files: ObjectFiles, algorithms: Set<ChecksumAlgorithm>) async throws -> ObjectUpload {
        let upload = ObjectUpload(files: files, name: files.reserveName(), algorithms: algorithms)
        do {
            try await files.run {
                let descriptor = try OpenFile.open(
                    files.temporaryPath(of: upload.name), .readWrite,
                    options: [.create, .exclusiveCreate, .closeOnExec], permissions: [.ownerReadWrite])
                upload.state.withLock { $0.descriptor = descriptor }
            }
        } catch {
            files.release(upload.name)
            throw error
        }
        return upload
    }

    /// Takes more bytes; returns when they are written or the block has room for more.
    ///
    /// - Throws: ``ObjectStoreError/storageFull(_:)``, or the disk's error.
    package func append(_ bytes: ByteBuffer) async throws {
        let isFull = state.withLock { state in
            var bytes = bytes
            state.block.writeBuffer(&bytes)
            return state.block.readableBytes >= Self.blockSize
        }
        if isFull { try await files.run { try self.writeBlock() } }
    }

    /// Writes what is left and gives the content's digests; nothing is durable yet.
    package func finish() async throws -> ObjectContent {
        try await files.run {
            try self.writeBlock()
            return self.state.withLock { state in
                let content = state.digest.finalized(name: self.name)
                state.content = content
                return content
            }
        }
    }

    /// Removes the file.
    package func discard() async {
        await files.remove([name])
    }

    /// Makes the file durable under its name. Call it after ``finish()``.
    func publish() async throws -> ObjectContent {
        try await files.waiting {
            try self.state.withLock { state in
                guard let descriptor = state.descriptor, let content = state.content else {
                    preconditionFailure("Invalid state: an upload is published before it is finished, or twice")
                }
                try self.files.publish(descriptor, name: self.name)
                state.descriptor = nil
                try descriptor.close()
                return content
            }
        }
    }

    private func writeBlock() throws {
        try state.withLock { state in
            guard let descriptor = state.descriptor, state.block.readableBytes > 0 else { return }
            try state.block.withUnsafeReadableBytes { bytes in
                _ = try descriptor.writeAll(bytes)
                state.digest.update(bytes)
            }
            state.block.clear()
        }
    }
}
