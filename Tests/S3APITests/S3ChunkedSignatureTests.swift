import AWSSigning
import S3API
import TestSupport
import Testing

/// Bodies in signed chunks, on every route: also where a body means nothing.
@Suite("Chunked bodies on every route of the S3 port")
struct S3ChunkedSignatureTests {
    /// A body in chunks, one thing of which may be wrong.
    struct Framing: Sendable, CustomTestStringConvertible {
        enum Fault: String, Sendable, CaseIterable {
            case none, data, chunkSignature, lastChunkSignature, noLastChunk, chunkMissing, declaredLess, declaredMore
            case trailerSignature, trailerChecksum, noTrailer, noTrailerSignature, unannouncedTrailer
        }

        var mode: PayloadMode
        var fault: Fault
        var testDescription: String { "\(mode.headerValue) \(fault.rawValue)" }

        var hasTrailer: Bool { mode != .streamingSigned }
        var isSigned: Bool { mode != .streamingUnsignedTrailer }

        /// Whether this fault can be had with this mode, and a body of so many bytes.
        func isPossible(size: Int) -> Bool {
            switch fault {
            case .none, .noLastChunk, .declaredMore: true
            case .data, .chunkMissing, .declaredLess: size > 0
            case .chunkSignature: size > 0 && isSigned
            case .lastChunkSignature: isSigned
            case .trailerChecksum, .noTrailer: hasTrailer
            case .trailerSignature, .noTrailerSignature: mode == .streamingSignedTrailer
            case .unannouncedTrailer: true
            }
        }

        /// Codes of the refusals that are right.
        var codes: Set<String> {
            switch fault {
            case .none: []
            case .data: isSigned ? ["SignatureDoesNotMatch"] : ["BadDigest"]
            case .chunkSignature, .lastChunkSignature, .trailerSignature, .noTrailerSignature:
                ["SignatureDoesNotMatch"]
            case .noLastChunk, .declaredLess, .declaredMore: ["IncompleteBody"]
            case .chunkMissing: isSigned ? ["SignatureDoesNotMatch", "IncompleteBody"] : ["IncompleteBody"]
            case .trailerChecksum: ["BadDigest"]
            case .noTrailer, .unannouncedTrailer: ["MalformedTrailerError", "SignatureDoesNotMatch"]
            }
        }

        func body(_ payload: [UInt8], seed: RequestVerifier.ProvenSignature) -> [UInt8] {
            var chain = ChunkSignatureChain(seed: seed)
            var chunks = payload.isEmpty ? [[]] : [Array(payload.dropLast(1)), Array(payload.suffix(1)), []]
            if chunks.first?.isEmpty == true, chunks.count == 3 { chunks.removeFirst() }
            var text: [UInt8] = []
            for (index, chunk) in chunks.enumerated() {
                let isLast = index == chunks.count - 1
                var signature = String(decoding: chain.sign(chunk: chunk), as: UTF8.self)
                if fault == .chunkSignature && index == 0 && !isLast || fault == .lastChunkSignature && isLast {
                    signature = String(signature.reversed())
                }
                if fault == .noLastChunk, isLast { return text }
                if fault == .chunkMissing, index == 0 { continue }
                var data = chunk
                if fault == .data, index == 0 { data[0] ^= 1 }
                text += "\(String(chunk.count, radix: 16))\(isSigned ? ";chunk-signature=\(signature)" : "")\r\n".utf8
                if !data.isEmpty { text += data + Array("\r\n".utf8) }
            }
            return text + trailer(payload, &chain)
        }

        private func trailer(_ payload: [UInt8], _ chain: inout ChunkSignatureChain) -> [UInt8] {
            var text = ""
            if fault == .unannouncedTrailer { text += "x-amz-meta-late:1\r\n" }
            guard hasTrailer, fault != .noTrailer else { return Array((text + "\r\n").utf8) }
            var digest = ChecksumDigest(.crc32)
            digest.update(fault == .trailerChecksum ? payload + [0] : payload)
            text += "x-amz-checksum-crc32:\(digest.base64)\r\n"
            if mode == .streamingSignedTrailer, fault != .noTrailerSignature {
                var signature = String(
                    decoding: chain.sign(trailers: Array("x-amz-checksum-crc32:\(digest.base64)\n".utf8)),
                    as: UTF8.self)
                if fault == .trailerSignature { signature = String(signature.reversed()) }
                text += "x-amz-trailer-signature:\(signature)\r\n"
            }
            return Array((text + "\r\n").utf8)
        }

        static let all: [Framing] = [.streamingSigned, .streamingSignedTrailer, .streamingUnsignedTrailer].flatMap {
            mode in
            Fault.allCases.map { Framing(mode: mode, fault: $0) }
        }
    }

    @Test("A chunk, a length or a trailer that is not right has it refused on every route", arguments: S3Route.all)
    func faults(on route: S3Route) async throws {
        try await S3TestServer.run { server in
            let sample = try await S3RouteSample.make(for: route, on: server)
            let before = try await server.contents()
            for framing in Framing.all
            where framing.fault != .none && framing.isPossible(size: sample.body.count) {
                let reply = try await send(framing, route, sample, server)
                #expect(reply.status == 400 || reply.status == 403, "\(framing.testDescription): \(reply.text)")
                if route.method != "HEAD" {
                    let code = reply.element("Code") ?? ""
                    #expect(framing.codes.contains(code), "\(framing.testDescription): \(code)")
                }
            }
            #expect(try await server.contents() == before)
            let good = try await send(Framing(mode: .streamingSignedTrailer, fault: .none), route, sample, server)
            #expect(good.status == sample.status, "the good body: \(good.text)")
        }
    }

    private func send(
        _ framing: Framing, _ route: S3Route, _ sample: S3RouteSample, _ server: S3TestServer
    ) async throws -> S3TestResponse {
        var draft = server.draft(of: route, sample)
        draft.bodyHash = framing.mode.headerValue
        let declared =
            switch framing.fault {
            case .declaredLess: sample.body.count - 1
            case .declaredMore: sample.body.count + 1
            default: sample.body.count
            }
        draft.head.headers.append(("X-Amz-Decoded-Content-Length", String(declared)))
        if framing.hasTrailer { draft.head.headers.append(("X-Amz-Trailer", "x-amz-checksum-crc32")) }
        let (head, _, seed) = draft.signed()
        let body = framing.body(sample.body, seed: try #require(seed))
        return try await server.send(head, body: body)
    }
}
