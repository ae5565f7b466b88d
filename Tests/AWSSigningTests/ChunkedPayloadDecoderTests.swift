import AWSSigning
import Testing

/// An aws-chunked body and what it should decode to.
private struct ChunkedBody {
    static let seed: RequestVerifier.ProvenSignature = {
        let scope = SigningScope(date: "20260301", region: "eu-central-1", service: "s3")
        return RequestVerifier.ProvenSignature(
            signature: String(repeating: "5", count: 64), scope: scope.text, date: "20260301T102029Z",
            signingKey: scope.signingKey(secretAccessKey: "a/test+secret").bytes)
    }()

    var mode: PayloadMode
    var chunks: [String] = ["hello world", "x", ""]
    var trailers: [(name: String, value: String)] = [("x-amz-checksum-crc32", "DUoRhQ==")]

    static let modes: [PayloadMode] = [.streamingSigned, .streamingSignedTrailer, .streamingUnsignedTrailer]

    init(_ mode: PayloadMode) {
        self.mode = mode
        if mode == .streamingSigned { trailers = [] }
    }

    var payload: String { chunks.joined() }

    var text: String {
        var chain = ChunkSignatureChain(seed: Self.seed)
        var text = ""
        for chunk in chunks {
            text += String(chunk.utf8.count, radix: 16)
            if mode != .streamingUnsignedTrailer {
                text += ";chunk-signature=" + String(decoding: chain.sign(chunk: Array(chunk.utf8)), as: UTF8.self)
            }
            text += "\r\n"
            if !chunk.isEmpty { text += chunk + "\r\n" }
        }
        for trailer in trailers { text += "\(trailer.name):\(trailer.value)\r\n" }
        if mode == .streamingSignedTrailer {
            let lines = trailers.map { "\($0.name):\($0.value)\n" }.joined()
            let signature = chain.sign(trailers: Array(lines.utf8))
            text += "x-amz-trailer-signature:\(String(decoding: signature, as: UTF8.self))\r\n"
        }
        return text + "\r\n"
    }

    func decoder(decodedLength: Int64? = nil) throws -> ChunkedPayloadDecoder {
        try #require(
            ChunkedPayloadDecoder(
                mode: mode, seed: Self.seed, decodedLength: decodedLength ?? Int64(payload.utf8.count),
                trailers: trailers.map { $0.name.uppercased() }))
    }
}

/// Decodes a whole body, handed over in pieces of this size.
private func decode(
    _ text: String, with start: ChunkedPayloadDecoder, piece: Int = .max
) throws(ChunkedPayloadError) -> (payload: String, trailers: [String: String]) {
    var decoder = start
    var payload: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
        for part in try decoder.feed(Array(rest.prefix(piece))) { payload += part }
        rest = rest.dropFirst(piece)
    }
    return (String(decoding: payload, as: UTF8.self), try decoder.finish())
}

@Suite("Bodies in aws-chunked framing")
struct ChunkedPayloadDecoderTests {
    @Test("A good body is decoded, in pieces of any size", arguments: ChunkedBody.modes)
    func pieces(mode: PayloadMode) throws {
        let body = ChunkedBody(mode)
        for size in 1...body.text.utf8.count {
            let result = try decode(body.text, with: body.decoder(), piece: size)
            #expect(result.payload == body.payload)
            #expect(result.trailers == Dictionary(uniqueKeysWithValues: body.trailers.map { ($0.name, $0.value) }))
        }
    }

    @Test("A good body is decoded when cut at any one byte", arguments: ChunkedBody.modes)
    func everyCut(mode: PayloadMode) throws {
        let body = ChunkedBody(mode)
        let bytes = Array(body.text.utf8)
        for cut in 0...bytes.count {
            var decoder = try body.decoder()
            let parts = try decoder.feed(Array(bytes[..<cut])) + decoder.feed(Array(bytes[cut...]))
            #expect(String(decoding: parts.joined(), as: UTF8.self) == body.payload)
            _ = try decoder.finish()
        }
    }

