import AWSSigning
package import SystemPackage

/// The flags of `penstock serve` that may also be variables of the environment or keys of the file.
package struct ServeSettings: Sendable, Equatable {
    package var host: String?
    package var port: Int?
    package var s3Port: Int?
    package var dataDirectory: String?
    package var configurationFile: String?
    package var database: String?

    package init() {}

    /// From `PENSTOCK_*`. A variable that is set and empty is as if it were not set.
    init(environment: [String: String]) throws(CommandFailure) {
        func value(_ name: String) -> String? {
            environment[name].flatMap { $0.isEmpty ? nil : $0 }
        }
        func port(_ name: String) throws(CommandFailure) -> Int? {
            guard let text = value(name) else { return nil }
            guard let port = Int(text), (0...65_535).contains(port) else {
                throw .usage("\(name) must be a port from 0 to 65535, not '\(text)'")
            }
            return port
        }
        host = value("PENSTOCK_HOST")
        self.port = try port("PENSTOCK_PORT")
        s3Port = try port("PENSTOCK_S3_PORT")
        dataDirectory = value("PENSTOCK_DATA_DIR")
        configurationFile = value("PENSTOCK_CONFIG")
        database = value("PENSTOCK_DATABASE")
    }

    /// These settings, and the other ones where these say nothing.
    func over(_ other: ServeSettings) -> ServeSettings {
        var merged = self
        merged.host = host ?? other.host
        merged.port = port ?? other.port
        merged.s3Port = s3Port ?? other.s3Port
        merged.dataDirectory = dataDirectory ?? other.dataDirectory
        merged.configurationFile = configurationFile ?? other.configurationFile
        merged.database = database ?? other.database
        return merged
    }
}

extension ServerConfiguration {
    /// Flag over environment over file over default.
    ///
    /// - Parameter workingDirectory: absolute; relative paths start there.
    package static func load(
        flags: ServeSettings, environment: [String: String], workingDirectory: FilePath
    ) throws(CommandFailure) -> ServerConfiguration {
        let given = flags.over(try ServeSettings(environment: environment))
        var document: ConfigurationNode?
        if let file = given.configurationFile {
            document = try ConfigurationNode.document(try text(ofFile: file), file: file)
        }
        let file = try FileSettings(document)
        let settings = given.over(try file.settings)
        if let database = settings.database { try refuse(database: database) }
        let directory = try dataDirectory(given: settings.dataDirectory, environment: environment)
        var configuration = ServerConfiguration(
            dataDirectory: workingDirectory.pushing(FilePath(directory)).lexicallyNormalized().string)
        try file.apply(to: &configuration)
        if let host = settings.host { configuration.host = host }
        if let port = settings.port { configuration.port = port }
        if let s3Port = settings.s3Port { configuration.s3Port = s3Port }
        guard configuration.port != configuration.s3Port || configuration.port == 0 else {
            throw .usage("--port and --s3-port are both \(configuration.port); they must differ")
        }
        configuration.rootCredentials = try rootCredentials(environment: environment)
        try configuration.checkAccessKeys()
        try configuration.checkBinding()
        return configuration
    }

    /// The one that was given, by flag, variable or file; else the default. An empty name, as of a shell's variable that is
    /// not set, would be the working directory, and is refused.
    static func dataDirectory(given: String?, environment: [String: String]) throws(CommandFailure) -> String {
        guard let given else { return try defaultDataDirectory(environment: environment) }
        guard !given.isEmpty else { throw .usage("--data-dir is empty; name a directory, or leave it out") }
        return given
    }

    /// The directory of a command beside the server.
    static func dataDirectory(flag: String?, environment: [String: String]) throws(CommandFailure) -> String {
        let variable = try ServeSettings(environment: environment).dataDirectory
        return try dataDirectory(given: flag ?? variable, environment: environment)
    }

    /// `$XDG_DATA_HOME/penstock`, else `~/.local/share/penstock`.
    static func defaultDataDirectory(environment: [String: String]) throws(CommandFailure) -> String {
        // A relative path there is to be ignored, as the XDG specification says.
        if let base = environment["XDG_DATA_HOME"], base.hasPrefix("/") { return "\(base)/penstock" }
        guard let home = environment["HOME"], !home.isEmpty else {
            throw .usage("there is no HOME to put the data directory in; give --data-dir")
        }
        return "\(home)/.local/share/penstock"
    }

    /// `PENSTOCK_ROOT_ACCESS_KEY_ID` and `PENSTOCK_ROOT_SECRET_ACCESS_KEY`: both, or neither.
    static func rootCredentials(environment: [String: String]) throws(CommandFailure) -> SigningCredentials? {
        let (keyName, secretName) = ("PENSTOCK_ROOT_ACCESS_KEY_ID", "PENSTOCK_ROOT_SECRET_ACCESS_KEY")
        let key = environment[keyName].flatMap { $0.isEmpty ? nil : $0 }
        let secret = environment[secretName].flatMap { $0.isEmpty ? nil : $0 }
        guard let key, let secret else {
            guard key == nil, secret == nil else {
                throw .usage("\(key == nil ? keyName : secretName) is missing; give both root variables or none")
            }
            return nil
        }
        guard isAccessKeyID(key) else { throw .usage("\(keyName) must be 1 to 128 letters, digits and underscores") }
        guard isSecret(secret) else {
            throw .usage("\(secretName) must be 8 to 128 printable characters without spaces")
        }
        return SigningCredentials(accessKeyID: key, secretAccessKey: secret)
    }

    static func isAccessKeyID(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count)
            && text.unicodeScalars.allSatisfy {
                $0.isASCII && ($0.properties.isAlphabetic || $0.properties.numericType != nil || $0 == "_")
            }
    }

    static func isSecret(_ text: String) -> Bool {
        (8...128).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    private static func refuse(database: String) throws(CommandFailure) {
        guard database.hasPrefix("postgres://") || database.hasPrefix("postgresql://") else {
            throw .usage("--database must be a postgres:// URL; leave it out for SQLite in the data directory")
        }
        throw .usage(
            "--database postgres://… is not served by this version; leave it out for SQLite in the data directory")
    }

    private func checkAccessKeys() throws(CommandFailure) {
        var known = Set([rootCredentials?.accessKeyID].compactMap { $0 })
        for user in users where !known.insert(user.credentials.accessKeyID).inserted {
            throw .usage("the access key \(user.credentials.accessKeyID) of user \(user.name) is given more than once")
        }
    }

    private static func text(ofFile file: String) throws(CommandFailure) -> String {
        do {
            let bytes = try DataFile.read(FilePath(file), maximumBytes: ConfigurationNode.maximumFileBytes)
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw CommandFailure.usage("\(file) is not text in UTF-8")
            }
            return text
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw .usage("the configuration file \(file) cannot be read: \(error)")
        }
    }
}
