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

    /// The mappings of files that nothing can have been written to: code, and what stands right in front of it in a file.
    ///
    /// What stands behind it may look the same, but holds addresses that were written at the start and are nowhere else. In a
    /// small library it even has the same place in the file.
    ///
    /// - Parameter maps: as in `/proc/PID/maps`.
    package static func unwritable(in maps: String) -> [Range<UInt>] {
        let mappings = maps.split(separator: "\n").map(Mapping.init)
        return mappings.indices.compactMap { index in
            guard let mapping = mappings[index] else { return nil }
            let isCode = mapping.permissions == "r-xp"
            let isInFrontOfCode =
                mapping.permissions == "r--p"
                && mappings.indices.contains(index + 1)
                && mappings[index + 1].map { $0.path == mapping.path && $0.permissions == "r-xp" } ?? false
            return isCode || isInFrontOfCode ? mapping.addresses : nil
        }
    }

    /// A mapping of a file.
    private struct Mapping {
        var addresses: Range<UInt>
        var permissions: Substring
        var path: Substring

        /// Nil for a line that is of no file.
        init?(line: Substring) {
            // Addresses, permissions, offset in the file, device, inode, path.
            let fields = line.split(separator: " ", maxSplits: 5)
            guard fields.count == 6, fields[5].contains("/") else { return nil }
            let ends = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
            guard ends.count == 2, ends[0] < ends[1] else { return nil }
            addresses = ends[0]..<ends[1]
            permissions = fields[1]
            path = fields[5].drop { $0 == " " }
        }
    }
}
