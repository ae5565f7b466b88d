import AWSSigning
import ArtifactStorage

/// What a request's target names, taken apart once: authentication, authorisation and storage share this value.
///
/// Path style only. The first segment is the bucket, the rest the key; only `%XX` has a meaning, so `..`, `//` and a
/// trailing `/` are parts of a key like any other.
struct S3Target: Sendable, Hashable {
    /// As received, before `?`.
    let path: String
    /// As received, behind `?`.
    let rawQuery: String
    /// Nil for the service itself.
    let bucket: String?
    /// Nil for the bucket itself.
    let key: String?
    private let parameters: [String: String]

    /// - Throws: `InvalidURI`, `InvalidBucketName`, `KeyTooLongError`.
    init(_ target: String) throws(S3Error) {
        let parts = target.utf8.split(separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
        path = parts.first.flatMap { String($0) } ?? ""
        rawQuery = parts.count == 2 ? String(parts[1]) ?? "" : ""
        guard path.utf8.first == UInt8(ascii: "/") else { throw .invalidURI }
        let segments = path.utf8.dropFirst()
            .split(separator: UInt8(ascii: "/"), maxSplits: 1, omittingEmptySubsequences: false)
        if path == "/" {
            (bucket, key) = (nil, nil)
        } else {
            bucket = try Self.bucket(segments[0])
            key = segments.count == 2 && !segments[1].isEmpty ? try Self.key(segments[1]) : nil
        }
        var parameters: [String: String] = [:]
        for pair in rawQuery.utf8.split(separator: UInt8(ascii: "&")) {
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            let name = PercentEncoding.decodeQueryComponent(parts[0])
            guard parameters[name] == nil else {
                throw .invalidArgument("the query parameter '\(name)' stands twice")
            }
            parameters[name] = parts.count == 2 ? PercentEncoding.decodeQueryComponent(parts[1]) : ""
        }
        self.parameters = parameters
    }

    /// A query parameter, decoded; empty where it has no value.
    subscript(parameter: String) -> String? { parameters[parameter] }

    /// Names of all query parameters.
    var parameterNames: Set<String> { Set(parameters.keys) }

    /// Where a copy comes from, as `x-amz-copy-source` says: `[/]bucket/key[?versionId=…]`, percent-encoded.
    static func copySource(_ header: String) throws(S3Error) -> (address: ObjectAddress, versionID: String?) {
        let parts = header.utf8.split(separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
        var path = parts[0]
        if path.first == UInt8(ascii: "/") { path = path.dropFirst() }
        let segments = path.split(separator: UInt8(ascii: "/"), maxSplits: 1, omittingEmptySubsequences: false)
        guard segments.count == 2, !segments[1].isEmpty else {
            throw .invalidArgument("x-amz-copy-source must be 'bucket/key', percent-encoded")
        }
        var versionID: String?
        if parts.count == 2 {
            let query = parts[1]
            guard query.starts(with: "versionId=".utf8) else {
                throw .invalidArgument("x-amz-copy-source may have no other parameter than versionId")
            }
            versionID = PercentEncoding.decodeQueryComponent(query.dropFirst("versionId=".utf8.count))
        }
        return (ObjectAddress(bucket: try bucket(segments[0]), key: try key(segments[1])), versionID)
    }

    private static func bucket(_ text: Substring.UTF8View) throws(S3Error) -> String {
        guard let name = decoded(text) else { throw .invalidURI }
        guard Bucket.isValidName(name) else { throw .invalidBucketName }
        return name
    }

    private static func key(_ text: Substring.UTF8View) throws(S3Error) -> String {
        guard let key = decoded(text), !key.utf8.contains(0) else { throw .invalidURI }
        guard key.utf8.count <= ObjectStore.maximumKeyLength else { throw .keyTooLong(key.utf8.count) }
        return key
    }

    /// Nil where an escape is broken or the bytes are not UTF-8.
    private static func decoded(_ text: Substring.UTF8View) -> String? {
        var bytes: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%") {
                guard let high = rest.popFirst().flatMap(Hexadecimal.value(of:)),
                    let low = rest.popFirst().flatMap(Hexadecimal.value(of:))
                else { return nil }
                bytes.append(high << 4 | low)
            } else {
                bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
