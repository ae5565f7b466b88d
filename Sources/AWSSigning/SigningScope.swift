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
        Self.stringToSign(date: date, scope: text, canonicalRequest: canonicalRequest)
    }

    /// The same for the ``text`` of a scope.
    static func stringToSign(date: String, scope: String, canonicalRequest: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(192)
        output.append(contentsOf: Self.algorithm.utf8)
        output.append(UInt8(ascii: "\n"))
        output.append(contentsOf: date.utf8)
        output.append(UInt8(ascii: "\n"))
        output.append(contentsOf: scope.utf8)
        output.append(UInt8(ascii: "\n"))
        SHA256.digest(of: canonicalRequest).withUnsafeBytes { Hexadecimal.append($0, to: &output) }
        return output
    }

    /// The signing key of a secret for this scope: four HMACs, one inside the other.
    package func signingKey(secretAccessKey: String) -> SigningKey {
        var key = SymmetricKey(data: Array("AWS4".utf8) + Array(secretAccessKey.utf8))
        for part in [date, region, service, Self.terminator] {
            key = SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Array(part.utf8), using: key))
        }
        return SigningKey(bytes: key.withUnsafeBytes { Array($0) }, scope: text)
    }
}
