import ArtifactStorage
import Testing

@Suite struct RandomIDTests {
    @Test("An identifier has the length and the characters asked for, all of them, and is another each time")
    func characters() {
        let digits = Set("0123456789abcdef")
        let alphabet = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        let hexadecimal = (0..<200).map { _ in RandomID.hexadecimal(bytes: 9) }
        let urlSafe = (0..<200).map { _ in RandomID.urlSafe(length: 44) }
        #expect(hexadecimal.allSatisfy { $0.count == 18 } && urlSafe.allSatisfy { $0.count == 44 })
        #expect(Set(hexadecimal.joined()) == digits)
        #expect(Set(urlSafe.joined()) == alphabet)
        #expect(Set(hexadecimal).count == 200 && Set(urlSafe).count == 200)
        #expect(RandomID.urlSafe(length: 0).isEmpty)
    }
}
