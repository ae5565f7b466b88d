import NIOCore
import Synchronization

/// Memory for the chunks of objects that are read, used again once nobody holds the bytes.
///
/// Without it the allocator gave a chunk's memory back to the system whenever two had been free, and the next one was
/// faulted in page by page, which took as long as reading it.
final class ChunkBuffers: Sendable {
    /// Buffers that are kept. What is read beside them at the same time is taken from the allocator.
    private static let maximum = 8
    /// Fewer bytes are not worth a whole chunk's memory.
    private static let smallest = StoredFile.chunkSize / 2

    private let kept = Mutex<[ByteBuffer]>([])

    /// An empty buffer with room for so many bytes of a chunk, which nobody else holds.
    func take(capacity: Int) -> ByteBuffer {
        guard capacity >= Self.smallest else { return ByteBufferAllocator().buffer(capacity: capacity) }
        let free = kept.withLock { kept -> ByteBuffer? in
            // The one that was used last is the likeliest to be in the processor's cache.
            for index in kept.indices.reversed() {
                if kept[index].modifyIfUniquelyOwned({ $0.clear() }) != nil { return kept.remove(at: index) }
            }
            return nil
        }
        return free ?? ByteBufferAllocator().buffer(capacity: StoredFile.chunkSize)
    }

    /// Keeps a filled buffer, which the caller may go on to hand out.
    func keep(_ buffer: ByteBuffer) {
        guard buffer.capacity >= StoredFile.chunkSize else { return }
        kept.withLock { kept in
            // All of them are in use; the one that has been for longest, by a slow client maybe, is its holder's to free.
            if kept.count == Self.maximum { kept.removeFirst() }
            kept.append(buffer)
        }
    }
}
