import Crypto

/// Reads an `aws-chunked` body as it arrives, in pieces of any size, and checks it on the way.
///
/// Payload is handed on before the signature of its chunk is known, so it may be kept only once ``finish()`` returned.
/// After an error the decoder gives the same error for ever.
///
/// Whether a trailer's checksum is that of the payload is for the caller to compare, with ``ChecksumDigest``.
package struct ChunkedPayloadDecoder: Sendable {
    /// Bytes of one line of the framing: a chunk's size and signature, or a trailer. Chunk extensions other than the
    /// signature are refused anyhow.
    package static let lineBytesMax = 1024
    /// Trailers of one body, the trailer signature not counted.
    package static let trailersMax = 16
    /// Hexadecimal digits of a chunk's size.
    package static let sizeDigitsMax = 16

    private enum State {
        /// In the line before a chunk.
        case chunkLine
        /// In a chunk's data: so many bytes are left.
        case data(remaining: Int64)
        /// Behind a chunk's data: the two bytes of the line end, the first of them seen or not.
        case dataEnd(sawReturn: Bool)
        /// Behind the last chunk: trailers, then an empty line.
        case trailers
        case complete
        case failed(ChunkedPayloadError)
    }

    private enum Framing {
        case unsigned
        case signed
        case signedTrailer
    }

    private var state = State.chunkLine
    private let framing: Framing
    private var chain: ChunkSignatureChain?
    private let declaredLength: Int64
    private let announcedTrailers: [String]
    private var undelivered: Int64
    /// What arrived of the present line.
    private var line: [UInt8] = []
    private var chunkHash = SHA256()
    private var claimedSignature: [UInt8] = []
    private var trailers: [String: String] = [:]
    private var trailerText: [UInt8] = []
    private var trailersAreProven = false

    /// Nil where the mode is not one of `aws-chunked`.
    ///
    /// - Parameters:
    ///   - mode: the value of `x-amz-content-sha256`.
    ///   - seed: the proven signature of the request.
    ///   - decodedLength: `x-amz-decoded-content-length`: bytes of payload in all chunks together.
    ///   - trailers: the names in `x-amz-trailer`, in any case; each must come and no other may.
    package init?(
        mode: PayloadMode, seed: RequestVerifier.ProvenSignature, decodedLength: Int64, trailers: [String] = []
    ) {
        switch mode {
        case .hash, .unsigned: return nil
        case .streamingSigned: framing = .signed
        case .streamingSignedTrailer: framing = .signedTrailer
        case .streamingUnsignedTrailer: framing = .unsigned
        }
        chain = framing == .unsigned ? nil : ChunkSignatureChain(seed: seed)
        declaredLength = decodedLength
        undelivered = decodedLength
        announcedTrailers = trailers.map(HeaderName.lowercased)
    }

    /// Takes the next bytes of the body.
    ///
    /// - Returns: where in `input` payload lies, in order; framing lies between.
    package mutating func feed(_ input: UnsafeRawBufferPointer) throws(ChunkedPayloadError) -> [Range<Int>] {
        if case .failed(let error) = state { throw error }
        do {
            return try advance(over: input)
        } catch {
            state = .failed(error)
            throw error
        }
    }

    /// Takes the next bytes of the body, and gives the payload in them.
    package mutating func feed(_ input: [UInt8]) throws(ChunkedPayloadError) -> [ArraySlice<UInt8>] {
        let ranges = try input.withUnsafeBufferPointer { bytes throws(ChunkedPayloadError) in
            try feed(UnsafeRawBufferPointer(bytes))
        }
        return ranges.map { input[$0] }
    }

    /// Says that the body has ended.
    ///
    /// - Returns: the trailers, by lower-case name, without the trailer signature.
    package mutating func finish() throws(ChunkedPayloadError) -> [String: String] {
        switch state {
        case .complete: return trailers
        case .failed(let error): throw error
        case .chunkLine, .data, .dataEnd, .trailers:
            state = .failed(.incomplete)
            throw .incomplete
        }
    }

    private mutating func advance(over input: UnsafeRawBufferPointer) throws(ChunkedPayloadError) -> [Range<Int>] {
        var payload: [Range<Int>] = []
        var index = 0
        while index < input.count {
            switch state {
            case .chunkLine:
                if try readLine(input, &index) { try takeChunkLine() }
            case .data(let remaining):
                let end = index + Int(min(remaining, Int64(input.count - index)))
                if chain != nil { chunkHash.update(bufferPointer: .init(rebasing: input[index..<end])) }
                payload.append(index..<end)
                let left = remaining - Int64(end - index)
                undelivered -= Int64(end - index)
                index = end
                if left > 0 {
                    state = .data(remaining: left)
                } else {
                    try proveChunk()
                    state = .dataEnd(sawReturn: false)
                }
            case .dataEnd(let sawReturn):
                guard input[index] == (sawReturn ? UInt8(ascii: "\n") : UInt8(ascii: "\r")) else {
                    throw .malformedChunk
                }
                index += 1
                state = sawReturn ? .chunkLine : .dataEnd(sawReturn: true)
            case .trailers:
                if try readLine(input, &index) { try takeTrailerLine() }
            case .complete:
                throw .bytesAfterEnd
            case .failed(let error):
                throw error
            }
        }
        return payload
    }

    /// Moves bytes into ``line`` up to the line end; true where it is whole, without its line end.
    private mutating func readLine(
        _ input: UnsafeRawBufferPointer, _ index: inout Int
    ) throws(ChunkedPayloadError) -> Bool {
        while index < input.count {
            let byte = input[index]
            index += 1
            if byte == UInt8(ascii: "\n") {
                guard line.popLast() == UInt8(ascii: "\r"), !line.contains(UInt8(ascii: "\r")) else {
                    throw .malformedChunk
                }
                return true
            }
            guard line.count < Self.lineBytesMax else { throw .lineTooLong }
            line.append(byte)
        }
        return false
    }

    // MARK: Chunks

    private mutating func takeChunkLine() throws(ChunkedPayloadError) {
        defer { line.removeAll(keepingCapacity: true) }
        let sizeEnd = line.firstIndex(of: UInt8(ascii: ";")) ?? line.endIndex
        guard (1...Self.sizeDigitsMax).contains(sizeEnd) else { throw .malformedChunk }
        var size: UInt64 = 0
        for digit in line[..<sizeEnd] {
            guard let value = Hexadecimal.value(of: digit) else { throw .malformedChunk }
            size = size << 4 | UInt64(value)
        }
        try takeExtension(line[sizeEnd...])
        if size == 0 {
            guard undelivered == 0 else { throw .lengthMismatch(declared: declaredLength) }
            try proveChunk()
            state = .trailers
        } else {
            guard undelivered > 0, size <= UInt64(undelivered) else {
                throw .lengthMismatch(declared: declaredLength)
            }
            state = .data(remaining: Int64(size))
        }
    }

    /// Signed chunks have exactly their signature behind the size, others nothing.
    private mutating func takeExtension(_ text: ArraySlice<UInt8>) throws(ChunkedPayloadError) {
        if framing == .unsigned {
            guard text.isEmpty else { throw .malformedChunk }
            return
        }
        let name = ";chunk-signature=".utf8
        guard text.starts(with: name), Hexadecimal.isDigest(text.dropFirst(name.count)) else { throw .malformedChunk }
        claimedSignature = Array(text.dropFirst(name.count))
    }

    private mutating func proveChunk() throws(ChunkedPayloadError) {
        let hash = chunkHash.finalize()
        guard let expected = chain?.sign(chunkHash: hash) else { return }
        chunkHash = SHA256()
        guard ConstantTime.areEqual(expected, claimedSignature[...]) else { throw .chunkSignatureMismatch }
    }

    // MARK: Trailers

    private mutating func takeTrailerLine() throws(ChunkedPayloadError) {
        defer { line.removeAll(keepingCapacity: true) }
        if line.isEmpty { return try endTrailers() }
        // The signature is the last of them.
        if trailersAreProven { throw .trailerSignatureMismatch }
        guard let separator = line.firstIndex(of: UInt8(ascii: ":")), separator > 0 else { throw .malformedTrailer }
        let name = HeaderName.lowercased(String(decoding: line[..<separator], as: UTF8.self))
        let value = Self.trimmed(line[(separator + 1)...])
        if name == HeaderName.trailerSignature, framing == .signedTrailer {
            return try proveTrailers(value)
        }
        guard announcedTrailers.contains(name) else { throw .unexpectedTrailer(name) }
        guard trailers.count < Self.trailersMax else { throw .tooManyTrailers }
        guard trailers[name] == nil else { throw .malformedTrailer }
        trailers[name] = String(decoding: value, as: UTF8.self)
        trailerText.append(contentsOf: name.utf8)
        trailerText.append(UInt8(ascii: ":"))
        trailerText.append(contentsOf: value)
        trailerText.append(UInt8(ascii: "\n"))
    }

    private mutating func proveTrailers(_ signature: ArraySlice<UInt8>) throws(ChunkedPayloadError) {
        guard let expected = chain?.sign(trailers: trailerText), ConstantTime.areEqual(expected, signature) else {
            throw .trailerSignatureMismatch
        }
        trailersAreProven = true
    }

    private mutating func endTrailers() throws(ChunkedPayloadError) {
        for name in announcedTrailers where trailers[name] == nil { throw .missingTrailer(name) }
        if framing == .signedTrailer, !trailersAreProven { throw .trailerSignatureMismatch }
        state = .complete
    }

    private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let isSpace = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        let end = text.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? text.startIndex
        return text[..<end].drop(while: isSpace)
    }
}
