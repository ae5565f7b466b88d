import FoundationEssentials

/// What git logs in with at an HTTP remote, and how it is kept out of sight.
///
/// It reaches git through its environment, as a header for the remote's own origin only: not the command line, not the
/// URL, not a file.
struct GitCredentials: Sendable {
    /// Variables for the git process; empty where there is nothing to log in with.
    let environment: [String: String]
    /// What may not come back in git's words.
    private let secrets: [String]

    /// - Parameters:
    ///   - remote: where it will be sent; what its address holds is used when there is no token.
    ///   - token: an access token, as the git server gave it.
    init(remote: GitRemote, token: String?) throws(GitError) {
        let userInfo = token.map { "x-access-token:\($0)" } ?? remote.userInfo
        guard let userInfo, let origin = remote.origin else {
            environment = [:]
            secrets = [token].compactMap(\.self)
            return
        }
        guard userInfo.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw GitError(
                .unusableToken,
                "The access token for \(remote) holds a line break or control character. Enter it again, without them.")
        }
        guard remote.transport == .https || Self.isLoopback(origin) else {
            throw GitError(
                .unusableToken,
                "The access token for \(remote) would travel unencrypted. Use an https URL in the configuration file, under git."
            )
        }
        let encoded = Data(userInfo.utf8).base64EncodedString()
        environment = [
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "http.\(origin)/.extraHeader",
            "GIT_CONFIG_VALUE_0": "Authorization: Basic \(encoded)",
        ]
        let password = userInfo.drop { $0 != ":" }.dropFirst()
        secrets = [encoded, userInfo, String(password)].filter { !$0.isEmpty }
    }

    /// A text of git's without the secrets, in any form that ``SecretMasker`` knows.
    func masking(_ text: String) -> String {
        guard !text.isEmpty else { return text }
        let masked = SecretMasker(secrets: secrets).masked(text)
        return secrets.filter { $0.utf8.count < SecretMasker.minimumBytes }.reduce(masked) {
            $0.replacing($1, with: "****")
        }
    }

    private static func isLoopback(_ origin: String) -> Bool {
        let host = origin.drop { $0 != "/" }.drop { $0 == "/" }
        let withoutPort = host.hasPrefix("[") ? host.prefix { $0 != "]" } + "]" : host.prefix { $0 != ":" }
        return withoutPort == "localhost" || withoutPort == "127.0.0.1" || withoutPort == "[::1]"
    }
}
