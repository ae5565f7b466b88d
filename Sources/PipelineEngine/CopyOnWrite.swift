/// A large value behind one reference: copies share it until one of them is changed.
///
/// The states of stages, executions and attempts have a dozen references each, and a command copies all of a pipeline's to
/// change one. Members are read as if it were the value; a change names it: `entry.value.status = …`.
///
/// It is public, which nothing else here is, as only that lets other modules inline it: called, it would copy the whole value
/// to read a member.
@dynamicMemberLookup
public struct CopyOnWrite<Value: Sendable>: Sendable {
    /// The one element of a list, which is all that copying on write needs.
    @usableFromInline internal var storage: [Value]

    @inlinable
    public init(_ value: Value) {
        storage = [value]
    }

    /// The value itself.
    @inlinable
    public var value: Value {
        _read { yield storage[0] }
        _modify { yield &storage[0] }
    }

    /// Lends the value where it is, to be read without being copied.
    @inlinable
    public func withPlace<Result>(_ body: (UnsafePointer<Value>) -> Result) -> Result {
        storage.withUnsafeBufferPointer { list in
            guard let place = list.baseAddress else { preconditionFailure("Invalid state: a list of one has a first") }
            return body(place)
        }
    }

    /// Whether both are one value in memory, and so equal without a look at it.
    @inlinable
    public func isShared(with other: Self) -> Bool {
        storage.withUnsafeBufferPointer { own in
            other.storage.withUnsafeBufferPointer { own.baseAddress == $0.baseAddress }
        }
    }

    /// A member of the value.
    @inlinable
    public subscript<Member>(dynamicMember path: KeyPath<Value, Member>) -> Member {
        // Of the value where it is: from the list it would be copied whole first.
        storage.withUnsafeBufferPointer { $0[0][keyPath: path] }
    }
}

extension CopyOnWrite: Equatable where Value: Equatable {
    @inlinable
    public static func == (left: Self, right: Self) -> Bool {
        // Equal at once where both share it.
        left.storage == right.storage
    }
}

extension CopyOnWrite: Encodable where Value: Encodable {
    public func encode(to encoder: any Encoder) throws {
        try value.encode(to: encoder)
    }
}

extension CopyOnWrite: Decodable where Value: Decodable {
    public init(from decoder: any Decoder) throws {
        self.init(try Value(from: decoder))
    }
}
