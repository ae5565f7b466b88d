import PenstockCommands
import Synchronization
import Testing

@Suite("The engine's clock")
struct SteadyClockTests {
    private static let second: Int64 = 1_000_000_000
    private static let start: Int64 = 1_700_000_000

    /// The machine's two clocks, moved by hand. Seconds.
    private final class Machine: Sendable {
        private let clocks = Mutex((wall: SteadyClockTests.start, uptime: Int64(500)))

        var clock: SteadyClock {
            SteadyClock(
                timeOfDay: { self.clocks.withLock { $0.wall } * SteadyClockTests.second },
                uptime: { self.clocks.withLock { $0.uptime } * SteadyClockTests.second })
        }

        func pass(_ seconds: Int64) {
            clocks.withLock { $0 = ($0.wall + seconds, $0.uptime + seconds) }
        }

        func step(_ seconds: Int64) {
            clocks.withLock { $0.wall += seconds }
        }
    }

    private static func seconds(_ clock: SteadyClock) -> Int64 { clock.now / 1000 - start }

    @Test("It shows the time of day while nobody sets it")
    func follows() {
        let machine = Machine()
        let clock = machine.clock
        for passed in 1...100 {
            machine.pass(60)
            #expect(Self.seconds(clock) == Int64(passed) * 60)
        }
    }

    @Test("Set forward by a day, it gains a tenth of the time that passes until it has caught up")
    func forward() {
        let machine = Machine()
        let clock = machine.clock
        machine.step(86_400)
        #expect(Self.seconds(clock) == 0)
        machine.pass(3600)
        #expect(Self.seconds(clock) == 3960)
        machine.pass(10 * 86_400)
        #expect(Self.seconds(clock) == 86_400 + 3600 + 10 * 86_400)
    }

    @Test("Set back by an hour, it goes on, slower by a tenth, and never back")
    func back() {
        let machine = Machine()
        let clock = machine.clock
        machine.step(-3600)
        var last = Self.seconds(clock)
        for _ in 0..<1000 {
            machine.pass(10)
            let now = Self.seconds(clock)
            #expect(now == last + 9)
            last = now
        }
        machine.pass(30_000)
        #expect(Self.seconds(clock) == 10_000 + 30_000 - 3600)
    }

    @Test("It begins no earlier than an instant that has been, and an earlier one changes nothing")
    func reached() {
        let machine = Machine()
        let clock = machine.clock
        clock.reach((Self.start + 3600) * 1000)
        #expect(Self.seconds(clock) == 3600)
        clock.reach((Self.start + 60) * 1000)
        machine.pass(100)
        #expect(Self.seconds(clock) == 3600 + 90)
    }

    @Test("It is as exact over many short readings as over one long one")
    func shortReadings() {
        let nanoseconds = Mutex(Int64(0))
        let clock = SteadyClock(
            timeOfDay: { Self.start * Self.second + 100 * Self.second + nanoseconds.withLock { $0 } },
            uptime: { nanoseconds.withLock { $0 } })
        let before = clock.now
        #expect(before == Self.start * 1000 + 100_000)
        for _ in 0..<10_000 {
            nanoseconds.withLock { $0 += 100_000 }
            _ = clock.now
        }
        #expect(clock.now == before + 1000)
    }
}
