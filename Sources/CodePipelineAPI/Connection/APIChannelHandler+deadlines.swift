import NIOCore

/// The connection's times (``ConnectionLimits``). Each has one deadline at most, so one timer does.
extension APIChannelHandler {
    struct Deadlines {
        /// When the connection is given up; absent while it is the server's turn.
        var deadline: NIODeadline?
        /// The timer, which may be early: then it is set again. Moving a deadline back, as each request does, costs no
        /// timer that way.
        var timer: (at: NIODeadline, task: Scheduled<Void>)?
        /// The first byte of a request's head has come, and not yet all of it.
        var headBegan = false
        /// When the body must be complete.
        var bodyDeadline: NIODeadline?
        /// The connection's last reply is with the kernel.
        var replyIsOut = false
    }

    /// Gives the client that long from now, or all the time in the world.
    func setDeadline(_ time: TimeAmount?) {
        setDeadline(at: time.map { now + $0 })
    }

    private var now: NIODeadline { context?.eventLoop.now ?? .now() }

    private func setDeadline(at deadline: NIODeadline?) {
        clock.deadline = deadline
        guard let deadline, let context else { return }
        if let timer = clock.timer {
            if timer.at <= deadline { return }
            timer.task.cancel()
        }
        let task = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { self.timerFired() }
        clock.timer = (deadline, task)
    }

    func cancelDeadlines() {
        clock.timer?.task.cancel()
        clock.timer = nil
        clock.deadline = nil
    }

    private func timerFired() {
        clock.timer = nil
        guard let deadline = clock.deadline else { return }
        if deadline > now { setDeadline(at: deadline) } else { timedOut() }
    }

    /// A request's head is complete.
    func requestBegan() {
        clock.headBegan = false
        clock.bodyDeadline = nil
    }

    /// A read brought its last byte. Where a request is incomplete, the client's time for the rest begins.
    func readEnded(broughtParts: Bool) {
        switch state {
        case .idle:
            // Bytes that are no part yet are the beginning of a head (or a TLS handshake).
            guard !broughtParts, !clock.headBegan, waiting.isEmpty else { return }
            clock.headBegan = true
            setDeadline(limits.head)
        // The same, of the next request: its time begins with this one's reply.
        case .answering: clock.headBegan = !broughtParts && waiting.isEmpty
        case .collecting: bodyContinues()
        case .routing(let routing) where !routing.requestEnded: bodyContinues()
        case .routing, .closing: break
        }
    }

    private func bodyContinues() {
        let now = now
        let end = clock.bodyDeadline ?? now + limits.body
        clock.bodyDeadline = end
        setDeadline(at: min(end, now + limits.bodyStall))
    }

    /// The client takes what it is sent, or it has stopped to. Where the body of a request is coming, its own deadline
    /// stands.
    func outboundChanged(isWritable: Bool) {
        switch state {
        case .idle where clock.headBegan && isWritable: setDeadline(limits.head)
        case .idle: setDeadline(isWritable ? limits.idle : limits.write)
        case .answering: setDeadline(isWritable ? nil : limits.write)
        case .routing(let routing) where routing.requestEnded: setDeadline(isWritable ? nil : limits.write)
        case .routing, .collecting, .closing: break
        }
    }

    private func timedOut() {
        clock.deadline = nil
        switch state {
        // Not where a reply is left unread, behind which nobody would see another one.
        case .idle where clock.headBegan && acceptsParts:
            endWith(timeout("The request's headers did not come in time."))
        case .collecting: endWith(timeout("The request's body did not come in time."))
        case .routing(let routing) where !routing.requestEnded && !routing.replyBegun:
            endWith(timeout("The request's body did not come in time."))
        case .idle, .answering, .routing, .closing: context?.close(promise: nil)
        }
    }

    private func timeout(_ text: String) -> APIResponse {
        .fault(408, text, requestID: service.requestIDs())
    }
}
