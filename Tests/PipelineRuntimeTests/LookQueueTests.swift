import ActionProviders
import PipelineRuntime
import Testing

@Suite("The order of looks at sources")
struct LookQueueTests {
    private func watch(_ url: String) throws -> SourceWatch {
        SourceWatch(address: .git(remote: try GitRemote(url), branch: try GitBranch("main")))
    }

    private func watches(_ host: String, _ count: Int) throws -> [SourceWatch] {
        try (0..<count).map { try watch("https://\(host)/o/r\($0).git") }
    }

    private func begin(_ queue: inout LookQueue) -> [SourceWatch] {
        var begun: [SourceWatch] = []
        while let watch = queue.next() { begun.append(watch) }
        return begun
    }

    @Test("A host gets no more than its share, whatever its remotes look like; all together get no more than all")
    func bounds() throws {
        var queue = LookQueue()
        let other = try watch("file:///srv/git/web.git")
        queue.offer(
            try watches("silent.example.com", 100) + watches("me@silent.example.com", 100)
                + watches("Silent.example.com", 100) + [other])
        let begun = begin(&queue)
        #expect(begun.count == LookQueue.maximumLooksOfHost + 1)
        #expect(begun.contains(other))

        var many = LookQueue()
        many.offer(try (0..<100).map { try watch("git@host\($0).example.com:o/r.git") })
        #expect(begin(&many).count == LookQueue.maximumLooks)
    }

    @Test("A look that goes on is not begun again; once it has ended, the next offer brings it")
    func unfinished() throws {
        var queue = LookQueue()
        let watches = try watches("a.example.com", 1) + watches("b.example.com", 1)
        queue.offer(watches)
        #expect(Set(begin(&queue)) == Set(watches))
        queue.offer(watches)
        #expect(begin(&queue).isEmpty)
        queue.end(watches[0])
        #expect(begin(&queue).isEmpty, "its interval is not over")
        queue.offer(watches)
        #expect(begin(&queue) == [watches[0]])
    }

    @Test("What waits keeps its place when it is offered again, and goes when it is watched no more")
    func places() throws {
        var queue = LookQueue()
        let watches = try watches("a.example.com", 20)
        let running = Array(watches.prefix(LookQueue.maximumLooksOfHost))
        queue.offer(running)
        #expect(Set(begin(&queue)) == Set(running))
        let waiting = Array(watches.dropFirst(LookQueue.maximumLooksOfHost))
        for count in 1...waiting.count { queue.offer(running + waiting.prefix(count)) }
        queue.offer(running + waiting.dropFirst())
        var order: [SourceWatch] = []
        var ending = running
        while let ended = ending.popLast() {
            queue.end(ended)
            let begun = begin(&queue)
            order += begun
            ending += begun
        }
        #expect(order == Array(waiting.dropFirst()))
    }
}
