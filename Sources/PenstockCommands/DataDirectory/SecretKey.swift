package import SystemPackage

/// `DATA/secret.key`: the 32 random bytes that secrets are encrypted with at rest, mode 0600.
///
/// Made once. Without it what was encrypted is lost, so a file that is damaged is an error and is never replaced.
package enum SecretKey {
    package static let byteCount = 32
    private static let fileName = "secret.key"

    /// The kept key, or a new one where there is no file.
    package static func settle(
        in directory: FilePath, generator: inout some RandomNumberGenerator
    ) throws(CommandFailure) -> [UInt8] {
        let path = directory.appending(fileName)
        do {
            let kept = try DataFile.read(path, maximumBytes: byteCount)
            guard kept.count == byteCount else {
                throw CommandFailure(.failure, "\(path) has \(kept.count) bytes instead of \(byteCount); restore it")
            }
            if try DataFile.isOpenToOthers(path) {
                throw CommandFailure(.failure, "\(path) is open to other users; run: chmod 600 \(path)")
            }
            return kept
        } catch Errno.noSuchFileOrDirectory {
            let key = (0..<byteCount).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            do {
                try DataFile.write(key, to: path)
            } catch {
                throw CommandFailure(.failure, "cannot write \(path): \(error)")
            }
            return key
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure(.failure, "cannot read \(path): \(error)")
        }
    }
}
