package import AWSSigning
import Crypto
import Foundation
import SystemPackage

/// Multipart uploads: parts are files of their own until the upload is completed into one.
extension ObjectStore {
    /// Begins an upload and gives its id.
    ///
    /// - Throws: `noSuchBucket`.
    package func createUpload(
        bucket: String, key: String, attributes: ObjectAttributes, checksumAlgorithm: ChecksumAlgorithm?,
        isFullObjectChecksum: Bool, owner: String?
    ) async throws -> MultipartUpload {
        let upload = MultipartUpload(
            id: RandomID.urlSafe(length: 48), bucket: bucket, key: key, initiatedAt: now(), attributes: attributes,
            checksumAlgorithm: checksumAlgorithm?.rawValue, isFullObjectChecksum: isFullObjectChecksum, owner: owner)
        try await index.createUpload(upload)
        return upload
    }

    /// Makes finished bytes a part; a part of the same number is replaced.
    ///
    /// - Throws: `noSuchUpload`, `storageFull`.
    package func putPart(
        _ upload: ObjectUpload, number: Int, uploadID: String, checksums: [String: String]
    ) async throws -> UploadedPart {
        let content = try await upload.publish()
        let part = UploadedPart(
            number: number, file: content.file, etag: content.etag, lastModified: now(), checksums: checksums)
        let removed = try await index.putPart(part, uploadID: uploadID)
        files.release(content.file.name)
        await files.remove(removed)
        return part
    }

    /// Joins the parts named into one object and ends the upload; parts that are not named are dropped.
    ///
    /// The bytes are copied, and their checksums checked, so that an object is one file with one SHA-256.
    ///
    /// - Throws: `noSuchUpload`, `invalidPart`, `invalidPartOrder`, `entityTooSmall`, `contentMismatch`,
    ///   `preconditionFailed`, `corrupt`, `storageFull`.
    package func completeUpload(
        _ upload: MultipartUpload, parts named: [CompletedPart],
        expecting: CompletionExpectation = CompletionExpectation(), condition: PutCondition = .none
    ) async throws -> PutOutcome {
        let stored = try await index.parts(uploadID: upload.id, after: 0, limit: MultipartUpload.partNumbers.upperBound)
        let parts = try Self.chosen(named, of: stored)
        let algorithm = upload.checksumAlgorithm.flatMap(ChecksumAlgorithm.init(rawValue:))
        let wholeAlgorithms: Set<ChecksumAlgorithm> =
            if let algorithm, upload.isFullObjectChecksum { [algorithm] } else { [] }
        return try await withUpload(algorithms: wholeAlgorithms) { target in
            for part in parts { try await append(part, of: upload, to: target) }
            let content = try await target.finish()
            var checksums: [String: String] = [:]
            if let algorithm {
                checksums[algorithm.rawValue] =
                    upload.isFullObjectChecksum
                    ? content.checksums[algorithm].map(Base64.encode)
                    : Self.compositeChecksum(of: parts, algorithm: algorithm)
            }
            try expecting.check(size: content.file.size, checksum: algorithm.flatMap { checksums[$0.rawValue] })
            _ = try await target.publish()
            var attributes = upload.attributes
            attributes.parts = PartSizes(parts.map(\.file.size))
            attributes.completedUpload = CompletedUpload(id: upload.id, owner: upload.owner)
            let version = version(
                of: content, bucket: upload.bucket, key: upload.key, attributes: attributes,
                checksums: checksums, etag: Self.compositeETag(of: parts.map(\.etag)), versionID: upload.versionID)
            let outcome = try await index.completeUpload(
                id: upload.id, version: version, file: content.file, condition: condition)
            await committed(outcome, file: content.file.name)
            return outcome
        }
    }

    /// What an upload was completed into; nil where it was not, or where the version is gone.
    ///
    /// - Throws: `noSuchBucket`.
    package func completedObject(uploadID: String, bucket: String, key: String) async throws -> IndexedObject? {
        for versionID in [MultipartUpload.versionID(ofUpload: uploadID), "null"] {
            do {
                let object = try await index.object(bucket: bucket, key: key, versionID: versionID)
                if object.version.attributes.completedUpload?.id == uploadID { return object }
            } catch ObjectStoreError.noSuchVersion {
                // The bucket kept versions then, or did not.
            }
        }
        return nil
    }

