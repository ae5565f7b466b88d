/// Parts a build's output from the marks that ``BuildDriver`` writes into it.
struct MarkScanner {
    enum Piece: Equatable {
        case output([UInt8])
        /// A command ended with this status.
        case mark(Int32)
    }

    /// Digits of a status, and the line's end.
    private static let maximumStatusBytes = 8

    private let pattern: [UInt8]
    private var held: [UInt8] = []

    init(token: String) {
        pattern = [1] + Array(token.utf8) + [UInt8(ascii: " ")]
    }

    /// Takes the next bytes; what may be the beginning of a mark is kept until more comes.
    mutating func take(_ bytes: [UInt8]) -> [Piece] {
        held += bytes
        var pieces: [Piece] = []
        var start = 0
        var index = 0
        while let position = held[index...].firstIndex(of: 1) {
            index = position + 1
            let available = held[position...].prefix(pattern.count)
            guard pattern.starts(with: available) else { continue }
            let rest = held[position...].dropFirst(pattern.count)
            guard available.count == pattern.count, let end = rest.prefix(Self.maximumStatusBytes).firstIndex(of: 0x0A)
            else {
                if rest.count >= Self.maximumStatusBytes { continue }
                if position > start { pieces.append(.output(Array(held[start..<position]))) }
                held.removeFirst(position)
                return pieces
            }
            guard let status = Int32(String(decoding: held[rest.startIndex..<end], as: UTF8.self)) else { continue }
            if position > start { pieces.append(.output(Array(held[start..<position]))) }
            pieces.append(.mark(status))
            start = end + 1
            index = start
        }
        if held.count > start { pieces.append(.output(Array(held[start...]))) }
        held = []
        return pieces
    }
}
