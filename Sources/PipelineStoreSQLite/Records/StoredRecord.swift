package import AWSProtocol
import Glibc
package import PipelineEngine
import PipelineModel

/// A record that writes itself as the JSON that the store keeps of it, or as what has changed of it, and makes itself of
/// it.
///
/// The bytes of a whole record are those of ``RecordEncoder``, and what is read is what ``RecordDecoder`` would make of
/// them, written out member by member: synthesized code goes through containers, which took half of a command's time. A
/// test compares the two, so that no member is forgotten.
package protocol StoredRecord: Equatable {
    /// Makes the record of what ``write(_:from:to:)`` has written whole, also where an older version did.
    init(from json: inout RecordReader) throws
    /// Writes the record as one JSON object.
    ///
    /// - Parameter base: what is known of the record already: the object is then the merge patch (RFC 7396) that makes
    ///   this record of that one. Without it, the whole record is written, and what is nil is left out.
    static func write(_ record: Borrowed<Self>, from base: Borrowed<Self>?, to json: inout JSONWriter)
    /// Whether both are surely equal, as far as is known without a look at their members.
    func isShared(with other: Self) -> Bool
}

/// A record where it is in memory: to be read, and not copied, for it has a dozen references, each of which would be counted.
@dynamicMemberLookup
package struct Borrowed<Record> {
    private let place: UnsafePointer<Record>

    /// - Parameter place: of a record that stays where it is for as long as this is used.
    @inline(__always)
    init(_ place: UnsafePointer<Record>) {
        self.place = place
    }

    /// A copy of it.
    var copy: Record {
        @inline(__always) get { place.pointee }
    }

    /// A member of the record.
    package subscript<Member>(dynamicMember path: KeyPath<Record, Member>) -> Member {
        @inline(__always) get { place.pointee[keyPath: path] }
    }
}

extension StoredRecord {
    package func isShared(with other: Self) -> Bool { false }

    /// Writes the record, or what makes it of the base.
    @inline(__always)
    package func write(to json: inout JSONWriter, from base: Self?) {
        withUnsafePointer(to: self) { own in
            guard let base else { return Self.write(Borrowed(own), from: nil, to: &json) }
            withUnsafePointer(to: base) { Self.write(Borrowed(own), from: Borrowed($0), to: &json) }
        }
    }

    /// The whole document.
    ///
    /// - Parameter capacity: bytes to begin with; the document may have more.
    package func document(reservingCapacity capacity: Int = 1024) -> [UInt8] {
        var json = JSONWriter(reservingCapacity: capacity)
        write(to: &json, from: nil)
        return json.bytes
    }

    /// - Parameter place: the token of the record's object.
    init(_ document: RecordDocument, at place: Int) throws {
        var json = try RecordReader(document, at: place, of: Self.self)
        self = try Self(from: &json)
    }

    /// The record of that document.
    ///
    /// - Throws: `AWSServiceError`, `DecodingError`.
    package init(document: [UInt8]) throws {
        self = try Self(RecordDocument(document), at: 0)
    }
}

extension CopyOnWrite: StoredRecord where Value: StoredRecord {
    package init(from json: inout RecordReader) throws {
        self.init(try Value(from: &json))
    }

    package static func write(_ record: Borrowed<Self>, from base: Borrowed<Self>?, to json: inout JSONWriter) {
        record.copy.withPlace { own in
            guard let base else { return Value.write(Borrowed(own), from: nil, to: &json) }
            base.copy.withPlace { Value.write(Borrowed(own), from: Borrowed($0), to: &json) }
        }
    }
}

/// Members of a record. What is nil is left out.
extension JSONWriter {
    mutating func put(_ name: StaticString, _ value: String) {
        self.name(name)
        string(value)
    }

    mutating func put(_ name: StaticString, _ value: String?) {
        if let value { put(name, value) }
    }

    mutating func put(_ name: StaticString, _ value: Int) {
        self.name(name)
        integer(value)
    }

