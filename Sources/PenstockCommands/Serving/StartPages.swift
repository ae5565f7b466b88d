import Glibc
import SystemPackage

/// Pages of the program's files that only its start needed.
package enum StartPages {
    /// Lets the kernel take back the pages of code and constants that the process has mapped so far.
    ///
    /// A start goes once through much more code than serving needs, and every 64 KiB around a touched page stay mapped. What
    /// is run again is mapped again from the page cache, as it was the first time.
    package static func giveBack() {
        guard let maps = try? DataFile.read("/proc/self/smaps", maximumBytes: 4 << 20) else { return }
        for range in unwritten(in: String(decoding: maps, as: UTF8.self)) {
            madvise(UnsafeMutableRawPointer(bitPattern: range.lowerBound), Int(range.count), Int32(MADV_DONTNEED))
        }
    }

    /// The mappings of files that can't be written to and have not been: each of their pages is as it stands in the file.
    ///
    /// A mapping that can't be written to may have been before, when the loader put addresses into it. Then it has pages of
    /// its own, which are nowhere else.
    ///
    /// - Parameter maps: as in `/proc/PID/smaps`.
    package static func unwritten(in maps: String) -> [Range<UInt>] {
        var found: [Range<UInt>] = []
        var candidate: Range<UInt>?
        var own: Set<Substring> = []
        for line in maps.split(separator: "\n") {
            let fields = line.split(separator: " ", maxSplits: 5)
            guard let first = fields.first else { continue }
            if first.last != ":" {
                candidate = readOnlyFile(fields)
                own = ["Anonymous:", "Swap:"]
            } else if fields.count > 1, fields[1] == "0", own.remove(first) != nil, own.isEmpty, let range = candidate {
                found.append(range)
            }
        }
        return found
    }

    /// - Parameter fields: addresses, permissions, offset in the file, device, inode, path.
    private static func readOnlyFile(_ fields: [Substring]) -> Range<UInt>? {
        guard fields.count == 6, fields[5].contains("/"), fields[1] == "r-xp" || fields[1] == "r--p" else { return nil }
        let addresses = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
        guard addresses.count == 2, addresses[0] < addresses[1] else { return nil }
        return addresses[0]..<addresses[1]
    }
}
