import PenstockCommands
import Testing

@Suite("Pages that only the start needed")
struct StartPagesTests {
    private static let program = "/usr/local/bin/penstock"

    private func given(_ permissions: String, _ path: String, anonymous: Int, swap: Int = 0) -> [Range<UInt>] {
        let maps = """
            55d0a0000000-55d0a0979000 \(permissions) 00978000 08:01 1234                       \(path)
            Size:               1024 kB
            Rss:                 512 kB
            Anonymous:      \(anonymous) kB
            Swap:               \(swap) kB
            SwapPss:               0 kB
            VmFlags: rd ex mr mw me
            7f0000100000-7f0000108000 rw-s 00000000 08:01 99                         /data/penstock.db-shm
            Anonymous:             0 kB
            Swap:                  0 kB

            """
        return StartPages.unwritten(in: maps)
    }

    @Test("Code and constants of a file are given back", arguments: ["r-xp", "r--p"])
    func readOnly(permissions: String) {
        #expect(given(permissions, Self.program, anonymous: 0) == [0x55d0_a000_0000..<0x55d0_a097_9000])
    }

    @Test("What was written to once, or may be, is not", arguments: ["r-xp", "r--p", "rw-p", "rwxp", "r--s"])
    func written(permissions: String) {
        #expect(given(permissions, Self.program, anonymous: 4).isEmpty)
        #expect(given(permissions, Self.program, anonymous: 0, swap: 4).isEmpty)
        if permissions.contains("w") || permissions.contains("s") {
            #expect(given(permissions, Self.program, anonymous: 0).isEmpty)
        }
    }

    @Test("What is no file is not", arguments: ["", "[vdso]", "[heap]"])
    func noFile(path: String) {
        #expect(given("r-xp", path, anonymous: 0).isEmpty)
    }

    @Test("A process whose pages were given back goes on")
    func goesOn() {
        let before = (0..<100).map { "\($0)" }
        StartPages.giveBack()
        #expect((0..<100).map { "\($0)" } == before)
    }
}
