import AWSSigning
import Testing

@Suite("The cache of signing keys")
struct SigningKeyCacheTests {
    private let cache = SigningKeyCache(region: "r", service: "s")

    private func credentials(_ id: String, secret: String = "secret") -> SigningCredentials {
        SigningCredentials(accessKeyID: id, secretAccessKey: secret)
    }

    @Test("A key is that of its secret, day, region and service")
    func derived() {
        for date in ["20260301", "20260302", "20260301"] {
            let expected = SigningScope(date: date, region: "r", service: "s").signingKey(secretAccessKey: "secret")
            #expect(cache.key(for: credentials("a"), date: date).bytes == expected.bytes)
        }
        #expect(cache.count == 2)
    }

    @Test("A changed secret takes effect at once and takes the place of the old one")
    func changedSecret() {
        let old = cache.key(for: credentials("a"), date: "20260301").bytes
        let new = cache.key(for: credentials("a", secret: "new"), date: "20260301").bytes
        #expect(old != new)
        #expect(cache.key(for: credentials("a"), date: "20260301").bytes == old)
        #expect(cache.count == 1)
    }

    @Test("It never holds more than its limit")
    func bounded() {
        for number in 0..<(SigningKeyCache.entriesMax * 2 + 10) {
            _ = cache.key(for: credentials("key-\(number)"), date: "20260301")
            #expect(cache.count <= SigningKeyCache.entriesMax)
        }
        #expect(cache.count == 10)
    }
}