    @Test("A body that ends early is refused wherever it ends", arguments: ChunkedBody.modes)
    func everyTruncation(mode: PayloadMode) throws {
        let body = ChunkedBody(mode)
        let bytes = Array(body.text.utf8)
        for length in 0..<bytes.count {
            let start = try body.decoder()
            #expect(throws: ChunkedPayloadError.incomplete) {
                try decode(String(decoding: bytes[..<length], as: UTF8.self), with: start)
            }
        }
    }

    @Test(
        "A signed body with any one byte changed is refused",
        arguments: [.streamingSigned, .streamingSignedTrailer] as [PayloadMode])
    func everyByte(mode: PayloadMode) throws {
        let body = ChunkedBody(mode)
        let good = Array(body.text.utf8)
        for index in good.indices {
            var bytes = good
            bytes[index] ^= 1
            let start = try body.decoder()
            #expect(throws: ChunkedPayloadError.self, "byte \(index)") {
                try decode(String(decoding: bytes, as: UTF8.self), with: start)
            }
        }
    }

    @Test("An empty payload is one chunk of no bytes", arguments: ChunkedBody.modes)
    func empty(mode: PayloadMode) throws {
        var body = ChunkedBody(mode)
        body.chunks = [""]
        #expect(try decode(body.text, with: body.decoder()).payload.isEmpty)
    }

    @Test("Modes that are not aws-chunked have no decoder")
    func otherModes() {
        for mode in [PayloadMode.unsigned, .hash(String(repeating: "0", count: 64))] {
            #expect(ChunkedPayloadDecoder(mode: mode, seed: ChunkedBody.seed, decodedLength: 0) == nil)
            #expect(!mode.isChunked)
        }
    }

    struct Mutation: Sendable, CustomTestStringConvertible {
        var testDescription: String { "\(error): \(replaced) → \(replacement)" }
        var error: ChunkedPayloadError
        var replaced: String
        var replacement: String

        init(_ error: ChunkedPayloadError, _ replaced: String, _ replacement: String) {
            self.error = error
            self.replaced = replaced
            self.replacement = replacement
        }
    }

    static let mutations = [
        Mutation(.malformedChunk, "b\r\nhello", "\r\nhello"),
        Mutation(.malformedChunk, "b\r\nhello", "b\nhello"),
        Mutation(.malformedChunk, "b\r\nhello", "b\r\r\nhello"),
        Mutation(.malformedChunk, "b\r\nhello", " b\r\nhello"),
        Mutation(.malformedChunk, "b\r\nhello", "b \r\nhello"),
        Mutation(.malformedChunk, "b\r\nhello", "+b\r\nhello"),
        Mutation(.malformedChunk, "b\r\nhello", "-b\r\nhello"),
        Mutation(.malformedChunk, "b\r\nhello", "0xb\r\nhello"),
        Mutation(.malformedChunk, "b\r\nhello", "0000000000000000b\r\nhello"),
        Mutation(.malformedChunk, "b\r\nhello", "b;\r\nhello"),
        Mutation(.malformedChunk, "b\r\nhello", "b;a=b\r\nhello"),
        Mutation(.malformedChunk, "world\r\n", "world\n\r"),
        Mutation(.malformedChunk, "world\r\n", "world"),
        Mutation(.malformedChunk, "world\r\n", "worlds\r\n"),
        Mutation(.malformedChunk, "hello", "hell"),
        Mutation(.lineTooLong, "b\r\nhello", "b;" + String(repeating: "a", count: 1024) + "\r\nhello"),
        Mutation(.lengthMismatch(declared: 12), "b\r\nhello", "d\r\nhello"),
        Mutation(.lengthMismatch(declared: 12), "b\r\nhello", "ffffffffffffffff\r\nhello"),
        Mutation(.lengthMismatch(declared: 12), "b\r\nhello world\r\n", ""),
        Mutation(.lengthMismatch(declared: 12), "1\r\nx\r\n", "1\r\nx\r\n1\r\nx\r\n"),
        Mutation(.lengthMismatch(declared: 12), "1\r\nx\r\n", ""),
        Mutation(.malformedTrailer, "x-amz-checksum-crc32:", "x-amz-checksum-crc32 "),
        Mutation(.malformedTrailer, "x-amz-checksum-crc32:", ":"),
        Mutation(.malformedTrailer, "x-amz-checksum", "x-amz-checksum-crc32:AAAAAA==\r\nx-amz-checksum"),
        Mutation(.malformedChunk, "DUoRhQ==", "DUo\rRhQ=="),
        Mutation(.malformedChunk, "DUoRhQ==\r\n", "DUoRhQ==\n"),
        Mutation(.unexpectedTrailer("x-amz-meta-a"), "x-amz-checksum", "X-Amz-Meta-A:b\r\nx-amz-checksum"),
        Mutation(.unexpectedTrailer("x-amz-trailer-signature"), "\r\n\r\n", "\r\nx-amz-trailer-signature:a\r\n\r\n"),
        Mutation(.missingTrailer("x-amz-checksum-crc32"), "x-amz-checksum-crc32:DUoRhQ==\r\n", ""),
        Mutation(.lineTooLong, "DUoRhQ==", String(repeating: "A", count: 1024)),
        Mutation(.bytesAfterEnd, "\r\n\r\n", "\r\n\r\n\n"),
        Mutation(.bytesAfterEnd, "\r\n\r\n", "\r\n\r\n0\r\n\r\n"),
    ]

    @Test("One change to the framing of an unsigned body has it refused", arguments: mutations)
    func unsignedMutation(_ mutation: Mutation) throws {
        let body = ChunkedBody(.streamingUnsignedTrailer)
        let changed = body.text.replacing(mutation.replaced, with: mutation.replacement, maxReplacements: 1)
        #expect(changed != body.text)
        for piece in [1, 7, .max] {
            let start = try body.decoder()
            #expect(throws: mutation.error) { try decode(changed, with: start, piece: piece) }
        }
    }

    @Test("Chunks that change places, or come from another body, are refused")
    func order() throws {
        var body = ChunkedBody(.streamingSigned)
        body.chunks = ["aaaa", "bbbb", ""]
        let lines = body.text.split(separator: "\r\n", omittingEmptySubsequences: false).map(String.init)
        let swapped = [lines[2], lines[3], lines[0], lines[1]] + lines[4...]
        let start = try body.decoder()
        #expect(throws: ChunkedPayloadError.chunkSignatureMismatch) {
            try decode(swapped.joined(separator: "\r\n"), with: start)
        }
        var seed = ChunkedBody.seed
        seed.signature = String(repeating: "6", count: 64)
        let other = try #require(ChunkedPayloadDecoder(mode: .streamingSigned, seed: seed, decodedLength: 8))
        let text = body.text
        #expect(throws: ChunkedPayloadError.chunkSignatureMismatch) { try decode(text, with: other) }
    }

    @Test("A signed chunk has its signature and no other extension")
    func extensions() throws {
        let body = ChunkedBody(.streamingSigned)
        for (replaced, replacement) in [
            (";chunk-signature=", ";Chunk-Signature="), (";chunk-signature=", ";a=b;chunk-signature="),
            (";chunk-signature=", ";chunk-signature=0"), ("\r\nhello", ";a=b\r\nhello"),
        ] {
            let text = body.text.replacing(replaced, with: replacement, maxReplacements: 1)
            let start = try body.decoder()
            #expect(throws: ChunkedPayloadError.malformedChunk) { try decode(text, with: start) }
        }
        let start = try body.decoder()
        #expect(throws: ChunkedPayloadError.malformedChunk) { try decode("b\r\nhello world\r\n", with: start) }
    }

    @Test("Signed trailers need their signature, once and at the end")
    func trailerSignature() throws {
        let body = ChunkedBody(.streamingSignedTrailer)
        let line = try #require(body.text.split(separator: "\r\n").last.map { String($0) + "\r\n" })
        let checksum = "x-amz-checksum-crc32:DUoRhQ==\r\n"
        for text in [
            body.text.replacing(line, with: ""), body.text.replacing(line, with: line + line),
            body.text.replacing(checksum + line, with: line + checksum),
            body.text.replacing("DUoRhQ==", with: "DUoRhR=="),
        ] {
            #expect(text != body.text)
            let start = try body.decoder()
            #expect(throws: ChunkedPayloadError.trailerSignatureMismatch) { try decode(text, with: start) }
        }
    }

    @Test("A trailer behind the trailer signature is not covered by it and refused")
    func trailerBehindSignature() throws {
        var body = ChunkedBody(.streamingSignedTrailer)
        let start = try body.decoder()
        body.trailers = []
        let text = String(body.text.dropLast()) + "x-amz-checksum-crc32:DUoRhQ==\r\n\r\n"
        #expect(throws: ChunkedPayloadError.trailerSignatureMismatch) { try decode(text, with: start) }
    }

    @Test("A body without announced trailers may have none")
    func unannounced() throws {
        let body = ChunkedBody(.streamingUnsignedTrailer)
        let start = try #require(
            ChunkedPayloadDecoder(mode: body.mode, seed: ChunkedBody.seed, decodedLength: 12))
        #expect(throws: ChunkedPayloadError.unexpectedTrailer("x-amz-checksum-crc32")) {
            try decode(body.text, with: start)
        }
    }

    @Test("Trailers are limited in number")
    func trailerFlood() throws {
        var body = ChunkedBody(.streamingUnsignedTrailer)
        body.trailers = (0...ChunkedPayloadDecoder.trailersMax).map { ("x-amz-meta-\($0)", "v") }
        let start = try body.decoder()
        let text = body.text
        #expect(throws: ChunkedPayloadError.tooManyTrailers) { try decode(text, with: start) }
        body.trailers.removeLast()
        #expect(try decode(body.text, with: body.decoder()).trailers.count == ChunkedPayloadDecoder.trailersMax)
    }

    @Test("After an error the decoder takes nothing more")
    func staysFailed() throws {
        var decoder = try ChunkedBody(.streamingUnsignedTrailer).decoder()
        #expect(throws: ChunkedPayloadError.malformedChunk) { try decoder.feed(Array("z\r\n".utf8)) }
        #expect(throws: ChunkedPayloadError.malformedChunk) { try decoder.feed(Array("b\r\n".utf8)) }
        #expect(throws: ChunkedPayloadError.malformedChunk) { try decoder.finish() }
    }

    @Test("A declared length that is negative takes no payload")
    func negativeLength() throws {
        let body = ChunkedBody(.streamingUnsignedTrailer)
        let start = try body.decoder(decodedLength: -1)
        #expect(throws: ChunkedPayloadError.lengthMismatch(declared: -1)) { try decode(body.text, with: start) }
    }

    @Test("The kinds of body hash are known, and every other value is refused")
    func payloadModes() {
        let digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        for mode in ChunkedBody.modes + [.unsigned, .hash(digest)] {
            #expect(PayloadMode(headerValue: mode.headerValue) == mode)
        }
        for value in [
            "", "unsigned-payload", "STREAMING", "STREAMING-UNSIGNED-PAYLOAD",
            "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER",
            digest.uppercased(), String(digest.dropLast()), digest + "0", "UNSIGNED-PAYLOAD ", "none",
        ] {
            #expect(PayloadMode(headerValue: value) == nil, "\(value)")
        }
    }
}
