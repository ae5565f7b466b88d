import Foundation

/// A repository's address, checked: https, http, ssh or file, and nothing that git could take for a program or option.
///
/// A user name and password that an https address holds are taken out of it, so that they appear in no command line,
/// message or log.
package struct GitRemote: Hashable, Sendable, CustomStringConvertible {
    /// The ways that git may use; the same list is git's own (``GitEnvironment``).
    package enum Transport: String, Hashable, Sendable, CaseIterable {
        case https, http, ssh, file
    }

    package let transport: Transport
    /// Without user name and password, except an SSH user name.
    package let url: String
    /// `scheme://host:port` of an HTTP remote, the only place a token is sent to.
    let origin: String?
    /// `user:password` as it stood in the address, percent-encoding undone.
    let userInfo: String?

    /// - Parameter url: `https://…`, `http://…`, `ssh://…`, `file:///…` or `user@host:path`.
    package init(_ url: String) throws(GitError) {
        guard url.utf8.count <= GitLimits.urlBytesMax else {
            throw GitError(.invalidRemote, "A git URL is longer than \(GitLimits.urlBytesMax) bytes. Shorten it.")
        }
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw Self.invalid(url, "holds a space, a control character or a letter that needs percent-encoding")
        }
        guard let separator = url.firstRange(of: "://") else {
            self = try Self.shortForm(url)
            return
        }
        guard let transport = Transport(rawValue: url[..<separator.lowerBound].lowercased()) else {
            throw Self.invalid(url, "is neither https, http, ssh nor file")
        }
        let rest = url[separator.upperBound...]
        guard let slash = rest.firstIndex(of: "/"), rest.index(after: slash) < rest.endIndex else {
            throw Self.invalid(url, "names no repository")
        }
        let path = rest[slash...]
        guard !path.split(separator: "/").contains("..") else { throw Self.invalid(url, "holds '..'") }
        try self.init(transport: transport, authority: rest[..<slash], path: path, given: url)
    }

    package var description: String { url }

    private init(transport: Transport, url: String, origin: String? = nil, userInfo: String? = nil) {
        self.transport = transport
        self.url = url
        self.origin = origin
        self.userInfo = userInfo
    }

    private init(
        transport: Transport, authority: Substring, path: Substring, given: String
    ) throws(GitError) {
        if transport == .file {
            guard authority.isEmpty else { throw Self.invalid(given, "has a host; write file:///path") }
            self.init(transport: .file, url: "file://\(path)")
            return
        }
        let at = authority.lastIndex(of: "@")
        let user = at.map { authority[..<$0] }
        let host = at.map { authority[authority.index(after: $0)...] } ?? authority
        guard Self.isHost(host) else { throw Self.invalid(given, "has no usable host name") }
        if transport == .ssh {
            guard Self.isSSHUser(user ?? "git") else {
                throw Self.invalid(given, "has an SSH user name that is more than letters, digits, '.', '_' and '-'")
            }
            self.init(transport: .ssh, url: "ssh://\(user.map { "\($0)@" } ?? "")\(host)\(path)")
            return
        }
        let origin = "\(transport.rawValue)://\(host)"
        guard let user else {
            self.init(transport: transport, url: origin + path, origin: origin)
            return
        }
        guard let decoded = String(user).removingPercentEncoding else {
            throw Self.invalid(given, "has a user name or password with broken percent-encoding")
        }
        let userInfo = decoded.contains(":") ? decoded : decoded + ":"
        self.init(transport: transport, url: origin + path, origin: origin, userInfo: userInfo)
    }

    /// `user@host:path`, as SSH users write it.
    private static func shortForm(_ url: String) throws(GitError) -> GitRemote {
        guard let colon = url.firstIndex(of: ":"), !url[..<colon].contains("/") else {
            throw invalid(url, "has no scheme; write https://…, ssh://… or file:///…")
        }
        let parts = url[..<colon].split(separator: "@", omittingEmptySubsequences: false)
        let path = url[url.index(after: colon)...]
        guard parts.count == 2, isSSHUser(parts[0]), isHost(parts[1]), !path.isEmpty, !path.hasPrefix(":") else {
            throw invalid(url, "is neither https, http, ssh nor file")
        }
        guard !path.hasPrefix("-"), !path.split(separator: "/").contains("..") else {
            throw invalid(url, "has a path that begins with '-' or holds '..'")
        }
        return GitRemote(transport: .ssh, url: url)
    }

    private static func isHost(_ host: Substring) -> Bool {
        guard let first = host.first, first != "-", first != ":" else { return false }
        return host.utf8.allSatisfy { isWordByte($0) || $0 == 0x3A || $0 == 0x5B || $0 == 0x5D }
    }

    private static func isSSHUser(_ user: Substring) -> Bool {
        !user.isEmpty && !user.hasPrefix("-") && user.utf8.allSatisfy(isWordByte)
    }

    /// Letters, digits, `.`, `_` and `-`.
    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2E, 0x5F, 0x2D: true
        default: false
        }
    }

    private static func invalid(_ url: String, _ reason: String) -> GitError {
        // What stands before an @ may be a password.
        let shown = url.lastIndex(of: "@").map { "…\(url[$0...])" } ?? url
        return GitError(
            .invalidRemote,
            "The git URL '\(shown.shown(charactersMax: 200))' \(reason). Correct its template in the configuration file, under git."
        )
    }
}
