/// The bounds of what the server does with git, whatever a repository holds or a git server sends.
package enum GitLimits {
    /// The largest file that git may write: the pack it fetches, the zip it makes. Bytes.
    package static let fileBytesMax: Int64 = 4 << 30
    /// The most that is read of a git command's output: refs of one name, one commit. Bytes.
    package static let outputBytesMax = 1 << 20
    /// The most that is read of a git command's error output, which a remote can write to. Bytes.
    package static let errorBytesMax = 256 << 10
    /// The most of git's own words that an error message repeats. Characters.
    package static let quotedErrorCharactersMax = 600
    /// How long asking for the head of a branch may take.
    package static let listTimeout = Duration.seconds(60)
    /// How long fetching a commit may take.
    package static let fetchTimeout = Duration.seconds(30 * 60)
    /// How long writing the zip of a commit, and every other local command, may take.
    package static let localTimeout = Duration.seconds(15 * 60)
    /// A transfer that stays below this many bytes a second …
    package static let slowTransferBytesPerSecond = 1000
    /// … for this many seconds is given up.
    package static let slowTransferSeconds = 60
    /// Files larger than this are streamed by git and never held in memory. MiB.
    package static let fileInMemoryMiB = 32
    /// Length of a branch name as CodeCommit and GitHub take it. Bytes.
    package static let branchBytesMax = 256
    /// Length of a remote's URL. Bytes.
    package static let urlBytesMax = 2048
}
