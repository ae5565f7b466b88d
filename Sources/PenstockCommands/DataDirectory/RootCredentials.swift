package import AWSSigning
package import SystemPackage

/// The root credentials in `DATA/credentials`: the format that AWS's tools share, profile `default`, mode 0600.
package enum RootCredentials {
    private static let fileName = "credentials"
    private static let maximumBytes = 64 * 1024
    private static let keyName = "aws_access_key_id"
    private static let secretName = "aws_secret_access_key"

    /// The ones given by the environment, which are kept then; else the kept ones; else new ones.
    package static func settle(
        in directory: FilePath, given: SigningCredentials?, generator: inout some RandomNumberGenerator
    ) throws(CommandFailure) -> SigningCredentials {
        let kept = try read(in: directory)
        let credentials = given ?? kept ?? make(&generator)
        if credentials != kept { try write(credentials, in: directory) }
        return credentials
    }

    /// The kept ones; nil where there is no file.
    package static func read(in directory: FilePath) throws(CommandFailure) -> SigningCredentials? {
        let path = directory.appending(fileName)
        let text: String
        do {
            text = String(decoding: try DataFile.read(path, maximumBytes: maximumBytes), as: UTF8.self)
            if try DataFile.isOpenToOthers(path) {
                throw CommandFailure(.failure, "\(path) is open to other users; run: chmod 600 \(path)")
            }
        } catch let failure as CommandFailure {
            throw failure
        } catch Errno.noSuchFileOrDirectory {
            return nil
        } catch {
            throw CommandFailure(.failure, "cannot read \(path): \(error)")
        }
        guard let credentials = parse(text) else {
            throw CommandFailure(
                .failure,
                "\(path) has no \(keyName) and \(secretName) in its profile [default]; mend it, or move it away")
        }
        return credentials
    }

    private static func parse(_ text: String) -> SigningCredentials? {
        var values: [String: String] = [:]
        var inDefault = false
        for line in text.split(whereSeparator: \.isNewline) {
            let line = line.trimmed
            if line.hasPrefix("[") {
                inDefault = line == "[default]"
            } else if inDefault, let mark = line.firstIndex(of: "="), !line.hasPrefix("#") {
                values[String(line[..<mark].trimmed)] = String(line[line.index(after: mark)...].trimmed)
            }
        }
        guard let key = values[keyName], ServerConfiguration.isAccessKeyID(key),
            let secret = values[secretName], ServerConfiguration.isSecret(secret)
        else { return nil }
        return SigningCredentials(accessKeyID: key, secretAccessKey: secret)
    }

    private static func write(_ credentials: SigningCredentials, in directory: FilePath) throws(CommandFailure) {
        let path = directory.appending(fileName)
        let text = """
            [default]
            \(keyName) = \(credentials.accessKeyID)
            \(secretName) = \(credentials.secretAccessKey)

            """
        do {
            try DataFile.write(Array(text.utf8), to: path)
        } catch {
            throw CommandFailure(.failure, "cannot write \(path): \(error)")
        }
    }

    /// 20 and 40 characters, as AWS's are: 60 and 240 random bits.
    private static func make(_ generator: inout some RandomNumberGenerator) -> SigningCredentials {
        SigningCredentials(
            accessKeyID: "PENSTOCK" + text(of: 12, from: "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", &generator),
            secretAccessKey: text(
                of: 40, from: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", &generator))
    }

    private static func text(
        of count: Int, from alphabet: String, _ generator: inout some RandomNumberGenerator
    ) -> String {
        let alphabet = Array(alphabet)
        return String((0..<count).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] })
    }
}

extension StringProtocol {
    /// Without the spaces and tabs at both ends.
    fileprivate var trimmed: SubSequence {
        let isSpace = { (character: Character) in character == " " || character == "\t" }
        guard let first = firstIndex(where: { !isSpace($0) }), let last = lastIndex(where: { !isSpace($0) }) else {
            return self[endIndex..<endIndex]
        }
        return self[first...last]
    }
}
