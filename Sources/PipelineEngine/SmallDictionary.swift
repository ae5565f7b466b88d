/// A dictionary by name for the handful of entries that a live state has of each kind: a list in the order of the names.
///
/// A command looks up some twenty such names, and to compare a few of them takes less than to hash one. A change is made
/// in place, a copy is one list, and what is equal has its entries in one order. To find an entry takes as long as there
/// are entries: states are bounded (``PipelineState``).
///
/// It is public for the reason that ``CopyOnWrite`` is.
public struct SmallDictionary<Value: Sendable>: Sendable {
    @usableFromInline internal var names: [String] = []
    /// In the order of ``names``. One is nil only while somebody changes it.
    @usableFromInline internal var contents: [Value?] = []

    @inlinable
    public init() {}

    /// The value of a name, or nil; to set nil takes the entry out.
    @inlinable
    public subscript(name: String) -> Value? {
        get { place(of: name).flatMap { contents[$0] } }
        _modify {
            if let place = place(of: name) {
                defer { if contents[place] == nil { remove(at: place) } }
                yield &contents[place]
            } else {
                var value: Value?
                defer { if let value { insert(value, for: name) } }
                yield &value
            }
        }
    }

    /// - Parameter value: stands where the name has none, and is kept with what is made of it.
    @inlinable
    public subscript(name: String, default value: @autoclosure () -> Value) -> Value {
        get { self[name] ?? value() }
        _modify {
            let place = place(of: name) ?? insert(value(), for: name)
            // Nobody else holds it while it is changed.
            guard var changed = contents[place].take() else { Self.isChanging(name) }
            defer { contents[place] = changed }
            yield &changed
        }
    }

    @inlinable
    internal func place(of name: String) -> Int? {
        names.withUnsafeBufferPointer { names in
            for place in names.indices where names[place] == name { return place }
            return nil
        }
    }

    /// - Parameter name: one that has no value.
    /// - Returns: where the entry is.
    @discardableResult @inlinable
    internal mutating func insert(_ value: Value, for name: String) -> Int {
        var place = names.count
        // What is read comes in order.
        while place > 0, names[place - 1] > name { place -= 1 }
        names.insert(name, at: place)
        contents.insert(value, at: place)
        return place
    }

    @inlinable
    internal mutating func remove(at place: Int) {
        names.remove(at: place)
        contents.remove(at: place)
    }

    @usableFromInline
    internal static func isChanging(_ name: String) -> Never {
        preconditionFailure("Invalid state: the value of \(name) is being changed")
    }
}

extension SmallDictionary: RandomAccessCollection {
    @inlinable
    public var startIndex: Int { 0 }
    @inlinable
    public var endIndex: Int { names.count }

    @inlinable
    public subscript(place: Int) -> (key: String, value: Value) {
        guard let value = contents[place] else { Self.isChanging(names[place]) }
        return (names[place], value)
    }

    @inlinable
    public var keys: [String] { names }
    @inlinable
    public var values: some Collection<Value> { contents.lazy.compactMap { $0 } }
}

extension SmallDictionary: ExpressibleByDictionaryLiteral {
    @inlinable
    public init(dictionaryLiteral elements: (String, Value)...) {
        for (name, value) in elements { self[name] = value }
    }
}

extension SmallDictionary: Equatable where Value: Equatable {
    @inlinable
    public static func == (left: Self, right: Self) -> Bool {
        left.names == right.names && left.contents == right.contents
    }
}

/// As an object, whose members have the names.
extension SmallDictionary: Encodable where Value: Encodable {
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Name.self)
        for (key, value) in self { try container.encode(value, forKey: Name(stringValue: key)) }
    }
}

extension SmallDictionary: Decodable where Value: Decodable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Name.self)
        for name in container.allKeys { self[name.stringValue] = try container.decode(Value.self, forKey: name) }
    }
}

private struct Name: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
