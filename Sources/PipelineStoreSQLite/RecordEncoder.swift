import AWSProtocol

/// Encodes a stored record as JSON, straight into bytes.
///
/// The records are the engine's types with the members that the compiler makes keys of. Foundation's encoder first builds
/// a tree of the document, which took most of a command's time; this one writes as it goes. What it writes,
/// ``RecordDecoder`` and Foundation's decoder read alike.
///
/// A container must be finished before its parent goes on, as synthesized code does it. Integers, strings, booleans,
/// lists and objects are all that records are made of; anything else throws `EncodingError`.
package struct RecordEncoder: Encoder {
    /// Where the document grows, and which containers of it are open.
    final class Output {
        enum Container { case object, list }

        var writer = JSONWriter(reservingCapacity: 1024)
        private(set) var open: [Container] = []

        func begin(_ container: Container, at depth: Int) {
            close(to: depth)
            open.append(container)
            switch container {
            case .object: writer.beginObject()
            case .list: writer.beginArray()
            }
        }

        /// Closes the containers that stand inside those `depth` outer ones.
        func close(to depth: Int) {
            while open.count > depth {
                switch open.removeLast() {
                case .object: writer.endObject()
                case .list: writer.endArray()
                }
            }
        }
    }

    let output: Output
    /// Containers around the value that is encoded next.
    let depth: Int

    package var codingPath: [any CodingKey] { [] }
    package var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// The whole document of one record.
    package static func encode(_ value: some Encodable) throws -> [UInt8] {
        let output = Output()
        try value.encode(to: RecordEncoder(output: output, depth: 0))
        output.close(to: 0)
        return output.writer.bytes
    }

    package func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        output.begin(.object, at: depth)
        return KeyedEncodingContainer(Members(output: output, depth: depth + 1))
    }

    package func unkeyedContainer() -> any UnkeyedEncodingContainer {
        output.begin(.list, at: depth)
        return Elements(output: output, depth: depth + 1)
    }

    package func singleValueContainer() -> any SingleValueEncodingContainer { self }

    static func unsupported(_ value: Any) -> EncodingError {
        .invalidValue(value, .init(codingPath: [], debugDescription: "records hold no \(type(of: value))"))
    }
}

extension RecordEncoder: SingleValueEncodingContainer {
    package func encodeNil() throws { output.writer.null() }
    package func encode(_ value: Bool) throws { output.writer.bool(value) }
    package func encode(_ value: String) throws { output.writer.string(value) }
    package func encode(_ value: Int) throws { output.writer.integer(value) }
    package func encode(_ value: Int64) throws { output.writer.integer(Int(value)) }
    package func encode(_ value: Int32) throws { output.writer.integer(Int(value)) }
    package func encode(_ value: Double) throws { throw Self.unsupported(value) }
    package func encode(_ value: Float) throws { throw Self.unsupported(value) }
    package func encode(_ value: Int8) throws { throw Self.unsupported(value) }
    package func encode(_ value: Int16) throws { throw Self.unsupported(value) }
    package func encode(_ value: UInt) throws { throw Self.unsupported(value) }
    package func encode(_ value: UInt8) throws { throw Self.unsupported(value) }
    package func encode(_ value: UInt16) throws { throw Self.unsupported(value) }
    package func encode(_ value: UInt32) throws { throw Self.unsupported(value) }
    package func encode(_ value: UInt64) throws { throw Self.unsupported(value) }
    package func encode(_ value: some Encodable) throws { try value.encode(to: self) }
}

extension RecordEncoder {
    /// The members of an object.
    private struct Members<Key: CodingKey>: KeyedEncodingContainerProtocol {
        let output: Output
        let depth: Int

        var codingPath: [any CodingKey] { [] }

        private func name(_ key: Key) -> RecordEncoder {
            output.close(to: depth)
            output.writer.key(key.stringValue)
            return RecordEncoder(output: output, depth: depth)
        }