    mutating func put(_ name: StaticString, _ value: Timestamp) {
        put(name, Int(value.milliseconds))
    }

    mutating func put(_ name: StaticString, _ record: some StoredRecord) {
        self.name(name)
        record.write(to: &self, from: nil)
    }
}

/// Members of a record that may be known: what equals the base is left out, and what is nil and was not is null.
extension JSONWriter {
    /// A text that can only be ASCII: an id, a status, a name.
    mutating func put(_ name: StaticString, _ value: String, from base: String?) {
        if value != base { put(name, value) }
    }

    /// A text of somebody's.
    mutating func put(_ name: StaticString, text value: String, from base: String?) {
        if !value.hasBytes(of: base) { put(name, value) }
    }

    mutating func put(_ name: StaticString, _ value: String?, from base: String??) {
        guard let value else { return putNull(name, unless: (base ?? nil) == nil) }
        if !value.hasBytes(of: base ?? nil) { put(name, value) }
    }

    mutating func put(_ name: StaticString, _ value: Int, from base: Int?) {
        if value != base { put(name, value) }
    }

    mutating func put(_ name: StaticString, _ value: Int?, from base: Int??) {
        guard let value else { return putNull(name, unless: (base ?? nil) == nil) }
        if value != base { put(name, value) }
    }

    mutating func put(_ name: StaticString, _ value: Bool, from base: Bool?) {
        guard value != base else { return }
        self.name(name)
        bool(value)
    }

    mutating func put(_ name: StaticString, _ value: Timestamp, from base: Timestamp?) {
        if value.milliseconds != base?.milliseconds { put(name, value) }
    }

    mutating func put(_ name: StaticString, _ value: Timestamp?, from base: Timestamp??) {
        let base = (base ?? nil)?.milliseconds
        guard let value else { return putNull(name, unless: base == nil) }
        if value.milliseconds != base { put(name, value) }
    }

    /// A patch replaces a list by another one.
    mutating func put(_ name: StaticString, _ values: [String], from base: [String]?) {
        if let base, values.elementsEqual(base, by: { $0.hasBytes(of: $1) }) { return }
        self.name(name)
        beginArray()
        for value in values { string(value) }
        endArray()
    }

    /// A patch replaces a list by another one.
    mutating func put<Record: StoredRecord>(_ name: StaticString, _ records: [Record], from base: [Record]?) {
        if let base, records.haveBytes(of: base) { return }
        self.name(name)
        beginArray()
        for record in records { record.write(to: &self, from: nil) }
        endArray()
    }

    mutating func put<Record: StoredRecord>(_ name: StaticString, _ record: Record, from base: Record?) {
        if let base, record.isShared(with: base) { return }
        patch(isKnown: base != nil, behind: { $0.name(name) }, { record.write(to: &$0, from: base) })
    }

    mutating func put<Record: StoredRecord>(_ name: StaticString, _ record: Record?, from base: Record??) {
        let base = base ?? nil
        if let record { put(name, record, from: base) } else { putNull(name, unless: base == nil) }
    }

    mutating func put(_ name: StaticString, _ texts: [String: String], from base: [String: String]?) {
        patch(isKnown: base != nil, behind: { $0.name(name) }, { $0.map(texts, from: base) })
    }

    mutating func put(
        _ name: StaticString, _ maps: [String: [String: String]], from base: [String: [String: String]]?
    ) {
        patch(
            isKnown: base != nil, behind: { $0.name(name) },
            {
                $0.map(maps, from: base) { json, key, texts, known in
                    json.patch(isKnown: known != nil, behind: { $0.key(key) }, { $0.map(texts, from: known) })
                }
            })
    }

    mutating func put<Records: NamedValues>(_ name: StaticString, _ records: Records, from base: Records?)
    where Records.Value: StoredRecord {
        patch(
            isKnown: base != nil, behind: { $0.name(name) },
            {
                $0.map(records, from: base) { json, key, record, known in
                    if let known, record.isShared(with: known) { return }
                    json.patch(isKnown: known != nil, behind: { $0.key(key) }, { record.write(to: &$0, from: known) })
                }
            })
    }

