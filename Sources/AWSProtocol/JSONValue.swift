/// A JSON document, or a part of one.
package enum JSONValue: Hashable, Sendable {
    /// `null`, which AWS JSON treats as if it were not there (semantics-core 1.6).
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A number, uninterpreted.
    case number(JSONNumber)
    /// A string, unescaped.
    case string(String)
    /// A list.
    case array([JSONValue])
    /// A structure or a map.
    case object(JSONObject)

    /// Whether this is `null`.
    package var isNull: Bool {
        if case .null = self { true } else { false }
    }

    /// The string, if it is one.
    package var string: String? {
        if case .string(let string) = self { string } else { nil }
    }

    /// The truth value, if it is one.
    package var bool: Bool? {
        if case .bool(let bool) = self { bool } else { nil }
    }

    /// The integer, if it is a number within 32 bits; a fraction is cut off.
    package var integer: Int? {
        if case .number(let number) = self { number.integer } else { nil }
    }

    /// The elements, if it is a list.
    package var array: [JSONValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// The members, if it is an object.
    package var object: JSONObject? {
        if case .object(let object) = self { object } else { nil }
    }

    /// The value of that member, if this is an object that has it.
    package subscript(name: String) -> JSONValue? {
        object?[name]
    }
}
