package import AWSProtocol

/// A type that has a form on the wire: the scalars, lists and maps of the model, and its structures.
package protocol WireValue: Hashable, Sendable {
    /// Reads a value whose JSON type and required members have been checked against the shape
    /// (``ShapeTable/check(_:as:enforcing:)``). Of other values it stops the process: whoever reads bytes goes through the
    /// checks.
    init(from value: JSONValue)

    /// Writes the value.
    func encode(to writer: inout JSONWriter)
}

/// A structure of the model.
package protocol WireStructure: WireValue {
    /// The name of its shape in the model and in the shape table.
    static var shapeName: String { get }
}

extension String: WireValue {
    /// Reads a string.
    package init(from value: JSONValue) {
        guard case .string(let string) = value else { unchecked("String") }
        self = string
    }

    /// Writes the string.
    package func encode(to writer: inout JSONWriter) {
        writer.string(self)
    }
}

extension Int: WireValue {
    /// Reads an integer; a fraction is cut off.
    package init(from value: JSONValue) {
        guard let integer = value.integer else { unchecked("Integer") }
        self = integer
    }

    /// Writes the integer.
    package func encode(to writer: inout JSONWriter) {
        writer.integer(self)
    }
}

extension Bool: WireValue {
    /// Reads a truth value.
    package init(from value: JSONValue) {
        guard case .bool(let bool) = value else { unchecked("Boolean") }
        self = bool
    }

    /// Writes `true` or `false`.
    package func encode(to writer: inout JSONWriter) {
        writer.bool(self)
    }
}

extension AWSTimestamp: WireValue {
    /// Reads an instant.
    package init(from value: JSONValue) {
        guard let timestamp = AWSTimestamp(value) else { unchecked("Timestamp") }
        self = timestamp
    }

    /// Writes epoch seconds.
    package func encode(to writer: inout JSONWriter) {
        writer.timestamp(milliseconds: milliseconds)
    }
}

extension Array: WireValue where Element: WireValue {
    /// Reads a list; null elements are dropped (semantics-core 1.6).
    package init(from value: JSONValue) {
        guard case .array(let elements) = value else { unchecked("list") }
        self = []
        reserveCapacity(elements.count)
        for element in elements where !element.isNull {
            append(Element(from: element))
        }
    }

    /// Writes the elements in order.
    package func encode(to writer: inout JSONWriter) {
        writer.beginArray()
        for element in self { element.encode(to: &writer) }
        writer.endArray()
    }
}

extension Dictionary: WireValue where Key == String, Value: WireValue {
    /// Reads a map; entries that are null are dropped.
    package init(from value: JSONValue) {
        guard case .object(let object) = value else { unchecked("map") }
        self = Dictionary(minimumCapacity: object.members.count)
        for member in object.members where !member.value.isNull {
            self[member.name] = Value(from: member.value)
        }
    }

    /// Writes the entries sorted by key, so that equal maps have equal bytes.
    package func encode(to writer: inout JSONWriter) {
        writer.beginObject()
        let entries = count > 1 ? sorted { $0.key < $1.key } : Array(self)
        for entry in entries {
            writer.key(entry.key)
            entry.value.encode(to: &writer)
        }
        writer.endObject()
    }
}

/// The end of a read that no check preceded.
func unchecked(_ type: StaticString) -> Never {
    preconditionFailure("Invalid state: a \(type) is read from a JSON value that was not checked")
}

extension JSONWriter {
    /// Writes a member.
    package mutating func member<Value: WireValue>(_ name: StaticString, _ value: Value) {
        self.name(name)
        value.encode(to: &self)
    }

    /// Writes a member, or nothing at all if it is absent (semantics-core 1.2).
    package mutating func member<Value: WireValue>(_ name: StaticString, _ value: Value?) {
        if let value { member(name, value) }
    }
}
