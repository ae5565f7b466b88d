/// How much an archive may unpack to.
package struct ArchiveLimits: Sendable, Equatable {
    /// Entries of all kinds.
    package var entries = 500_000
    /// Bytes of all files together, as written and not as declared.
    package var totalBytes: Int64 = 20 << 30
    /// Unpacked bytes for each byte of the archive; counts once ``ratioFloorBytes`` are written.
    package var ratio: Int64 = 200
    /// Up to here any ratio is fine: small archives of logs and zeros are common.
    package var ratioFloorBytes: Int64 = 256 << 20
    /// Names in a path.
    package var depth = 100
    /// Bytes of one name in a path.
    package var nameBytes = 255
    /// Bytes of a whole path, and of a link's target.
    package var pathBytes = 4000

    package init() {}
}
