import AWSProtocol
import PipelineEngine
import PipelineModel

/// The members of a stored record's JSON object.
///
/// Who asks for them in the order in which the record writes them finds each at once. As strict as ``RecordDecoder``: a missing
/// member, another type, or a number that is no 64-bit integer is an error; `null` stands for an absent member, and members
/// that nobody asks for are passed over.
package struct RecordReader {
    private let document: RecordDocument
    private let record: Any.Type
    /// The token of the first name, and the one behind the last value.
    private let first: Int
    private let end: Int
    /// Where the next name is expected.
    private var next: Int

    /// - Parameter place: the object's token.
    init(_ document: RecordDocument, at place: Int, of record: Any.Type) throws {
        guard document.tokens[place].kind == .object else {
            throw Self.unreadable("a \(record) is not an object")
        }
        self.document = document
        self.record = record
        first = place + 1
        end = Int(document.tokens[place].next)
        next = first
    }

    private static func unreadable(_ text: String) -> DecodingError {
        .dataCorrupted(.init(codingPath: [], debugDescription: text))
    }

    func mismatch(_ name: StaticString, _ expected: String) -> DecodingError {
        Self.unreadable("'\(name)' of a \(record) is not \(expected)")
    }

    /// The token of a member's value.
    private mutating func member(_ name: StaticString) -> Int? {
        if next < end, document.isName(document.tokens[next], name) {
            defer { next = Int(document.tokens[next + 1].next) }
            return next + 1
        }
        var place = first
        while place < end {
            let behind = Int(document.tokens[place + 1].next)
            if document.isName(document.tokens[place], name) {
                next = behind
                return place + 1
            }
            place = behind
        }
        return nil
    }

    /// The token of a member's value, nil where it is absent or `null`.
    private mutating func optionalMember(_ name: StaticString) -> Int? {
        guard let value = member(name), document.tokens[value].kind != .null else { return nil }
        return value
    }

    private mutating func requiredMember(_ name: StaticString) throws -> Int {
        guard let value = member(name) else { throw Self.unreadable("a \(record) has no '\(name)'") }
        return value
    }

    private func string(_ value: Int, _ name: StaticString) throws -> String {
        guard document.tokens[value].kind == .string else { throw mismatch(name, "a string") }
        return try document.text(document.tokens[value])
    }

    private func integer(_ value: Int, _ name: StaticString) throws -> Int64 {
        guard let integer = document.integer(document.tokens[value]) else {
            throw mismatch(name, "an integer of 64 bits")
        }
        return integer
    }

    private func object(_ value: Int, _ name: StaticString) throws -> [UInt8] {
        let token = document.tokens[value]
        guard token.kind == .object else { throw mismatch(name, "an object") }
        return Array(document.bytes[Int(token.start)..<Int(token.end)])
    }

    private func elements<Element>(
        _ value: Int, _ name: StaticString, _ element: (Int) throws -> Element
    ) throws -> [Element] {
        guard document.tokens[value].kind == .array else { throw mismatch(name, "a list") }
        var elements: [Element] = []
        var place = value + 1
        while place < document.tokens[value].next {
            elements.append(try element(place))
            place = Int(document.tokens[place].next)
        }
        return elements
    }

    private func map<Value>(
        _ value: Int, _ name: StaticString, _ read: (Int) throws -> Value
    ) throws -> [String: Value] {
        var count = 0
        try eachMember(of: value, name) { _ in count += 1 }
        if count == 0 { return [:] }
        var values = [String: Value](minimumCapacity: count)
        try eachMember(of: value, name) { values[try document.text(document.tokens[$0])] = try read($0 + 1) }
        return values
    }

    /// - Parameter body: takes the token of the member's name, behind which its value stands.
    private func eachMember(of value: Int, _ name: StaticString, _ body: (Int) throws -> Void) throws {
        guard document.tokens[value].kind == .object else { throw mismatch(name, "an object") }
        var place = value + 1
        while place < document.tokens[value].next {
            try body(place)
            place = Int(document.tokens[place + 1].next)
        }
    }
}

