import Crypto
import Foundation

/// The temporary credentials of jobs: derived from the job's id, never stored, worth nothing once the job is over.
package struct JobCredentials: Sendable {
    package struct Credentials: Sendable, Equatable {
        package var accessKeyID: String
        package var secretAccessKey: String
        package var sessionToken: String
    }

    /// Has taken in the key and nothing else: each code begins as a copy of it.
    private let keyed: HMAC<SHA256>

    /// - Parameter key: 32 bytes that only this installation knows.
    package init(key: [UInt8]) {
        let derived = HMAC<SHA256>.authenticationCode(
            for: Data("penstock job credentials".utf8), using: SymmetricKey(data: key))
        keyed = HMAC(key: SymmetricKey(data: derived))
    }

    package func credentials(ofJob id: String) -> Credentials {
        Credentials(
            accessKeyID: "ASIA" + base32(code("access key", id), characters: 16),
            secretAccessKey: String(Data(code("secret", id)).base64EncodedString().prefix(40)),
            sessionToken: Data("penstock-job/\(id)/\(base32(code("token", id), characters: 32))".utf8)
                .base64EncodedString())
    }

    /// The job whose credentials these are; nil for any others. Whether the job still runs is for the caller to ask.
    package func job(accessKeyID: String, sessionToken: String) -> String? {
        guard let decoded = Data(base64Encoded: sessionToken) else { return nil }
        let parts = String(decoding: decoded, as: UTF8.self).split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "penstock-job" else { return nil }
        let id = String(parts[1])
        let expected = credentials(ofJob: id)
        let isRight =
            expected.sessionToken.equalsInConstantTime(sessionToken)
            && expected.accessKeyID.equalsInConstantTime(accessKeyID)
        return isRight ? id : nil
    }

    private func code(_ purpose: String, _ id: String) -> HMAC<SHA256>.MAC {
        var code = keyed
        var text = "\(purpose)\n\(id)"
        text.withUTF8 { code.update(data: UnsafeRawBufferPointer($0)) }
        return code.finalize()
    }

    private func base32(_ bytes: some Sequence<UInt8>, characters: Int) -> String {
        // A to Z, 2 to 7.
        let letters = bytes.prefix(characters).map { $0 & 31 < 26 ? UInt8(ascii: "A") + ($0 & 31) : 24 + ($0 & 31) }
        return String(decoding: letters, as: UTF8.self)
    }
}