    /// Ends an upload and frees its parts' space.
    ///
    /// - Throws: `noSuchUpload`.
    package func abortUpload(id: String) async throws {
        await files.remove(try await index.abortUpload(id: id))
    }

    private func openPart(_ part: UploadedPart, of upload: MultipartUpload) async throws -> ObjectReader {
        let path = files.path(of: part.file.name)
        let descriptor: OpenFile
        do {
            descriptor = try await files.run { try OpenFile.open(path, .readOnly, options: [.closeOnExec]) }
        } catch Errno.noSuchFileOrDirectory {
            // The upload has ended or the part was replaced meanwhile.
            _ = try await index.upload(id: upload.id)
            throw ObjectStoreError.invalidPart(number: part.number)
        }
        let version = ObjectVersion(
            bucket: upload.bucket, key: upload.key, versionID: "part \(part.number)", size: part.file.size,
            etag: part.etag, lastModified: part.lastModified, sha256: "", fileName: part.file.name)
        let object = IndexedObject(version: version, file: part.file, versioning: .off, isLatest: false)
        return ObjectReader(object: object, file: part.file, descriptor: descriptor, files: files)
    }

    private func append(_ part: UploadedPart, of upload: MultipartUpload, to target: ObjectUpload) async throws {
        let reader = try await openPart(part, of: upload)
        var bytes = reader.bytes
        while let piece = try await bytes.next() { try await target.append(piece) }
    }

    /// The stored parts that a completion names, in its order.
    static func chosen(_ named: [CompletedPart], of stored: [UploadedPart]) throws(ObjectStoreError) -> [UploadedPart] {
        let byNumber = Dictionary(stored.map { ($0.number, $0) }, uniquingKeysWith: { $1 })
        var parts: [UploadedPart] = []
        for part in named {
            if let last = parts.last, part.number <= last.number { throw .invalidPartOrder }
            guard let found = byNumber[part.number], unquoted(found.etag) == unquoted(part.etag),
                part.checksums.allSatisfy({ found.checksums[$0.key] == $0.value })
            else { throw .invalidPart(number: part.number) }
            parts.append(found)
        }
        for part in parts.dropLast() where part.file.size < MultipartUpload.minimumPartSize {
            throw .entityTooSmall(partNumber: part.number)
        }
        return parts
    }

    /// MD5 of the parts' MD5s, a hyphen, their number.
    ///
    /// - Parameter etags: those of the parts, with or without their quotes.
    package static func compositeETag(of etags: [String]) -> String {
        var hash = Insecure.MD5()
        for etag in etags { hash.update(data: digest(in: etag)) }
        return "\"\(Hexadecimal.encode(Array(hash.finalize())))-\(etags.count)\""
    }

    /// Checksum of the parts' checksums, a hyphen, their number; nil where a part has none of that algorithm.
    static func compositeChecksum(of parts: [UploadedPart], algorithm: ChecksumAlgorithm) -> String? {
        var checksum = ChecksumDigest(algorithm)
        for part in parts {
            guard let bytes = part.checksums[algorithm.rawValue].flatMap({ Data(base64Encoded: $0) }) else {
                return nil
            }
            checksum.update(Array(bytes))
        }
        return "\(checksum.base64)-\(parts.count)"
    }

    /// The MD5 that a part's ETag holds.
    private static func digest(in etag: String) -> [UInt8] {
        let digits = unquoted(etag).utf8.compactMap(Hexadecimal.value(of:))
        return stride(from: 0, to: digits.count - digits.count % 2, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    private static func unquoted(_ etag: String) -> String {
        etag.count >= 2 && etag.hasPrefix("\"") && etag.hasSuffix("\"") ? String(etag.dropFirst().dropLast()) : etag
    }
}
