package import AWSSigning
package import SystemPackage

/// Whose credentials a command signs with: those that AWS's tools would take, else those of the server on this machine.
package enum CallerCredentials {
    private static let maximumBytes = 1 << 20

    /// In this order: `AWS_ACCESS_KEY_ID` with its secret and token; the profile that `AWS_PROFILE` names, or
    /// `default`, of the shared credentials file; the root credentials in the data directory.
    ///
    /// - Throws: ``CommandFailure`` where a profile is named and is not there, or there are none at all.
    package static func find(
        environment: [String: String], dataDirectory: FilePath
    ) throws(CommandFailure) -> SigningCredentials {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        if let key = value("AWS_ACCESS_KEY_ID"), let secret = value("AWS_SECRET_ACCESS_KEY") {
            return SigningCredentials(
                accessKeyID: key, secretAccessKey: secret, sessionToken: value("AWS_SESSION_TOKEN"))
        }
        let file = value("AWS_SHARED_CREDENTIALS_FILE") ?? value("HOME").map { "\($0)/.aws/credentials" }
        let profile = value("AWS_PROFILE")
        if let profile {
            guard let file, let found = try read(profile, of: file) else {
                let place = file ?? "~/.aws/credentials"
                throw .usage("AWS_PROFILE names the profile '\(profile)', which \(place) does not have")
            }
            return found
        }
        if let kept = try RootCredentials.read(in: dataDirectory) { return kept }
        if let file, let found = try read("default", of: file) { return found }
        throw .usage(
            "there are no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; penstock env "
                + "prints them where the server is")
    }

    private static func read(_ profile: String, of file: String) throws(CommandFailure) -> SigningCredentials? {
        let text: String
        do {
            text = String(decoding: try DataFile.read(FilePath(file), maximumBytes: maximumBytes), as: UTF8.self)
        } catch {
            if error == .noSuchFileOrDirectory { return nil }
            throw .usage("cannot read \(file): \(error)")
        }
        var values: [String: String] = [:]
        var isInside = false
        for line in text.split(whereSeparator: \.isNewline) {
            let line = line.filter { $0 != " " && $0 != "\t" }
            if line.hasPrefix("[") {
                isInside = line == "[\(profile)]"
            } else if isInside, let mark = line.firstIndex(of: "="), !line.hasPrefix("#") {
                values[String(line[..<mark])] = String(line[line.index(after: mark)...])
            }
        }
        guard let key = values["aws_access_key_id"], let secret = values["aws_secret_access_key"] else { return nil }
        return SigningCredentials(
            accessKeyID: key, secretAccessKey: secret, sessionToken: values["aws_session_token"])
    }
}
