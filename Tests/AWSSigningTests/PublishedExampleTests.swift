import AWSSigning
import Testing

/// The worked examples of the S3 reference ("Authenticating Requests"), which prove the S3 rules from outside.
@Suite("The worked examples of the S3 reference")
struct PublishedExampleTests {
    static let key = SigningCredentials(
        accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    static let credential = "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"
    /// 2013-05-24T00:00:00Z.
    static let now: Int64 = 1_369_353_600_000
    static let verifier = RequestVerifier(service: .s3, region: "us-east-1")
    private static let emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    static func prove(
        _ method: String, _ path: String, query: String = "", headers: [(name: String, value: String)],
        signedHeaders: String, signature: String, bodyHash: String
    ) throws -> RequestVerifier.ProvenSignature {
        let authorization =
            "AWS4-HMAC-SHA256 Credential=\(credential),SignedHeaders=\(signedHeaders),Signature=\(signature)"
        let own: [(name: String, value: String)] = [
            ("x-amz-date", "20130524T000000Z"), ("x-amz-content-sha256", bodyHash), ("Authorization", authorization),
        ]
        let request = HTTPRequestHead(method: method, path: path, query: query, headers: headers + own)
        let claim = try verifier.claim(of: request, now: now)
        return try verifier.prove(claim, of: request, bodyHash: bodyHash, credentials: key)
    }

    @Test("GET of an object with a range")
    func getObject() throws {
        _ = try Self.prove(
            "GET", "/test.txt", headers: [("Host", "examplebucket.s3.amazonaws.com"), ("Range", "bytes=0-9")],
            signedHeaders: "host;range;x-amz-content-sha256;x-amz-date",
            signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41", bodyHash: Self.emptyHash)
    }

    @Test("PUT of an object with a dollar sign in its key")
    func putObject() throws {
        _ = try Self.prove(
            "PUT", "/test$file.text",
            headers: [
                ("Host", "examplebucket.s3.amazonaws.com"), ("Date", "Fri, 24 May 2013 00:00:00 GMT"),
                ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
            ],
            signedHeaders: "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
            signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
            bodyHash: "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072")
    }

    @Test("GET of a sub-resource without a value, and a listing")
    func queries() throws {
        let examples = [
            ("lifecycle", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
            ("max-keys=2&prefix=J", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
        ]
        for (query, signature) in examples {
            _ = try Self.prove(
                "GET", "/", query: query, headers: [("Host", "examplebucket.s3.amazonaws.com")],
                signedHeaders: "host;x-amz-content-sha256;x-amz-date", signature: signature, bodyHash: Self.emptyHash)
        }
    }

    @Test("A presigned URL of a day")
    func presigned() throws {
        let unsigned = HTTPRequestHead(
            method: "GET", path: "/test.txt", headers: [("Host", "examplebucket.s3.amazonaws.com")])
        let signer = RequestSigner(service: .s3, region: "us-east-1", credentials: Self.key)
        let request = signer.presign(unsigned, expires: 86_400, now: Self.now)
        #expect(
            request.query == "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="
                + "AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z"
                + "&X-Amz-SignedHeaders=host&X-Amz-Expires=86400"
                + "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404")
        let claim = try Self.verifier.claim(of: request, now: Self.now + 86_400_000)
        _ = try Self.verifier.prove(claim, of: request, bodyHash: "UNSIGNED-PAYLOAD", credentials: Self.key)
    }

    @Test("An upload in signed chunks")
    func chunks() throws {
        let seed = try Self.prove(
            "PUT", "/examplebucket/chunkObject.txt",
            headers: [
                ("Host", "s3.amazonaws.com"), ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
                ("Content-Encoding", "aws-chunked"), ("x-amz-decoded-content-length", "66560"),
                ("Content-Length", "66824"),
            ],
            signedHeaders: "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;"
                + "x-amz-decoded-content-length;x-amz-storage-class",
            signature: "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
            bodyHash: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
        let chunks = [
            (65_536, "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"),
            (1024, "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"),
            (0, "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"),
        ]
        var body: [UInt8] = []
        for (size, signature) in chunks {
            body += Array("\(String(size, radix: 16));chunk-signature=\(signature)\r\n".utf8)
            body += [UInt8](repeating: UInt8(ascii: "a"), count: size) + [13, 10]
        }
        #expect(body.count == 66_824)
        var decoder = try #require(
            ChunkedPayloadDecoder(mode: .streamingSigned, seed: seed, decodedLength: 66_560))
        let payload = try decoder.feed(body)
        #expect(payload.map(\.count).reduce(0, +) == 66_560)
        #expect(payload.allSatisfy { $0.allSatisfy { $0 == UInt8(ascii: "a") } })
        #expect(try decoder.finish() == [:])
    }

    @Test("The trailer of an upload in signed chunks")
    func trailer() throws {
        let scope = SigningScope(date: "20130524", region: "us-east-1", service: "s3")
        let seed = RequestVerifier.ProvenSignature(
            signature: "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e", scope: scope.text,
            date: "20130524T000000Z", signingKey: scope.signingKey(secretAccessKey: Self.key.secretAccessKey).bytes)
        var chain = ChunkSignatureChain(seed: seed)
        let expected = [
            "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
            "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
            "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
        ]
        for (size, signature) in zip([65_536, 1024, 0], expected) {
            let data = [UInt8](repeating: UInt8(ascii: "a"), count: size)
            #expect(String(decoding: chain.sign(chunk: data), as: UTF8.self) == signature)
        }
        let trailer = chain.sign(trailers: Array("x-amz-checksum-crc32c:sOO8/Q==\n".utf8))
        #expect(
            String(decoding: trailer, as: UTF8.self)
                == "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435")
        var checksum = ChecksumDigest(.crc32c)
        checksum.update([UInt8](repeating: UInt8(ascii: "a"), count: 66_560))
        #expect(checksum.base64 == "sOO8/Q==")
    }
}
