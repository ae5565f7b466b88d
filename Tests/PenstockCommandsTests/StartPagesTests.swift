import PenstockCommands
import Testing

@Suite("Pages that only the start needed")
struct StartPagesTests {
    @Test("Only code and what stands before it in a file is given back")
    func unwritable() {
        let maps = """
            55d0a0000000-55d0a0979000 r--p 00000000 08:01 1234                       /usr/local/bin/penstock
            55d0a0979000-55d0a2aab000 r-xp 00978000 08:01 1234                       /usr/local/bin/penstock
            55d0a2aab000-55d0a2c08000 r--p 02aa9000 08:01 1234                       /usr/local/bin/penstock
            55d0a2c08000-55d0a2c7f000 rw-p 02c06000 08:01 1234                       /usr/local/bin/penstock
            55d0a4000000-55d0a4021000 rw-p 00000000 00:00 0                          [heap]
            7f0000000000-7f0000021000 rw-p 00000000 00:00 0 
            7f0000100000-7f0000108000 rw-s 00000000 08:01 99                         /data/penstock.db-shm
            7f0000200000-7f0000228000 r--p 00000000 08:01 77                         /lib/x86_64-linux-gnu/libc.so.6
            7f0000228000-7f0000380000 r-xp 00028000 08:01 77                         /lib/x86_64-linux-gnu/libc.so.6
            7f0000400000-7f0000401000 r--p 00000000 00:00 0 
            7f0000500000-7f0000501000 r--p 00000000 08:01 78                         /lib/small.so
            7f0000501000-7f0000502000 r-xp 00000000 08:01 78                         /lib/small.so
            7f0000502000-7f0000503000 r--p 00000000 08:01 78                         /lib/small.so
            7f0000503000-7f0000504000 rw-p 00000000 08:01 78                         /lib/small.so
            7ffd00000000-7ffd00002000 r-xp 00000000 00:00 0                          [vdso]

            """
        #expect(
            StartPages.unwritable(in: maps) == [
                0x55d0_a000_0000..<0x55d0_a097_9000, 0x55d0_a097_9000..<0x55d0_a2aa_b000,
                0x7f00_0020_0000..<0x7f00_0022_8000, 0x7f00_0022_8000..<0x7f00_0038_0000,
                0x7f00_0050_0000..<0x7f00_0050_1000, 0x7f00_0050_1000..<0x7f00_0050_2000,
            ])
    }

    @Test("A process whose pages were given back goes on")
    func goesOn() {
        let before = (0..<100).map { "\($0)" }
        StartPages.giveBack()
        #expect((0..<100).map { "\($0)" } == before)
    }
}