    /// Writes an object behind its name, and takes the name back where nothing of a known object has changed.
    ///
    /// So each member is compared once; to ask first whether two objects are equal would compare what is in them again for
    /// each object around it.
    ///
    /// - Parameters:
    ///   - isKnown: whether the object is a patch.
    ///   - writeName: writes the member's name or key.
    @inline(__always)
    private mutating func patch(
        isKnown: Bool, behind writeName: (inout JSONWriter) -> Void, _ write: (inout JSONWriter) -> Void
    ) {
        let place = end
        writeName(&self)
        let beginning = end
        write(&self)
        if isKnown, hasEmptyValue(since: beginning) { cut(to: place) }
    }

    private mutating func map(_ texts: [String: String], from base: [String: String]?) {
        map(texts, from: base) { json, key, text, known in
            guard !text.hasBytes(of: known) else { return }
            json.key(key)
            json.string(text)
        }
    }

    /// - Parameter write: writes a member, its key too, or nothing if it is as it is known.
    @inline(__always)
    private mutating func map<Values: NamedValues>(
        _ values: Values, from base: Values?,
        _ write: (inout JSONWriter, String, Values.Value, Values.Value?) -> Void
    ) {
        beginObject()
        var kept = 0
        // Most often one is a copy of the other with changed values, and has its keys in the same order.
        var inOrder = base?.makeIterator()
        for (key, value) in values {
            let next = inOrder?.next()
            let known = if let next, next.key == key { next.value } else { base?[key] }
            if known != nil { kept += 1 }
            write(&self, key, value, known)
        }
        if let base, base.count > kept {
            for (key, _) in base where values[key] == nil {
                self.key(key)
                null()
            }
        }
        endObject()
    }

    private mutating func putNull(_ name: StaticString, unless isNil: Bool) {
        guard !isNil else { return }
        self.name(name)
        null()
    }
}

/// Texts that Unicode takes for equal may have other bytes (é is one character, or an e and its accent): what came is kept
/// as it came, also after a crash.
extension String {
    fileprivate func hasBytes(of other: String?) -> Bool {
        guard let other else { return false }
        let isSame = utf8.withContiguousStorageIfAvailable { own in
            other.utf8.withContiguousStorageIfAvailable { own.hasBytes(of: $0) }
        }
        return (isSame ?? nil) ?? utf8.elementsEqual(other.utf8)
    }
}

extension UnsafeBufferPointer<UInt8> {
    fileprivate func hasBytes(of other: Self) -> Bool {
        guard count == other.count else { return false }
        guard let start = baseAddress, let otherStart = other.baseAddress, start != otherStart else { return true }
        return memcmp(start, otherStart, count) == 0
    }
}

extension StoredRecord {
    /// Whether there is nothing to tell whoever knows the other one.
    fileprivate func hasBytes(of other: Self) -> Bool {
        var json = JSONWriter(reservingCapacity: 64)
        let beginning = json.end
        write(to: &json, from: other)
        return json.hasEmptyValue(since: beginning)
    }
}

extension Array where Element: StoredRecord {
    fileprivate func haveBytes(of other: [Element]) -> Bool {
        // Nearly always one list in memory, or not equal.
        let isOne = withUnsafeBufferPointer { own in
            other.withUnsafeBufferPointer { own.baseAddress == $0.baseAddress && own.count == $0.count }
        }
        return isOne || elementsEqual(other) { $0 == $1 && $0.hasBytes(of: $1) }
    }
}

/// Values by name, in some order.
protocol NamedValues<Value>: Collection where Element == (key: String, value: Value) {
    associatedtype Value

    subscript(name: String) -> Value? { get }
}

extension Dictionary: NamedValues where Key == String {}
extension SmallDictionary: NamedValues {}