        func encodeNil(forKey key: Key) throws { try name(key).encodeNil() }
        func encode(_ value: Bool, forKey key: Key) throws { try name(key).encode(value) }
        func encode(_ value: String, forKey key: Key) throws { try name(key).encode(value) }
        func encode(_ value: Int, forKey key: Key) throws { try name(key).encode(value) }
        func encode(_ value: Int64, forKey key: Key) throws { try name(key).encode(value) }
        func encode(_ value: Int32, forKey key: Key) throws { try name(key).encode(value) }
        func encode(_ value: Double, forKey key: Key) throws { try name(key).encode(value) }
        func encode(_ value: Float, forKey key: Key) throws { try name(key).encode(value) }
        func encode(_ value: Int8, forKey key: Key) throws { try name(key).encode(value) }
        func encode(_ value: Int16, forKey key: Key) throws { try name(key).encode(value) }
        func encode(_ value: UInt, forKey key: Key) throws { try name(key).encode(value) }
        func encode(_ value: UInt8, forKey key: Key) throws { try name(key).encode(value) }
        func encode(_ value: UInt16, forKey key: Key) throws { try name(key).encode(value) }
        func encode(_ value: UInt32, forKey key: Key) throws { try name(key).encode(value) }
        func encode(_ value: UInt64, forKey key: Key) throws { try name(key).encode(value) }
        func encode(_ value: some Encodable, forKey key: Key) throws { try value.encode(to: name(key)) }

        func nestedContainer<NestedKey: CodingKey>(
            keyedBy type: NestedKey.Type, forKey key: Key
        ) -> KeyedEncodingContainer<NestedKey> {
            name(key).container(keyedBy: type)
        }

        func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { name(key).unkeyedContainer() }

        func superEncoder() -> any Encoder { preconditionFailure("Invalid state: records have no superclass") }
        func superEncoder(forKey key: Key) -> any Encoder { superEncoder() }
    }

    /// The elements of a list.
    private struct Elements: UnkeyedEncodingContainer {
        let output: Output
        let depth: Int
        private(set) var count = 0

        init(output: Output, depth: Int) {
            self.output = output
            self.depth = depth
        }

        var codingPath: [any CodingKey] { [] }

        private mutating func next() -> RecordEncoder {
            output.close(to: depth)
            count += 1
            return RecordEncoder(output: output, depth: depth)
        }

        mutating func encodeNil() throws { try next().encodeNil() }
        mutating func encode(_ value: Bool) throws { try next().encode(value) }
        mutating func encode(_ value: String) throws { try next().encode(value) }
        mutating func encode(_ value: Int) throws { try next().encode(value) }
        mutating func encode(_ value: Int64) throws { try next().encode(value) }
        mutating func encode(_ value: Int32) throws { try next().encode(value) }
        mutating func encode(_ value: Double) throws { try next().encode(value) }
        mutating func encode(_ value: Float) throws { try next().encode(value) }
        mutating func encode(_ value: Int8) throws { try next().encode(value) }
        mutating func encode(_ value: Int16) throws { try next().encode(value) }
        mutating func encode(_ value: UInt) throws { try next().encode(value) }
        mutating func encode(_ value: UInt8) throws { try next().encode(value) }
        mutating func encode(_ value: UInt16) throws { try next().encode(value) }
        mutating func encode(_ value: UInt32) throws { try next().encode(value) }
        mutating func encode(_ value: UInt64) throws { try next().encode(value) }
        mutating func encode(_ value: some Encodable) throws { try value.encode(to: next()) }

        mutating func nestedContainer<NestedKey: CodingKey>(
            keyedBy type: NestedKey.Type
        ) -> KeyedEncodingContainer<NestedKey> {
            next().container(keyedBy: type)
        }

        mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { next().unkeyedContainer() }

        mutating func superEncoder() -> any Encoder { preconditionFailure("Invalid state: records have no superclass") }
    }
}
