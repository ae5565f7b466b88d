/// How long commits take at the moment, and whether that is short enough to commit on the thread that brings the work.
///
/// Handing work to the writer's thread and its answer back costs two wake-ups of a sleeping thread, as much as a sync of a
/// fast disk. Where a commit takes longer than that, the caller, often an event loop with other connections to serve,
/// must not wait for it; and where more than one comes at a time, it should read the others' requests meanwhile.
struct CommitPace: Sendable {
    /// Commits that take longer on average are left to the writer's thread, in nanoseconds.
    static let maximumInPlace: UInt64 = 1_000_000

    /// A moving average over the last commits, in nanoseconds; a disk is slow until it has shown otherwise.
    private(set) var average = 2 * CommitPace.maximumInPlace

    /// Commits in a row that a single command must have had before callers commit in place.
    static let minimumSingles = 8

    /// Commits since the last one of several commands.
    private var singles = 0

    /// Takes a commit into account, with the commands that were run for it: a quarter of the new average.
    ///
    /// - Parameter commands: how many were committed together.
    mutating func add(nanoseconds: UInt64, commands: Int) {
        singles = commands > 1 ? 0 : min(singles + 1, Self.minimumSingles)
        // One stalled sync counts as ten times the limit, so that it is forgotten after as many commits.
        let bounded = min(nanoseconds, 10 * Self.maximumInPlace)
        average = average - average / 4 + bounded / 4
    }

    /// Whether callers may commit in place.
    var isInPlace: Bool { average <= Self.maximumInPlace && singles >= Self.minimumSingles }
}
