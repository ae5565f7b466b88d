import AWSProtocol
import Foundation
import TestSupport
import Testing

@Suite("Timestamps")
struct AWSTimestampTests {
    private func read(_ text: String) throws -> Int64? {
        AWSTimestamp(try JSONReader.parse(Array(text.utf8)))?.milliseconds
    }

    @Test("integers and fractions are epoch seconds; digits beyond the milliseconds are rounded off")
    func numbers() throws {
        #expect(try read("1446137312") == 1_446_137_312_000)
        #expect(try read("1446137312.204") == 1_446_137_312_204)
        #expect(try read("1427298837.7689769") == 1_427_298_837_769)
        #expect(try read("1.446137312204E9") == 1_446_137_312_204)
        #expect(try read("-1.5") == -1500)
        #expect(try read("-0") == 0)
    }

    @Test("every millisecond that is written is read back as itself")
    func roundTrip() throws {
        var random = SeededGenerator(seed: 7)
        for _ in 0..<2000 {
            let milliseconds = Int64.random(in: -62_135_596_800_000...253_402_300_799_000, using: &random)
            var writer = JSONWriter()
            writer.timestamp(milliseconds: milliseconds)
            #expect(AWSTimestamp(try JSONReader.parse(writer.bytes))?.milliseconds == milliseconds)
        }
    }

    @Test(
        "what is no instant of the first ten thousand years is refused",
        arguments: [
            "1446137312204", "1e999", "-1e300", "true", "[]", "null", "\"\"", "\"yesterday\"", "\"1446137312\"",
        ])
    func refused(_ text: String) throws {
        #expect(try read(text) == nil)
    }

    @Test(
        "ISO 8601 strings are read, with fraction and offset",
        arguments: [
            ("2015-10-29T16:48:32Z", 1_446_137_312_000), ("2015-10-29T16:48:32.204Z", 1_446_137_312_204),
            ("2015-10-29T16:48:32.2049999Z", 1_446_137_312_204), ("2015-10-29T17:48:32+01:00", 1_446_137_312_000),
            ("2015-10-29T11:18:32.5-05:30", 1_446_137_312_500), ("1970-01-01T00:00:00Z", 0),
            ("2016-02-29T00:00:00Z", 1_456_704_000_000), ("2000-02-29T00:00:00Z", 951_782_400_000),
            ("1969-12-31T23:59:59.999Z", -1),
        ] as [(String, Int64)])
    func iso8601(text: String, milliseconds: Int64) {
        #expect(AWSTimestamp(iso8601: text)?.milliseconds == milliseconds)
    }

    @Test(
        "impossible dates and other forms are refused",
        arguments: [
            "2015-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2015-13-01T00:00:00Z", "2015-00-01T00:00:00Z",
            "2015-04-31T00:00:00Z", "2015-10-29T24:00:00Z", "2015-10-29T16:60:00Z", "2015-10-29T16:48:32",
            "2015-10-29", "20151029T164832Z", "2015-10-29T16:48:32.Z", "2015-10-29T16:48:32Zx", "2015-10-29 16:48:32Z",
            "+015-10-29T16:48:32Z", "2015-10-29T16:48:32+25:00",
        ])
    func notISO8601(_ text: String) {
        #expect(AWSTimestamp(iso8601: text) == nil)
    }

    @Test("the calendar agrees with Foundation's")
    func calendar() throws {
        var random = SeededGenerator(seed: 11)
        let formatter = ISO8601DateFormatter()
        for _ in 0..<500 {
            let seconds = Int64.random(in: -2_000_000_000...8_000_000_000, using: &random)
            let text = formatter.string(from: Date(timeIntervalSince1970: Double(seconds)))
            #expect(AWSTimestamp(iso8601: text)?.milliseconds == seconds * 1000, "\(text)")
        }
    }
}
