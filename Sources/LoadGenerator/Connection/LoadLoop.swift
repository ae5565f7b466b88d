import CEpoll
import Glibc

/// Runs conversations over sockets of their own, all on one thread with epoll.
final class LoadLoop {
    /// A run that answers nothing for so long has failed, in nanoseconds.
    static let stallLimit: UInt64 = 60_000_000_000

    /// When the events at hand were seen: nanoseconds of the monotonic clock.
    private(set) var now = Clock.nanoseconds
    /// The same instant for signatures.
    private(set) var epochSeconds = Clock.epochSeconds
    /// No new work begins after this instant.
    private(set) var deadline: UInt64 = .max
    /// What was answered before this instant does not count.
    private(set) var countsFrom: UInt64 = 0
    /// Conversations that end the run when all of them are done. Others are cut then.
    private var remaining = 0
    private var toldOfEnd = false

    private let poller: Int32
    private let endpoint: Endpoint
    private var sessions: [Session] = []
    private var paused: [(until: UInt64, session: Session)] = []
    private var lastReply: UInt64 = 0

    private final class Session {
        let index: Int
        let conversation: any Conversation
        let isAwaited: Bool
        var descriptor: Int32
        let output = ByteBuffer()
        let input = ByteBuffer(capacity: 16_384)
        var sent = 0
        var sentAt: UInt64 = 0
        var isParked = false
        var isFinished = false
        var wantsWrite = false

        init(index: Int, conversation: any Conversation, isAwaited: Bool, descriptor: Int32) {
            self.index = index
            self.conversation = conversation
            self.isAwaited = isAwaited
            self.descriptor = descriptor
        }
    }

    init(endpoint: Endpoint) throws(LoadError) {
        self.endpoint = endpoint
        poller = epoll_create1(0)
        guard poller >= 0 else { throw LoadError("epoll: \(String(cString: strerror(errno)))") }
    }

    deinit {
        for session in sessions where session.descriptor >= 0 { close(session.descriptor) }
        close(poller)
    }

    /// Whether no new work may begin.
    var isOver: Bool { now >= deadline }
    /// Whether a reply at this instant counts.
    var counts: Bool { now >= countsFrom && now < deadline }
    /// The counted part of the run, in seconds.
    var countedSeconds: Double { Double(min(now, deadline) - countsFrom) / 1e9 }

    /// Opens a connection for this conversation.
    ///
    /// - Parameter isAwaited: whether the run goes on until it is done.
    /// - Returns: its number, for ``wake(_:)``.
    @discardableResult
    func add(_ conversation: any Conversation, isAwaited: Bool = true) throws(LoadError) -> Int {
        let session = Session(
            index: sessions.count, conversation: conversation, isAwaited: isAwaited,
            descriptor: try open(sessions.count))
        sessions.append(session)
        if isAwaited { remaining += 1 }
        return session.index
    }

    private func open(_ index: Int) throws(LoadError) -> Int32 {
        let descriptor = try endpoint.connect()
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(u64: UInt64(index)))
        guard epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event) == 0 else {
            throw LoadError("epoll: \(String(cString: strerror(errno)))")
        }
        return descriptor
    }

    /// Runs until every awaited conversation is done.
    ///
    /// - Parameters:
    ///   - seconds: of counted time; nil where the conversations have an end of their own.
    ///   - warmUp: seconds before, which do not count.
    func run(seconds: Double?, warmUp: Double = 0) throws(LoadError) {
        tick()
        countsFrom = now + UInt64(warmUp * 1e9)
        if let seconds { deadline = countsFrom + UInt64(seconds * 1e9) }
        lastReply = now
        for session in sessions { try proceed(session) }
        var events = [epoll_event](repeating: epoll_event(), count: 256)
        while remaining > 0 {
            let count = epoll_wait(poller, &events, 256, timeout)
            tick()
            if count < 0 && errno != EINTR { throw LoadError("epoll: \(String(cString: strerror(errno)))") }
            for event in events.prefix(Int(max(0, count))) {
                try handle(sessions[Int(event.data.u64)], events: event.events)
            }
            try resumePaused()
            if isOver && !toldOfEnd {
                toldOfEnd = true
                for session in sessions where session.isParked { try wake(session.index) }
            }
            if now > lastReply + Self.stallLimit { throw LoadError("no reply for 60 s") }
        }
    }

    private func tick() {
        now = Clock.nanoseconds
        epochSeconds = Clock.epochSeconds
    }

    private var timeout: Int32 {
        guard let next = paused.lazy.map(\.until).min() else { return 100 }
        return next <= now ? 0 : Int32(min(100, (next - now + 999_999) / 1_000_000))
    }

    private func resumePaused() throws(LoadError) {
        guard !paused.isEmpty else { return }
        let due = paused.filter { $0.until <= now }
        guard !due.isEmpty else { return }
        paused.removeAll { $0.until <= now }
        for entry in due { try proceed(entry.session) }
    }

    /// Lets a parked conversation go on.
    func wake(_ index: Int) throws(LoadError) {
        let session = sessions[index]
        guard session.isParked else { return }
        session.isParked = false
        try proceed(session)
    }

    private func proceed(_ session: Session) throws(LoadError) {
        guard !session.isFinished else { return }
        switch try session.conversation.next(session.output, in: self) {
        case .send:
            session.sent = 0
            session.sentAt = Clock.nanoseconds
            try flush(session)
        case .pause(let nanoseconds): paused.append((now + nanoseconds, session))
        case .park: session.isParked = true
        case .finish:
            session.isFinished = true
            if session.isAwaited { remaining -= 1 }
        }
    }

    private func flush(_ session: Session) throws(LoadError) {
        while session.sent < session.output.count {
            let count = send(
                session.descriptor, session.output.start + session.sent, session.output.count - session.sent,
                Int32(MSG_NOSIGNAL))
            if count > 0 {
                session.sent += count
            } else if errno == EAGAIN {
                return listen(session, forWrite: true)
            } else if errno != EINTR {
                throw LoadError("send: \(String(cString: strerror(errno)))")
            }
        }
        if session.wantsWrite { listen(session, forWrite: false) }
    }

    private func listen(_ session: Session, forWrite: Bool) {
        session.wantsWrite = forWrite
        let events = forWrite ? EPOLLIN.rawValue | EPOLLOUT.rawValue : EPOLLIN.rawValue
        var event = epoll_event(events: events, data: epoll_data_t(u64: UInt64(session.index)))
        epoll_ctl(poller, EPOLL_CTL_MOD, session.descriptor, &event)
    }

    private func handle(_ session: Session, events: UInt32) throws(LoadError) {
        if session.wantsWrite, events & EPOLLOUT.rawValue != 0 { try flush(session) }
        guard events & ~EPOLLOUT.rawValue != 0, !session.isFinished else { return }
        let room = max(16_384, session.input.count)
        let count = recv(session.descriptor, session.input.reserve(room), room, 0)
        if count < 0 {
            if errno == EAGAIN || errno == EINTR { return }
            throw LoadError("receive: \(String(cString: strerror(errno)))")
        }
        guard count > 0 else { throw LoadError("the server closed a connection: \(session.input.text.prefix(300))") }
        session.input.advance(by: count)
        guard let reply = try Reply(session.input.bytes, framing: session.conversation.framing) else { return }
        guard reply.length == session.input.count else { throw LoadError("more bytes than one reply") }
        lastReply = now
        try session.conversation.received(reply, sentAt: session.sentAt, in: self)
        let closes = reply.closes
        session.input.clear()
        if closes {
            close(session.descriptor)
            session.descriptor = try open(session.index)
        }
        try proceed(session)
    }
}
