/// Job cycles of the queues that stand beside ours: put a job of 200 bytes, take one, say that it is done.
final class QueueCycle: Conversation {
    /// Which queue.
    enum Kind: String, CaseIterable {
        case beanstalkd
        case redis
    }

    private enum State {
        case put
        case take
        case done(String)
    }

    /// The queue's stream and group in Redis.
    static let stream = "jobs"
    static let group = "workers"

    let framing: Framing
    private let kind: Kind
    private let consumer: String
    private let measurement: Measurement
    private let payload = String(repeating: "j", count: 200)
    private var state = State.put
    private var beganAt: UInt64 = 0

    init(_ kind: Kind, consumer: Int, measurement: Measurement) {
        self.kind = kind
        framing = kind == .redis ? .redis : .beanstalk
        self.consumer = "worker-\(consumer)"
        self.measurement = measurement
    }

    func next(_ request: ByteBuffer, in loop: LoadLoop) throws(LoadError) -> Step {
        if case .put = state {
            if loop.isOver { return .finish }
            beganAt = loop.now
        }
        request.clear()
        switch (kind, state) {
        case (.beanstalkd, .put): request.append("put 0 0 60 200\r\n\(payload)\r\n")
        case (.beanstalkd, .take): request.append("reserve\r\n")
        case (.beanstalkd, .done(let id)): request.append("delete \(id)\r\n")
        case (.redis, .put): Self.write(["XADD", Self.stream, "*", "j", payload], to: request)
        case (.redis, .take):
            Self.write(
                ["XREADGROUP", "GROUP", Self.group, consumer, "COUNT", "1", "STREAMS", Self.stream, ">"], to: request)
        case (.redis, .done(let id)): Self.write(["XACK", Self.stream, Self.group, id], to: request)
        }
        return .send
    }

    func received(_ reply: Reply, sentAt: UInt64, in loop: LoadLoop) throws(LoadError) {
        let text = String(decoding: reply.body, as: UTF8.self)
        switch state {
        case .put:
            guard text.hasPrefix(kind == .redis ? "$" : "INSERTED ") else { throw LoadError("put: \(text)") }
            state = .take
        case .take:
            guard let id = id(in: text) else { throw LoadError("take: \(text)") }
            state = .done(id)
        case .done:
            guard text == (kind == .redis ? ":1\r\n" : "DELETED\r\n") else { throw LoadError("done: \(text)") }
            if loop.counts { measurement.add(loop.now - beganAt) }
            state = .put
        }
    }

    private func id(in text: String) -> String? {
        if kind == .beanstalkd {
            let words = text.split(separator: " ", maxSplits: 2)
            return words.count == 3 && words[0] == "RESERVED" ? String(words[1]) : nil
        }
        // The entry's id is the only line of digits around one dash.
        return text.split(separator: "\r\n").first { line in
            line.contains("-") && line.allSatisfy { $0.isNumber || $0 == "-" }
        }.map(String.init)
    }

    static func write(_ words: [String], to request: ByteBuffer) {
        request.append("*\(words.count)\r\n")
        for word in words { request.append("$\(word.utf8.count)\r\n\(word)\r\n") }
    }
}
