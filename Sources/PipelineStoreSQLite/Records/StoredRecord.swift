package import AWSProtocol
import PipelineModel

/// A record that writes itself as the JSON that the store keeps of it.
///
/// The bytes are those of ``RecordEncoder``, written out member by member: synthesized `Encodable` code goes through
/// containers, which took half of a command's time. A test compares the two, so that no member is forgotten.
package protocol StoredRecord {
    /// Writes the record as one JSON value.
    func write(to json: inout JSONWriter)
}

extension StoredRecord {
    /// The whole document.
    ///
    /// - Parameter capacity: bytes to begin with; the document may have more.
    package func document(reservingCapacity capacity: Int = 1024) -> [UInt8] {
        var json = JSONWriter(reservingCapacity: capacity)
        write(to: &json)
        return json.bytes
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

    mutating func put(_ name: StaticString, _ value: Int?) {
        if let value { put(name, value) }
    }

    mutating func put(_ name: StaticString, _ value: Bool) {
        self.name(name)
        bool(value)
    }

    mutating func put(_ name: StaticString, _ value: Timestamp) {
        self.name(name)
        integer(Int(value.milliseconds))
    }

    mutating func put(_ name: StaticString, _ value: Timestamp?) {
        if let value { put(name, value) }
    }

    mutating func put(_ name: StaticString, _ values: [String]) {
        self.name(name)
        beginArray()
        for value in values { string(value) }
        endArray()
    }

    mutating func put(_ name: StaticString, _ values: [String: String]) {
        self.name(name)
        self.values(values)
    }

    mutating func put(_ name: StaticString, _ values: [String: [String: String]]) {
        self.name(name)
        beginObject()
        for (key, value) in values {
            self.key(key)
            self.values(value)
        }
        endObject()
    }

    mutating func put(_ name: StaticString, _ record: some StoredRecord) {
        self.name(name)
        record.write(to: &self)
    }

    mutating func put(_ name: StaticString, _ record: (some StoredRecord)?) {
        if let record { put(name, record) }
    }

    mutating func put(_ name: StaticString, _ records: [some StoredRecord]) {
        self.name(name)
        beginArray()
        for record in records { record.write(to: &self) }
        endArray()
    }

    mutating func put(_ name: StaticString, _ records: [String: some StoredRecord]) {
        self.name(name)
        beginObject()
        for (key, record) in records {
            self.key(key)
            record.write(to: &self)
        }
        endObject()
    }

    private mutating func values(_ values: [String: String]) {
        beginObject()
        for (key, value) in values {
            self.key(key)
            string(value)
        }
        endObject()
    }
}
