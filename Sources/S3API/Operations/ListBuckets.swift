import ArtifactStorage

extension S3Service {
    /// Buckets in the order of their names: those that begin with `prefix`, in pages of `max-buckets` where that is asked for.
    func listBuckets(_ request: AuthenticatedS3Request) async throws -> S3Response {
        let limit = try number("max-buckets", of: request, default: S3Limits.listedBuckets)
        guard (1...S3Limits.listedBuckets).contains(limit) else {
            throw S3Error.invalidArgument("Argument max-buckets must be an integer between 1 and 10000")
        }
        let prefix = request.target["prefix"] ?? ""
        let token = request.target["continuation-token"]
        let after = try token.map(Self.key(fromToken:))
        let isElsewhere = request.target["bucket-region"].map { $0 != region } ?? false
        let buckets = try await store.index.buckets().filter { bucket in
            !isElsewhere && bucket.name.hasPrefix(prefix) && after.map { $0 < bucket.name } ?? true
        }
        let page = buckets.prefix(limit)
        return S3Response.result("ListAllMyBucketsResult") { xml in
            xml.element("Owner") { Self.writeOwner(to: &$0) }
            xml.element("Buckets") { xml in
                for bucket in page {
                    xml.element("Bucket") { xml in
                        xml.element("Name", bucket.name)
                        xml.element("CreationDate", S3Date.element(bucket.createdAt))
                        xml.element("BucketRegion", region)
                    }
                }
            }
            if page.count < buckets.count {
                xml.optional("ContinuationToken", page.last.map { Self.token(forKey: $0.name) })
            }
            xml.optional("Prefix", request.target["prefix"])
        }
    }

    /// There is one owner of everything.
    static func writeOwner(to xml: inout XMLWriter) {
        xml.element("ID", "penstock")
        xml.element("DisplayName", "penstock")
    }
}
