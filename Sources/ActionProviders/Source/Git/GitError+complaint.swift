extension GitError {
    /// Reads git's words about a remote that gave nothing. They are in English, because git runs with `LC_ALL=C`; what
    /// is not recognised is `failed`. The words themselves always stand at the message's end.
    init(remote: GitRemote, complaint: String) {
        let words = complaint.lowercased()
        func says(_ phrases: String...) -> Bool { phrases.contains { words.contains($0) } }
        if says("error: 301", "error: 302", "error: 307", "error: 308", "redirect") {
            self.init(
                .repositoryNotFound,
                "The repository \(remote) has moved, and redirects are not followed. Write its present URL in the configuration file, under git. git: \(complaint)"
            )
        } else if says(
            "could not read username", "could not read password", "authentication failed", "error: 401", "error: 403",
            "permission denied", "access denied", "host key verification failed")
        {
            self.init(
                .accessDenied,
                "The repository \(remote) refuses access, or does not exist. Check its name, and the token or key that the server uses. git: \(complaint)"
            )
        } else if says(
            "does not appear to be a git repository", "repository not found", "not found", "error: 404",
            "does not exist", "no such file or directory")
        {
            self.init(
                .repositoryNotFound,
                "The repository \(remote) does not exist. Create it, or correct its name in the source action. git: \(complaint)"
            )
        } else if says(
            "could not resolve", "failed to connect", "connection refused", "timed out", "couldn't connect",
            "unable to access", "operation too slow", "connection reset", "no route to host", "early eof",
            "remote end hung up")
        {
            self.init(
                .unreachable,
                "The git server of \(remote) can't be reached, or broke off. Check that it runs, then retry. git: \(complaint)"
            )
        } else {
            self.init(.failed, "git could not read \(remote). git: \(complaint)")
        }
    }
}
