import CodePipelineWire

/// An encoded declaration that lacks nothing but the number of its version.
struct NumberedDocument: Sendable {
    private let beginning: [UInt8]
    private let ending: [UInt8]

    /// - Parameter declaration: a normalised one: its version is 0, and it has an execution mode.
    init(_ declaration: PipelineDeclaration) {
        let bytes = encodeDocument(declaration)
        // Quotes in texts are escaped, so these are names; and only the declaration's own version has its mode behind it.
        let mark = Array(#","version":0,"executionMode":""#.utf8)
        let digit = #","version":"#.utf8.count
        var place = bytes.count - mark.count
        while place >= 0, !bytes[place...].starts(with: mark) { place -= 1 }
        guard place >= 0 else {
            preconditionFailure("Invalid state: a normalised declaration has no version or no execution mode")
        }
        beginning = Array(bytes[..<(place + digit)])
        ending = Array(bytes[(place + digit + 1)...])
    }

    /// The declaration with that number.
    func bytes(_ number: Int) -> [UInt8] {
        let digits = String(number).utf8
        var bytes: [UInt8] = []
        bytes.reserveCapacity(beginning.count + digits.count + ending.count)
        bytes += beginning
        bytes += digits
        bytes += ending
        return bytes
    }
}
