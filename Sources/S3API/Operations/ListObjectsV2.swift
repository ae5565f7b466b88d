import AWSSigning
import ArtifactStorage

extension S3Service {
    /// The second version of the listing: pages by continuation token.
    func listObjectsV2(_ request: AuthenticatedS3Request) async throws -> S3Response {
        guard request.target["list-type"] == "2" else {
            throw S3Error.invalidArgument("Invalid List Type specified in Request")
        }
        let encode = try keyEncoding(of: request)
        let token = request.target["continuation-token"]
        let after = try token.map(Self.key(fromToken:)) ?? request.target["start-after"]
        let query = try objectListQuery(of: request, after: after)
        let page = try await store.index.list(query)
        return S3Response.result("ListBucketResult") { xml in
            xml.element("Name", query.bucket)
            xml.element("Prefix", encode(query.prefix))
            xml.optional("StartAfter", request.target["start-after"].map(encode))
            xml.optional("ContinuationToken", token)
            if page.isTruncated { xml.optional("NextContinuationToken", page.last.map(Self.token(forKey:))) }
            xml.element("KeyCount", page.objects.count + page.commonPrefixes.count)
            xml.element("MaxKeys", query.limit)
            xml.optional("Delimiter", query.delimiter.map(encode))
            xml.optional("EncodingType", request.target["encoding-type"])
            xml.element("IsTruncated", page.isTruncated)
            Self.write(page, withOwner: request.target["fetch-owner"] == "true", encode: encode, to: &xml)
        }
    }

    /// A token is the last entry of the page before, in hexadecimal: it needs no secret, it only says where to go on.
    static func token(forKey key: String) -> String {
        "1" + Hexadecimal.encode(key.utf8)
    }

    static func key(fromToken token: String) throws(S3Error) -> String {
        let digits = token.utf8.dropFirst().compactMap(Hexadecimal.value(of:))
        let bytes = stride(from: 0, to: digits.count - digits.count % 2, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
        guard token.hasPrefix("1"), digits.count == token.utf8.count - 1, digits.count % 2 == 0, !bytes.isEmpty,
            let key = String(validating: bytes, as: UTF8.self)
        else { throw .invalidArgument("The continuation token provided is incorrect") }
        return key
    }
}
