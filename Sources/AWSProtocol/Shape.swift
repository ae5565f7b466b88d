/// A type of the model with its constraints. Shapes refer to each other by their index in the ``ShapeTable``.
package enum Shape: Sendable {
    /// A member of a structure.
    package struct Member: Sendable {
        /// The name on the wire.
        package let name: String
        /// The member's shape.
        package let shape: Int
        /// Whether it must be there and not null.
        package let isRequired: Bool
    }

    /// The least and the greatest length or value, both inclusive; nil is unlimited.
    package struct Bounds: Sendable {
        /// The least.
        package let minimum: Int?
        /// The greatest.
        package let maximum: Int?
    }

    /// An object with known members, in the order of the model.
    case structure([Member])
    /// A list; the bounds are those of the number of elements.
    case list(element: Int, length: Bounds)
    /// An object with free keys; the bounds are those of the number of entries.
    case map(key: Int, value: Int, length: Bounds)
    /// A string; the bounds are those of its length.
    case string(length: Bounds, pattern: ConstraintPattern?)
    /// A string that is one of these.
    case enumeration([String])
    /// A 32-bit integer.
    case integer(Bounds)
    /// A truth value.
    case boolean
    /// An instant.
    case timestamp
}
