import Glibc

/// Addresses that begin with the same bits: `203.0.113.0/24`, `2001:db8::/32`, or one address.
package struct IPAddressRange: Sendable, Equatable {
    /// 4 or 16 bytes.
    private let network: [UInt8]
    private let prefixLength: Int

    /// Nil unless the text is an IPv4 or IPv6 address, with or without the length of a prefix.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let network = Self.bytes(of: String(parts[0])) else { return nil }
        self.network = network
        guard parts.count == 2 else {
            prefixLength = network.count * 8
            return
        }
        guard parts[1].utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let length = Int(parts[1]), length <= network.count * 8
        else { return nil }
        prefixLength = length
    }

    /// Whether the address is one of these; a text that is no address is in no range.
    package func contains(_ address: String) -> Bool {
        guard let bytes = Self.bytes(of: address), bytes.count == network.count else { return false }
        let (whole, rest) = prefixLength.quotientAndRemainder(dividingBy: 8)
        guard bytes[..<whole] == network[..<whole] else { return false }
        return rest == 0 || (bytes[whole] ^ network[whole]) >> (8 - rest) == 0
    }

    /// An IPv4 client of a socket for both families is seen as `::ffff:203.0.113.7` there, and as IPv4 here.
    private static func bytes(of text: String) -> [UInt8]? {
        let address = text.prefix { $0 != "%" }
        var four = [UInt8](repeating: 0, count: 4)
        if inet_pton(AF_INET, String(address), &four) == 1 { return four }
        var sixteen = [UInt8](repeating: 0, count: 16)
        guard inet_pton(AF_INET6, String(address), &sixteen) == 1 else { return nil }
        let isMapped = sixteen[..<10].allSatisfy { $0 == 0 } && sixteen[10] == 0xFF && sixteen[11] == 0xFF
        return isMapped ? Array(sixteen[12...]) : sixteen
    }
}
