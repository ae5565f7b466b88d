import AWSSigning
import ArtifactStorage
import S3API
import TestSupport
import Testing

/// users-faults-security 5.4 and cases 45 to 47, over every route of the port.
@Suite("Signatures on every route of the S3 port")
struct S3SignatureTests {
    @Test("Every operation has a route, and every route's request finds its operation")
    func routes() {
        #expect(Set(S3Route.all.map(\.operation)) == Set(S3Operation.allCases))
        #expect(S3Route.all.count == S3Operation.allCases.count)
    }

    @Test(
        "One thing wrong with a good request has it refused on every route, and changes nothing", arguments: S3Route.all
    )
    func mutations(of route: S3Route) async throws {
        try await S3TestServer.run { server in
            let sample = try await S3RouteSample.make(for: route, on: server)
            let draft = server.draft(of: route, sample)
            let before = try await server.contents()
            for mutation in SignatureMutation.all(of: draft) {
                var wrong = draft
                mutation.apply(&wrong)
                let (head, body, _) = wrong.signed()
                try await expect(mutation.s3Status, mutation.s3Code, mutation.name, head, body, server)
            }
            for method in ["GET", "HEAD", "PUT", "POST", "DELETE", "PATCH"] where method != route.method {
                var other = draft
                other.afterSigning { $0.method = method }
                let (head, body, _) = other.signed()
                try await expect(403, "SignatureDoesNotMatch", "as \(method)", head, body, server)
            }
            #expect(try await server.contents() == before)
            let (head, body, _) = draft.signed()
            let good = try await server.send(head, body: body)
            #expect(good.status == sample.status, "the good request: \(good.text)")
        }
    }

    @Test("A presigned request is served on every route", arguments: S3Route.all)
    func presigned(_ route: S3Route) async throws {
        try await S3TestServer.run { server in
            let sample = try await S3RouteSample.make(for: route, on: server)
            var draft = server.draft(of: route, sample)
            draft.isPresigned = true
            let (head, body, _) = draft.signed()
            let reply = try await server.send(head, body: body)
            #expect(reply.status == sample.status, "\(reply.text)")
        }
    }

    @Test(
        "A temporary key needs its token, whole and as long as the job lives", arguments: S3Route.all)
    func tokens(_ route: S3Route) async throws {
        try await S3TestServer.run { server in
            let sample = try await S3RouteSample.make(for: route, on: server)
            let before = try await server.contents()
            var draft = server.draft(of: route, sample)
            draft.credentials = S3TestServer.job
            for token in [nil, "", "job+token/", "JOB+TOKEN/="] as [String?] {
                draft.credentials.sessionToken = token
                let (head, body, _) = draft.signed()
                try await expect(400, "InvalidToken", "token \(token ?? "absent")", head, body, server)
            }
            draft.credentials = S3TestServer.job
            server.jobs.end(S3TestServer.job.accessKeyID)
            let (head, body, _) = draft.signed()
            try await expect(403, "InvalidAccessKeyId", "after the job", head, body, server)
            #expect(try await server.contents() == before)
        }
    }

    private func expect(
        _ status: Int, _ code: String, _ name: String, _ head: HTTPRequestHead, _ body: [UInt8], _ server: S3TestServer
    ) async throws {
        let reply = try await server.send(head, body: body)
        #expect(reply.status == status, "\(name): \(reply.text)")
        if head.method != "HEAD" { #expect(reply.element("Code") == code, "\(name): \(reply.text)") }
    }
}

extension S3TestServer {
    /// The sample's request, to be signed by the root's key at the present time.
    func draft(of route: S3Route, _ sample: S3RouteSample) -> SignedRequestDraft {
        SignedRequestDraft(
            head: HTTPRequestHead(
                method: route.method, path: sample.path, query: sample.query,
                headers: [("Host", "127.0.0.1:\(port)")] + sample.headers),
            body: sample.body, service: .s3, region: Self.region, credentials: Self.root, signedAt: Self.now)
    }

    /// Everything that the store holds, as text.
    func contents() async throws -> [String] {
        var lines = try files().sorted()
        for bucket in try await store.index.buckets() {
            lines.append("\(bucket)")
            let query = VersionListQuery(objects: ObjectListQuery(bucket: bucket.name))
            lines += try await store.index.listVersions(query).versions.map { "\($0)" }
            for upload in try await store.index.uploads(UploadListQuery(bucket: bucket.name)) {
                lines.append("\(upload.id)")
                lines += try await store.index.parts(uploadID: upload.id, after: 0, limit: 10).map { "\($0)" }
            }
        }
        return lines
    }
}
