import Glibc
import SystemPackage

/// Pages of the program's files that only its start needed.
package enum StartPages {
    /// Lets the kernel take back the pages of code and constants that the process has mapped so far.
    ///
    /// A start goes once through much more code than serving needs, and every 64 KiB around a touched page stay mapped. What
    /// is run again is mapped again from the page cache, as it was the first time.
    package static func giveBack() {
        guard let maps = try? DataFile.read("/proc/self/maps", maximumBytes: 1 << 20) else { return }
        for range in unwritable(in: String(decoding: maps, as: UTF8.self)) {
            madvise(UnsafeMutableRawPointer(bitPattern: range.lowerBound), Int(range.count), Int32(MADV_DONTNEED))
        }
    }

    /// The mappings of files that nothing can have been written to: code, and what stands before it in a file.
    ///
    /// What stands behind it may look the same, but holds addresses that were written at the start and are nowhere else.
    ///
    /// - Parameter maps: as in `/proc/PID/maps`.
    package static func unwritable(in maps: String) -> [Range<UInt>] {
        maps.split(separator: "\n").compactMap { line in
            // Addresses, permissions, offset in the file, device, inode, path.
            let fields = line.split(separator: " ", maxSplits: 5)
            guard fields.count == 6, fields[5].contains("/"),
                fields[1] == "r-xp" || (fields[1] == "r--p" && fields[2].allSatisfy { $0 == "0" })
            else { return nil }
            let addresses = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
            guard addresses.count == 2, addresses[0] < addresses[1] else { return nil }
            return addresses[0]..<addresses[1]
        }
    }
}
