import ArtifactStorage
import PipelineEngine
import PipelineModel
import PipelineRuntime
import PipelineStore
import Synchronization
import SystemPackage
import TestSupport
import Testing

@Suite("Deadlines", .timeLimit(.minutes(1)))
struct TimerServiceTests {
    private func attempt(_ fixture: RuntimeFixture) async throws -> CopyOnWrite<ActionAttempt> {
        try #require(try await fixture.row().state.stages["Release"]?.actions["Review"]?.latest)
    }

    @Test("A deadline that came due while nobody looked fires at the start, once")
    func dueAtStart() async throws {
        let fixture = try await RuntimeFixture()
        defer { fixture.close() }
        try await fixture.create([StageDefinition("Release", .approval())])
        let id = try await attempt(fixture).actionExecutionID
        fixture.clock.advance(seconds: 604_800)
        try await running({ try await TimerService(host: fixture.host, logger: fixture.logger).run() }) {
            try await fixture.store.eventually { try $0.nextTimer() == nil }
            let ended = try await fixture.store.read { try $0.attempt(id) }?.attempt
            #expect(ended?.status == .failed && ended?.error?.code == "TimedOut")
        }
    }

    @Test("A deadline fires when the clock has come to it, not before, and one set meanwhile is seen")
    func dueLater() async throws {
        let fixture = try await RuntimeFixture()
        defer { fixture.close() }
        try await running({ try await TimerService(host: fixture.host, logger: fixture.logger).run() }) {
            try await fixture.create([StageDefinition("Release", .approval())])
            fixture.clock.advance(seconds: 604_799)
            fixture.host.signals.timers.signal()
            let other = try await fixture.create("other", [StageDefinition("Build", .jenkins())])
            let job = try #require(try await fixture.liveJobs().first)
            try await fixture.apply(.dispatchJob(id: job.id), to: "other")
            #expect(try await attempt(fixture).status == .inProgress)
            fixture.clock.advance(seconds: 1)
            fixture.host.signals.timers.signal()
            try await fixture.store.eventually {
                try $0.pipeline("website")?.state.stages["Release"]?.latest?.status == .failed
            }
            // A dispatched job that nobody acknowledges is back in its queue a minute later.
            #expect(fixture.host.jobs.liveJob(job.id)?.status == .dispatched)
            fixture.clock.advance(seconds: 60)
            fixture.host.signals.timers.signal()
            try await fixture.store.eventually { try $0.job(job.id)?.record.status == .queued }
            #expect(try await fixture.row("other").id == other.id)
        }
    }

    @Test("A timer of something that is over goes, and takes nothing with it")
    func outdated() async throws {
        let fixture = try await RuntimeFixture()
        defer { fixture.close() }
        let row = try await fixture.create([StageDefinition("Build", .jenkins())])
        let real = try await fixture.timers()
        let now = fixture.clock.now
        try await fixture.store.write { transaction in
            for (pipeline, subject) in [("deleted", "a"), ("website", "b")] {
                try transaction.setTimer(
                    Timer(kind: .jobAcknowledgement, subject: subject, pipeline: pipeline, due: now))
            }
        }
        try await running({ try await TimerService(host: fixture.host, logger: fixture.logger).run() }) {
            try await fixture.store.eventually { try $0.dueTimers(at: now, limit: 10).isEmpty }
        }
        #expect(try await fixture.timers() == real)
        #expect(try await fixture.row().state == row.state)
    }

    @Test("Timers that can't be fired, a batch of them and more, hold up no other's deadline")
    func manyThatFail() async throws {
        let fixture = try await RuntimeFixture()
        defer { fixture.close() }
        let now = fixture.clock.now
        let failing = 250
        try await fixture.store.write { transaction in
            for number in 0..<failing {
                try transaction.setTimer(
                    Timer(kind: .jobAcknowledgement, subject: "\(number)", pipeline: "deleted", due: now))
            }
        }
        try await fixture.create([StageDefinition("Release", .approval())])
        fixture.clock.advance(seconds: 604_800)
        fixture.store.refuseWrites(failing, with: .failed("a row of this test"))
        try await running({ try await TimerService(host: fixture.host, logger: fixture.logger).run() }) {
            let left = Mutex(0)
            try await fixture.store.eventually { reader in
                guard try reader.pipeline("website")?.state.stages["Release"]?.latest?.status == .failed else {
                    return false
                }
                let due = try reader.dueTimers(at: now, limit: 1000).count
                left.withLock { $0 = due }
                return true
            }
            #expect(left.withLock { $0 } == failing, "they were passed over, not waited for")
        }
    }

    @Test("A store that refuses for a while delays a deadline; it is not lost")
    func refusedWrite() async throws {
        let fixture = try await RuntimeFixture()
        defer { fixture.close() }
        try await fixture.create([StageDefinition("Release", .approval())])
        fixture.clock.advance(seconds: 604_800)
        fixture.store.refuseWrites(1)
        try await running({ try await TimerService(host: fixture.host, logger: fixture.logger).run() }) {
            try await fixture.store.eventually { [store = fixture.store, signals = fixture.host.signals] reader in
                // Instead of the pause after trouble.
                if store.refused == 1 { signals.timers.signal() }
                return try reader.nextTimer() == nil
            }
        }
        #expect(try await attempt(fixture).status == .failed)
    }
}

@Suite("Waking a service", .timeLimit(.minutes(1)))
struct WakeSignalTests {
    @Test("A signal before the wait is not lost, and ends one wait")
    func before() async {
        let signal = WakeSignal()
        signal.signal()
        signal.signal()
        await signal.wait()
        // Two signals were one: this wait ends by its own time.
        await signal.wait(for: .zero)
    }

    @Test("A signal ends the wait that goes on")
    func during() async {
        let signal = WakeSignal()
        let (rounds, round) = AsyncStream.makeStream(of: Int.self)
        let task = Task {
            for number in 0..<100 {
                await signal.wait()
                round.yield(number)
            }
            round.finish()
        }
        signal.signal()
        var seen: [Int] = []
        for await number in rounds {
            seen.append(number)
            signal.signal()
        }
        await task.value
        #expect(seen == Array(0..<100))
    }

    @Test("A wait ends after its time, and with its task")
    func endsWithoutSignal() async {
        let signal = WakeSignal()
        await signal.wait(for: .milliseconds(1))
        let task = Task { await signal.wait() }
        task.cancel()
        await task.value
        await Task { await signal.wait(for: .zero) }.value
    }
}
