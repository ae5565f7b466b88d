import AWSSigning
import ArtifactStorage
import Foundation
import S3API
import Testing

/// A good request for a route, and what has to be there for it.
struct S3RouteSample {
    var path: String
    var query = ""
    var headers: [(name: String, value: String)] = []
    var body: [UInt8] = []
    /// Of the reply to the good request.
    var status = 200

    /// A new route needs a case here, and has then all the mutations tried on it.
    static func make(for route: S3Route, on server: S3TestServer) async throws -> S3RouteSample {
        switch route.operation {
        case .listBuckets: return S3RouteSample(path: "/")
        case .createBucket: return S3RouteSample(path: "/made")
        case .headBucket: return S3RouteSample(path: "/bucket")
        case .deleteBucket:
            try await server.store.createBucket("empty")
            return S3RouteSample(path: "/empty", status: 204)
        case .getBucketLocation: return S3RouteSample(path: "/bucket", query: "location")
        case .getBucketVersioning: return S3RouteSample(path: "/bucket", query: "versioning=")
        case .putBucketVersioning:
            let document = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
            return S3RouteSample(path: "/bucket", query: "versioning=", body: Array(document.utf8))
        case .listObjects: return S3RouteSample(path: "/bucket", query: "prefix=k")
        case .listObjectsV2: return S3RouteSample(path: "/bucket", query: "list-type=2&prefix=k")
        case .listObjectVersions: return S3RouteSample(path: "/bucket", query: "versions=")
        case .listMultipartUploads: return S3RouteSample(path: "/bucket", query: "uploads=")
        case .deleteObjects:
            try await put("k", on: server)
            let document = "<Delete><Object><Key>k</Key></Object></Delete>"
            return S3RouteSample(path: "/bucket", query: "delete=", body: Array(document.utf8))
        case .putObject:
            return S3RouteSample(path: "/bucket/k", headers: [("X-Amz-Meta-A", "1")], body: Array("body".utf8))
        case .getObject:
            try await put("k", on: server)
            return S3RouteSample(path: "/bucket/k", headers: [("Range", "bytes=0-1")], status: 206)
        case .headObject:
            try await put("k", on: server)
            return S3RouteSample(path: "/bucket/k")
        case .deleteObject:
            try await put("k", on: server)
            return S3RouteSample(path: "/bucket/k", status: 204)
        case .getObjectTagging:
            try await put("k", on: server)
            return S3RouteSample(path: "/bucket/k", query: "tagging=")
        case .copyObject:
            try await put("source", on: server)
            return S3RouteSample(path: "/bucket/k", headers: [("X-Amz-Copy-Source", "/bucket/source")])
        case .createMultipartUpload: return S3RouteSample(path: "/bucket/k", query: "uploads=")
        case .uploadPart, .uploadPartCopy, .completeMultipartUpload, .abortMultipartUpload, .listParts:
            return try await inUpload(route, on: server)
        }
    }

    private static func inUpload(_ route: S3Route, on server: S3TestServer) async throws -> S3RouteSample {
        try await put("source", on: server)
        let upload = try #require(try await server.send("POST", "/bucket/k", query: "uploads=").element("UploadId"))
        let sent = try await server.send(
            "PUT", "/bucket/k", query: "partNumber=1&uploadId=\(upload)", body: Array("part".utf8))
        let etag = try #require(sent.headers["etag"])
        var sample = S3RouteSample(path: "/bucket/k", query: "uploadId=\(upload)")
        switch route.operation {
        case .uploadPart:
            sample.query += "&partNumber=2"
            sample.body = Array("another".utf8)
        case .uploadPartCopy:
            sample.query += "&partNumber=2"
            sample.headers = [("X-Amz-Copy-Source", "/bucket/source")]
        case .completeMultipartUpload:
            let part = "<Part><PartNumber>1</PartNumber><ETag>\(etag)</ETag></Part>"
            sample.body = Array("<CompleteMultipartUpload>\(part)</CompleteMultipartUpload>".utf8)
        case .abortMultipartUpload: sample.status = 204
        default: break
        }
        return sample
    }

    private static func put(_ key: String, on server: S3TestServer) async throws {
        #expect(try await server.send("PUT", "/bucket/\(key)", body: Array("body".utf8)).status == 200)
    }
}

extension S3Route: CustomTestStringConvertible {
    package var testDescription: String { operation.rawValue }
}
