import ArtifactStorage

extension S3Service {
    /// All buckets, in one page.
    func listBuckets(_ request: AuthenticatedS3Request) async throws -> S3Response {
        let buckets = try await store.index.buckets()
        return S3Response.result("ListAllMyBucketsResult") { xml in
            xml.element("Owner") { Self.writeOwner(to: &$0) }
            xml.element("Buckets") { xml in
                for bucket in buckets {
                    xml.element("Bucket") { xml in
                        xml.element("Name", bucket.name)
                        xml.element("CreationDate", S3Date.element(bucket.createdAt))
                    }
                }
            }
        }
    }

    /// There is one owner of everything.
    static func writeOwner(to xml: inout XMLWriter) {
        xml.element("ID", "penstock")
        xml.element("DisplayName", "penstock")
    }
}
