import AWSSigning
import Testing

@Suite("Checksums of payloads")
struct ChecksumDigestTests {
    @Test(
        "The digest of 123456789 is the published one",
        arguments: [
            (ChecksumAlgorithm.crc32, "cbf43926"),
            (.crc32c, "e3069283"),
            (.crc64nvme, "ae8b14860a799888"),
            (.md5, "25f9e794323b453885f5181f1b624d0b"),
            (.sha1, "f7c3bc1d808e04732adf679965ccc34ca7ae3441"),
            (.sha256, "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"),
        ])
    func knownAnswer(algorithm: ChecksumAlgorithm, expected: String) {
        var digest = ChecksumDigest(algorithm)
        digest.update(Array("123456789".utf8))
        #expect(digest.hexadecimal == expected)
    }

    @Test(
        "The digest of nothing is the published one",
        arguments: [
            (ChecksumAlgorithm.crc32, "AAAAAA=="), (.crc32c, "AAAAAA=="), (.crc64nvme, "AAAAAAAAAAA="),
            (.md5, "1B2M2Y8AsgTpgAmY7PhCfg=="), (.sha1, "2jmj7l5rSw0yVb/vlWAYkK/YBwk="),
            (.sha256, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
        ])
    func empty(algorithm: ChecksumAlgorithm, expected: String) {
        #expect(ChecksumDigest(algorithm).base64 == expected)
    }

    @Test("Bytes in pieces of any size have the digest of the whole", arguments: ChecksumAlgorithm.allCases)
    func pieces(algorithm: ChecksumAlgorithm) {
        let bytes = (0..<30_000).map { UInt8(truncatingIfNeeded: $0 &* 131 &+ $0 >> 3) }
        var whole = ChecksumDigest(algorithm)
        whole.update(bytes)
        // Long ones go through the processor in three stretches side by side, short ones in one.
        for size in [1, 3, 7, 8, 9, 64, 999, 12_287, 12_288, 12_289, 25_000] {
            var pieces = ChecksumDigest(algorithm)
            for start in stride(from: 0, to: bytes.count, by: size) {
                pieces.update(Array(bytes[start..<min(start + size, bytes.count)]))
            }
            #expect(pieces.bytes == whole.bytes, "pieces of \(size)")
        }
    }

    @Test("Reading a digest does not end it, and a copy goes its own way")
    func valueSemantics() {
        for algorithm in ChecksumAlgorithm.allCases {
            var first = ChecksumDigest(algorithm)
            first.update(Array("1234".utf8))
            let before = first.bytes
            let copy = first
            first.update(Array("56789".utf8))
            #expect(copy.bytes == before)
            var whole = ChecksumDigest(algorithm)
            whole.update(Array("123456789".utf8))
            #expect(first.bytes == whole.bytes)
        }
    }

    @Test("An algorithm is found by its header in any case")
    func headerNames() {
        #expect(ChecksumAlgorithm(headerName: "X-Amz-Checksum-CRC64NVME") == .crc64nvme)
        #expect(ChecksumAlgorithm(headerName: "Content-MD5") == .md5)
        #expect(ChecksumAlgorithm(headerName: "x-amz-checksum-crc16") == nil)
        for algorithm in ChecksumAlgorithm.allCases {
            #expect(ChecksumAlgorithm(headerName: algorithm.headerName) == algorithm)
        }
    }

    @Test("Base 64 pads to four characters")
    func base64() {
        let expected = ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"]
        for (count, text) in expected.enumerated() {
            #expect(Base64.encode(Array("foobar".utf8.prefix(count))) == text)
        }
        #expect(Base64.encode([0xFB, 0xFF, 0xFE]) == "+//+")
    }
}
