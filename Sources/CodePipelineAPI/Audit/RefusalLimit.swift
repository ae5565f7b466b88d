/// How many lines refused calls leave: who may change nothing does not fill the disk with that. Beyond so many an access
/// key and second, calls are only counted, and one line tells how many. Changes that happened are not asked for here.
package struct RefusalLimit: Sendable {
    /// Lines that the refused calls of one access key leave in one second.
    package static let maximumLines = 20

    private struct Key: Sendable {
        var lines = 0
        var leftOut = 0
        /// The last that was left out.
        var last: AuditLine?
    }

    private var second: Int64 = 0
    private var keys: [String: Key] = [:]

    package init() {}

    /// Whether something was left out that no line tells of yet.
    package var hasLeftOut: Bool { keys.values.contains { $0.leftOut > 0 } }

    /// Takes a line of a refused call.
    ///
    /// - Parameter now: in seconds, of a clock that is never set.
    /// - Returns: what is to be written of it, and of the seconds before.
    package mutating func admit(_ line: AuditLine, at now: Int64) -> [UInt8] {
        let counts = endSeconds(before: now)
        var key = keys[line.accessKeyID] ?? Key()
        defer { keys[line.accessKeyID] = key }
        guard key.lines < Self.maximumLines else {
            key.leftOut += 1
            key.last = line
            return counts
        }
        key.lines += 1
        return counts + line.bytes
    }

    /// Ends what was counted in the seconds before `now`.
    ///
    /// - Returns: a line for each access key of which something was left out.
    package mutating func endSeconds(before now: Int64) -> [UInt8] {
        guard now > second else { return [] }
        second = now
        let counts = keys.values.flatMap { key in key.last?.count(ofLeftOut: key.leftOut) ?? [] }
        keys.removeAll(keepingCapacity: true)
        return counts
    }
}
