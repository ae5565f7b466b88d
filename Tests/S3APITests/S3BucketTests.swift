import Foundation
import Testing

@Suite struct S3BucketTests {
    @Test("Buckets are made, described, listed and deleted")
    func lifeCycle() async throws {
        try await S3TestServer.run { server in
            let document =
                "<CreateBucketConfiguration><LocationConstraint>us-east-1</LocationConstraint></CreateBucketConfiguration>"
            #expect(try await server.send("PUT", "/Made.Here", body: Array(document.utf8)).status == 200)
            #expect(try await server.send("PUT", "/Made.Here").status == 200, "us-east-1 takes a second one")
            let elsewhere = document.replacingOccurrences(of: "us-east-1", with: "eu-west-1")
            let refused = try await server.send("PUT", "/elsewhere", body: Array(elsewhere.utf8))
            #expect(refused.element("Code") == "InvalidLocationConstraint")
            #expect(try await server.send("HEAD", "/Made.Here").status == 200)
            #expect(try await server.send("HEAD", "/made.here").status == 404)
            #expect(try await server.send("GET", "/Made.Here", query: "location=").text.contains("LocationConstraint"))
            #expect(try await server.send("GET", "/").elements("Name") == ["Made.Here", "bucket"])
            _ = try await server.send("PUT", "/Made.Here/k", body: [1])
            #expect(try await server.send("DELETE", "/Made.Here").element("Code") == "BucketNotEmpty")
            _ = try await server.send("DELETE", "/Made.Here/k")
            #expect(try await server.send("DELETE", "/Made.Here").status == 204)
            #expect(try await server.send("GET", "/Made.Here").element("Code") == "NoSuchBucket")
        }
    }

    @Test("Versioning is switched by a document; a delete then leaves a marker that only its id removes")
    func versioning() async throws {
        try await S3TestServer.run { server in
            #expect(try await server.send("GET", "/bucket", query: "versioning=").element("Status") == nil)
            let enabled = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
            #expect(
                try await server.send("PUT", "/bucket", query: "versioning=", body: Array(enabled.utf8)).status == 200)
            #expect(try await server.send("GET", "/bucket", query: "versioning=").element("Status") == "Enabled")
            let first = try await server.send("PUT", "/bucket/k", body: [1]).headers["x-amz-version-id"]
            let second = try await server.send("PUT", "/bucket/k", body: [2]).headers["x-amz-version-id"]
            #expect(try await server.send("GET", "/bucket/k", query: "versionId=\(first ?? "")").body == [1])
            let deleted = try await server.send("DELETE", "/bucket/k")
            let marker = try #require(deleted.headers["x-amz-version-id"])
            #expect(deleted.headers["x-amz-delete-marker"] == "true")
            let hidden = try await server.send("GET", "/bucket/k")
            #expect(hidden.status == 404 && hidden.headers["x-amz-delete-marker"] == "true")
            #expect(try await server.send("GET", "/bucket/k", query: "versionId=\(marker)").status == 405)
            let listed = try await server.send("GET", "/bucket", query: "versions=")
            #expect(listed.elements("VersionId") == [marker, second ?? "", first ?? ""])
            _ = try await server.send("DELETE", "/bucket/k", query: "versionId=\(marker)")
            #expect(try await server.send("GET", "/bucket/k").body == [2])
        }
    }

    @Test("Both listings page through everything, and refuse a token that is not theirs")
    func listings() async throws {
        try await S3TestServer.run { server in
            let keys = ["a", "b/1", "b/2", "c", "d"]
            for key in keys { _ = try await server.send("PUT", "/bucket/\(key)", body: [1]) }
            var query = "list-type=2&max-keys=2"
            var listed: [String] = []
            while true {
                let page = try await server.send("GET", "/bucket", query: query)
                listed += page.elements("Key")
                guard let token = page.element("NextContinuationToken") else { break }
                query = "list-type=2&max-keys=2&continuation-token=\(token)"
            }
            #expect(listed == keys)
            let rolledUp = try await server.send("GET", "/bucket", query: "delimiter=%2F&max-keys=2")
            #expect(rolledUp.elements("Key") == ["a"] && rolledUp.element("NextMarker") == "b/")
            let rest = try await server.send("GET", "/bucket", query: "delimiter=%2F&marker=b%2F")
            #expect(rest.elements("Key") == ["c", "d"] && rest.element("IsTruncated") == "false")
            for query in ["list-type=2&continuation-token=x", "max-keys=-1", "max-keys=x", "encoding-type=xml"] {
                #expect(
                    try await server.send("GET", "/bucket", query: query).element("Code") == "InvalidArgument",
                    "\(query)")
            }
        }
    }
}
