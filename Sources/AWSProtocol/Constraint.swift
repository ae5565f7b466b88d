/// One constraint of a shape, as its message names it (semantics-core 2.2).
enum Constraint {
    case required
    case minimumLength(Int)
    case maximumLength(Int)
    case minimumValue(Int)
    case maximumValue(Int)
    case pattern(ConstraintPattern)
    case enumeration([String])

    /// The text behind `failed to satisfy constraint: `.
    var text: String {
        switch self {
        case .required: "Member must not be null"
        case .minimumLength(let bound): "Member must have length greater than or equal to \(bound)"
        case .maximumLength(let bound): "Member must have length less than or equal to \(bound)"
        case .minimumValue(let bound): "Member must have value greater than or equal to \(bound)"
        case .maximumValue(let bound): "Member must have value less than or equal to \(bound)"
        case .pattern(let pattern): "Member must satisfy regular expression pattern: \(pattern.text)"
        case .enumeration(let values): "Member must satisfy enum value set: [\(values.joined(separator: ", "))]"
        }
    }

    /// Whether a value of the fitting JSON type satisfies the constraint. Strings are as long as Java says: in UTF-16
    /// code units. Nulls in lists and maps do not count.
    func holds(for value: JSONValue) -> Bool {
        switch self {
        case .required: !value.isNull
        case .minimumLength(let bound): Self.length(of: value) >= bound
        case .maximumLength(let bound): Self.length(of: value) <= bound
        case .minimumValue(let bound): value.integer.map { $0 >= bound } ?? true
        case .maximumValue(let bound): value.integer.map { $0 <= bound } ?? true
        case .pattern(let pattern): value.string.map(pattern.matches) ?? true
        case .enumeration(let values): value.string.map(values.contains) ?? true
        }
    }

    private static func length(of value: JSONValue) -> Int {
        switch value {
        case .string(let string): string.utf16.count
        case .array(let elements): elements.count { !$0.isNull }
        case .object(let object): object.members.count { !$0.value.isNull }
        case .null, .bool, .number: 0
        }
    }
}

extension Shape {
    /// The constraints of the shape itself, the pattern before the lengths: the order in which their violations are
    /// told. No captured reply of CodePipeline breaks two at once; sibling services have the pattern first.
    var constraints: [Constraint] {
        switch self {
        case .string(let length, let pattern):
            (pattern.map { [.pattern($0)] } ?? []) + Self.lengths(length)
        case .list(_, let length), .map(_, _, let length):
            Self.lengths(length)
        case .integer(let bounds):
            (bounds.maximum.map { [.maximumValue($0)] } ?? []) + (bounds.minimum.map { [.minimumValue($0)] } ?? [])
        case .enumeration(let values):
            [.enumeration(values)]
        case .structure, .boolean, .timestamp:
            []
        }
    }

    /// The same constraints in the order of the bracketed form of maps: the greatest length, the least, the pattern.
    var bracketedConstraints: [Constraint] {
        switch self {
        case .string(let length, let pattern): Self.lengths(length) + (pattern.map { [.pattern($0)] } ?? [])
        default: constraints
        }
    }

    private static func lengths(_ bounds: Bounds) -> [Constraint] {
        (bounds.maximum.map { [.maximumLength($0)] } ?? []) + (bounds.minimum.map { [.minimumLength($0)] } ?? [])
    }
}
