import Crypto

/// What a signature is valid for: one day, one region, one service.
package struct SigningScope: Sendable, Hashable {
    /// `YYYYMMDD`.
    package var date: String
    package var region: String
    /// The signing name, such as `codepipeline` or `s3`.
    package var service: String

    /// The last part of every scope.
    package static let terminator = "aws4_request"
    /// The only algorithm that is signed and accepted.
    package static let algorithm = "AWS4-HMAC-SHA256"

    package init(date: String, region: String, service: String) {
        self.date = date
        self.region = region
        self.service = service
    }

    /// `date/region/service/aws4_request`, as it stands in the credential and in the string to sign.
    package var text: String {
        date + "/" + region + "/" + service + "/" + Self.terminator
    }

    /// The string to sign: algorithm, date, scope and the hash of the canonical request.
    ///
    /// - Parameter date: ISO 8601 basic.
    package func stringToSign(date: String, canonicalRequest: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(192)
        for line in [Self.algorithm, date, text] {
            output.append(contentsOf: line.utf8)
            output.append(UInt8(ascii: "\n"))
        }
        Hexadecimal.append(SHA256.hash(data: canonicalRequest), to: &output)
        return output
    }

    /// The signing key of a secret for this scope: four HMACs, one inside the other.
    package func signingKey(secretAccessKey: String) -> SigningKey {
        var key = SymmetricKey(data: Array("AWS4".utf8) + Array(secretAccessKey.utf8))
        for part in [date, region, service, Self.terminator] {
            key = SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Array(part.utf8), using: key))
        }
        return SigningKey(key: key)
    }
}

/// The key that signs everything of one scope. It never leaves the process.
package struct SigningKey: Sendable {
    private let key: SymmetricKey

    init(key: SymmetricKey) {
        self.key = key
    }

    /// The key with these 32 bytes, as a ``RequestVerifier/ProvenSignature`` carries them.
    package init(bytes: [UInt8]) {
        key = SymmetricKey(data: bytes)
    }

    /// The signature of a string to sign: 64 lower-case hexadecimal digits.
    package func signature(of stringToSign: [UInt8]) -> [UInt8] {
        var digits: [UInt8] = []
        digits.reserveCapacity(64)
        Hexadecimal.append(HMAC<SHA256>.authenticationCode(for: stringToSign, using: key), to: &digits)
        return digits
    }

    /// The key's 32 bytes.
    package var bytes: [UInt8] {
        key.withUnsafeBytes { Array($0) }
    }
}
