/// A large value behind one reference: copies share it until one of them is changed.
///
/// The states of stages, executions and attempts have a dozen references each, and a command copies all of a pipeline's to
/// change one. Members are read as if it were the value; a change names it: `entry.value.status = …`.
@dynamicMemberLookup
package struct CopyOnWrite<Value: Sendable>: Sendable {
    /// The one element of a list, which is all that copying on write needs.
    private var storage: [Value]

    package init(_ value: Value) {
        storage = [value]
    }

    /// The value itself.
    package var value: Value {
        _read { yield storage[0] }
        _modify { yield &storage[0] }
    }

    /// A member of the value.
    @inline(__always)
    package subscript<Member>(dynamicMember path: KeyPath<Value, Member>) -> Member {
        storage[0][keyPath: path]
    }
}

extension CopyOnWrite: Equatable where Value: Equatable {
    package static func == (left: Self, right: Self) -> Bool {
        // Equal at once where both share it.
        left.storage == right.storage
    }
}

extension CopyOnWrite: Encodable where Value: Encodable {
    package func encode(to encoder: any Encoder) throws {
        try value.encode(to: encoder)
    }
}

extension CopyOnWrite: Decodable where Value: Decodable {
    package init(from decoder: any Decoder) throws {
        self.init(try Value(from: decoder))
    }
}
