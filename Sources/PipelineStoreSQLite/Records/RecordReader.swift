import AWSProtocol
import PipelineModel

/// The members of a stored record's JSON object.
///
/// Who asks for them in the order in which the record writes them finds each at once. As strict as ``RecordDecoder``: a missing
/// member, another type, or a number that is no 64-bit integer is an error; `null` stands for an absent member, and members
/// that nobody asks for are passed over.
package struct RecordReader {
    private let members: [JSONObject.Member]
    private let record: Any.Type
    /// Where the next member is expected.
    private var next = 0

    init(_ value: JSONValue, of record: Any.Type) throws {
        guard case .object(let object) = value else {
            throw Self.unreadable("a \(record) is not an object")
        }
        members = object.members
        self.record = record
    }

    private static func unreadable(_ text: String) -> DecodingError {
        .dataCorrupted(.init(codingPath: [], debugDescription: text))
    }

    func mismatch(_ name: String, _ expected: String) -> DecodingError {
        Self.unreadable("'\(name)' of a \(record) is not \(expected)")
    }

    private mutating func member(_ name: String) -> JSONValue? {
        if next < members.count, members[next].name == name {
            next += 1
            return members[next - 1].value
        }
        for index in members.indices where members[index].name == name {
            next = index + 1
            return members[index].value
        }
        return nil
    }

    /// The value of a member, nil where it is absent or `null`.
    mutating func optionalMember(_ name: String) -> JSONValue? {
        guard let value = member(name), !value.isNull else { return nil }
        return value
    }

    private mutating func requiredMember(_ name: String) throws -> JSONValue {
        guard let value = member(name) else { throw Self.unreadable("a \(record) has no '\(name)'") }
        return value
    }

    private func string(_ value: JSONValue, _ name: String) throws -> String {
        guard case .string(let string) = value else { throw mismatch(name, "a string") }
        return string
    }

    private func integer(_ value: JSONValue, _ name: String) throws -> Int64 {
        guard case .number(let number) = value, let integer = Int64(number.text) else {
            throw mismatch(name, "an integer of 64 bits")
        }
        return integer
    }

    private func elements(_ value: JSONValue, _ name: String) throws -> [JSONValue] {
        guard case .array(let elements) = value else { throw mismatch(name, "a list") }
        return elements
    }

    private func members(_ value: JSONValue, _ name: String) throws -> [JSONObject.Member] {
        guard case .object(let object) = value else { throw mismatch(name, "an object") }
        return object.members
    }
}

extension RecordReader {
    /// The names of all members.
    var names: [String] { members.map(\.name) }

    mutating func string(_ name: String) throws -> String {
        try string(requiredMember(name), name)
    }

    mutating func optionalString(_ name: String) throws -> String? {
        try optionalMember(name).map { try string($0, name) }
    }

    mutating func integer(_ name: String) throws -> Int {
        Int(try integer(requiredMember(name), name))
    }

    mutating func optionalInteger(_ name: String) throws -> Int? {
        try optionalMember(name).map { Int(try integer($0, name)) }
    }

    mutating func flag(_ name: String) throws -> Bool {
        guard case .bool(let flag) = try requiredMember(name) else { throw mismatch(name, "a boolean") }
        return flag
    }

    mutating func instant(_ name: String) throws -> Timestamp {
        Timestamp(milliseconds: try integer(requiredMember(name), name))
    }

    mutating func optionalInstant(_ name: String) throws -> Timestamp? {
        try optionalMember(name).map { Timestamp(milliseconds: try integer($0, name)) }
    }

    /// One of several texts.
    mutating func choice<Value: RawRepresentable<String>>(_ name: String) throws -> Value {
        guard let value = Value(rawValue: try string(name)) else { throw mismatch(name, "a known \(Value.self)") }
        return value
    }

    mutating func strings(_ name: String) throws -> [String] {
        try elements(requiredMember(name), name).map { try string($0, name) }
    }

    /// A map of texts.
    mutating func texts(_ name: String) throws -> [String: String] {
        try texts(members(requiredMember(name), name), name)
    }

    /// Maps of texts by a text.
    mutating func textMaps(_ name: String) throws -> [String: [String: String]] {
        let members = try members(requiredMember(name), name)
        var maps = [String: [String: String]](minimumCapacity: members.count)
        for member in members { maps[member.name] = try texts(self.members(member.value, name), name) }
        return maps
    }

    private func texts(_ members: [JSONObject.Member], _ name: String) throws -> [String: String] {
        var texts = [String: String](minimumCapacity: members.count)
        for member in members { texts[member.name] = try string(member.value, name) }
        return texts
    }

    mutating func record<Record: StoredRecord>(_ name: String) throws -> Record {
        try Record(stored: requiredMember(name))
    }

    mutating func optionalRecord<Record: StoredRecord>(_ name: String) throws -> Record? {
        try optionalMember(name).map { try Record(stored: $0) }
    }

    mutating func records<Record: StoredRecord>(_ name: String) throws -> [Record] {
        try elements(requiredMember(name), name).map { try Record(stored: $0) }
    }

    mutating func optionalRecords<Record: StoredRecord>(_ name: String) throws -> [Record]? {
        try optionalMember(name).map { try elements($0, name).map { try Record(stored: $0) } }
    }

    /// Records by a text.
    mutating func recordMap<Record: StoredRecord>(_ name: String) throws -> [String: Record] {
        let members = try members(requiredMember(name), name)
        var records = [String: Record](minimumCapacity: members.count)
        for member in members { records[member.name] = try Record(stored: member.value) }
        return records
    }
}