/// What records ask for.
extension RecordReader {
    /// The names of all members.
    func names() throws -> [String] {
        var names: [String] = []
        var place = first
        while place < end {
            names.append(try document.text(document.tokens[place]))
            place = Int(document.tokens[place + 1].next)
        }
        return names
    }

    /// The bytes of an object as they stand.
    mutating func object(_ name: StaticString) throws -> [UInt8] {
        try object(requiredMember(name), name)
    }

    /// The bytes of an object as they stand; nil where it is absent.
    mutating func optionalObject(_ name: StaticString) throws -> [UInt8]? {
        try optionalMember(name).map { try object($0, name) }
    }

    /// The bytes of an object as they stand, or those of a text, as which earlier versions wrote it.
    mutating func objectOrText(_ name: StaticString) throws -> [UInt8] {
        let value = try requiredMember(name)
        guard document.tokens[value].kind == .string else { return try object(value, name) }
        return Array(try string(value, name).utf8)
    }

    mutating func string(_ name: StaticString) throws -> String {
        try string(requiredMember(name), name)
    }

    mutating func optionalString(_ name: StaticString) throws -> String? {
        try optionalMember(name).map { try string($0, name) }
    }

    mutating func integer(_ name: StaticString) throws -> Int {
        Int(try integer(requiredMember(name), name))
    }

    mutating func optionalInteger(_ name: StaticString) throws -> Int? {
        try optionalMember(name).map { Int(try integer($0, name)) }
    }

    mutating func flag(_ name: StaticString) throws -> Bool {
        switch document.tokens[try requiredMember(name)].kind {
        case .yes: return true
        case .no: return false
        default: throw mismatch(name, "a boolean")
        }
    }

    mutating func instant(_ name: StaticString) throws -> Timestamp {
        Timestamp(milliseconds: try integer(requiredMember(name), name))
    }

    mutating func optionalInstant(_ name: StaticString) throws -> Timestamp? {
        try optionalMember(name).map { Timestamp(milliseconds: try integer($0, name)) }
    }

    /// One of several texts.
    mutating func choice<Value: RawRepresentable<String>>(_ name: StaticString) throws -> Value {
        guard let value = Value(rawValue: try string(name)) else { throw mismatch(name, "a known \(Value.self)") }
        return value
    }

    mutating func strings(_ name: StaticString) throws -> [String] {
        try elements(requiredMember(name), name) { try string($0, name) }
    }

    /// A map of texts.
    mutating func texts(_ name: StaticString) throws -> [String: String] {
        try map(requiredMember(name), name) { try string($0, name) }
    }

    /// Maps of texts by a text.
    mutating func textMaps(_ name: StaticString) throws -> [String: [String: String]] {
        try map(requiredMember(name), name) { try map($0, name) { try string($0, name) } }
    }

    mutating func record<Record: StoredRecord>(_ name: StaticString) throws -> Record {
        try Record(document, at: requiredMember(name))
    }

    mutating func optionalRecord<Record: StoredRecord>(_ name: StaticString) throws -> Record? {
        try optionalMember(name).map { try Record(document, at: $0) }
    }

    mutating func records<Record: StoredRecord>(_ name: StaticString) throws -> [Record] {
        try elements(requiredMember(name), name) { try Record(document, at: $0) }
    }

    mutating func optionalRecords<Record: StoredRecord>(_ name: StaticString) throws -> [Record]? {
        try optionalMember(name).map { try elements($0, name) { try Record(document, at: $0) } }
    }

    /// Records by a text.
    mutating func recordMap<Record: StoredRecord>(_ name: StaticString) throws -> [String: Record] {
        try map(requiredMember(name), name) { try Record(document, at: $0) }
    }

    mutating func recordMap<Record: StoredRecord>(_ name: StaticString) throws -> SmallDictionary<Record> {
        var records = SmallDictionary<Record>()
        try eachMember(of: requiredMember(name), name) {
            records[try document.text(document.tokens[$0])] = try Record(document, at: $0 + 1)
        }
        return records
    }
}
