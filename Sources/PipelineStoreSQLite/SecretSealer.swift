import Crypto
import Foundation
import PipelineStore

/// Encrypts what may hold secrets before it reaches the disk: AES-GCM under the key of `DATA/secret.key`.
package struct SecretSealer: Sendable {
    private let key: SymmetricKey

    /// - Parameter key: 32 bytes.
    package init(key: [UInt8]) {
        self.key = SymmetricKey(data: key)
    }

    func seal(_ bytes: [UInt8]) throws -> Data {
        guard let sealed = try AES.GCM.seal(bytes, using: key).combined else {
            preconditionFailure("Invalid state: a nonce of the standard length is always combined")
        }
        return sealed
    }

    func open(_ sealed: Data) throws -> [UInt8] {
        do {
            return Array(try AES.GCM.open(AES.GCM.SealedBox(combined: sealed), using: key))
        } catch {
            throw StoreError.undecipherable(
                "a stored secret can't be decrypted: DATA/secret.key is not the key that it was stored with")
        }
    }
}
