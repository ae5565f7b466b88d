import AWSSigning
import Testing

@Suite("Dates of signatures")
struct SigningDateTests {
    @Test(
        "A date is read and written in ISO 8601 basic form",
        arguments: [
            ("19700101T000000Z", 0), ("20150830T123600Z", 1_440_938_160), ("20000229T235959Z", 951_868_799),
            ("20240229T000000Z", 1_709_164_800), ("21000301T000000Z", 4_107_542_400),
            ("19691231T235959Z", -1), ("99991231T235959Z", 253_402_300_799), ("00010101T000000Z", -62_135_596_800),
        ] as [(String, Int64)])
    func known(text: String, seconds: Int64) throws {
        let date = try #require(SigningDate(basic: text))
        #expect(date.epochSeconds == seconds)
        #expect(date.basic == text)
        #expect(date.day == String(text.prefix(8)))
        #expect(SigningDate(milliseconds: seconds * 1000).basic == text)
        #expect(SigningDate(milliseconds: seconds * 1000 + 999).basic == text)
    }

    @Test(
        "Any other form, and a date that is none, is refused",
        arguments: [
            "", "201", "20150830", "20150830T123600", "20150830T123600z", "2015-08-30T12:36:00Z", "20150830T123600ZZ",
            "20150830 123600Z", "20150830T1236+1Z", "20150229T000000Z", "21000229T000000Z", "20150431T000000Z",
            "20151301T000000Z", "20150001T000000Z", "20150800T000000Z", "20150830T240000Z", "20150830T126000Z",
            "20150830T123660Z", "Sun, 30 Aug 2015 12:36:00 GMT", "1440938160", "２０15083T123600Z",
        ])
    func refused(text: String) {
        #expect(SigningDate(basic: text) == nil)
    }

    @Test("Every day from 1970 to 2120 follows the one before")
    func everyDay() {
        var previous = ""
        for day in 0..<Int64(55_000) {
            let text = SigningDate(milliseconds: day * 86_400_000).basic
            #expect(text > previous)
            #expect(SigningDate(basic: text)?.epochSeconds == day * 86_400)
            previous = text
        }
    }
}
