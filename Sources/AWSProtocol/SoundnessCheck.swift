/// Whether a document fits a shape in its types and constraints: one walk, which makes no text and looks nothing up
/// twice.
///
/// It says no more than that. What is wrong with a document that it doesn't accept is told by
/// ``ShapeTable/checkTypes(of:as:)`` and ``ShapeTable/checkConstraints(of:as:enforcing:)``, which decide: this check may
/// refuse what they take, but never the other way round.
struct SoundnessCheck: Sendable {
    private enum Kind {
        case structure, list, map, string, enumeration, integer, boolean, timestamp
        /// Left to the checks that decide.
        case undecided
    }

    /// A shape without anything that is counted by reference, so that a walk copies plain words.
    private struct Node {
        var kind: Kind
        /// The least length or value.
        var minimum = Int.min
        /// The greatest length or value.
        var maximum = Int.max
        /// The first of a structure's members or of an enumeration's values, in `names`.
        var first = 0
        /// How many of them there are.
        var count = 0
        /// One bit for each required member.
        var required: UInt64 = 0
        /// The shape of a map's keys.
        var key = 0
        /// The shape of a list's elements or a map's values.
        var element = 0
        /// The place in `patterns`, if any.
        var pattern = -1
    }

    private var nodes: [Node] = []
    /// Members of structures and values of enumerations, each shape's in a row.
    private var names: [String] = []
    /// Beside the names of members, their shapes.
    private var memberShapes: [Int] = []
    private var patterns: [ConstraintPattern] = []

    init(_ shapes: [Shape]) {
        nodes.reserveCapacity(shapes.count)
        for shape in shapes { nodes.append(node(of: shape)) }
    }

    private mutating func node(of shape: Shape) -> Node {
        switch shape {
        case .structure(let members):
            guard members.count <= UInt64.bitWidth else { return Node(kind: .undecided) }
            var node = Node(kind: .structure, first: names.count, count: members.count)
            for (place, member) in members.enumerated() where member.isRequired { node.required |= 1 << UInt64(place) }
            add(members.map(\.name), members.map(\.shape))
            return node
        case .list(let element, let length):
            return Self.bounded(Node(kind: .list, element: element), length)
        case .map(let key, let value, let length):
            return Self.bounded(Node(kind: .map, key: key, element: value), length)
        case .string(let length, let pattern):
            var node = Node(kind: .string)
            if let pattern {
                node.pattern = patterns.count
                patterns.append(pattern)
            }
            return Self.bounded(node, length)
        case .enumeration(let values):
            let node = Node(kind: .enumeration, first: names.count, count: values.count)
            add(values, values.map { _ in 0 })
            return node
        case .integer(let bounds): return Self.bounded(Node(kind: .integer), bounds)
        case .boolean: return Node(kind: .boolean)
        case .timestamp: return Node(kind: .timestamp)
        }
    }

    private mutating func add(_ names: [String], _ shapes: [Int]) {
        self.names += names
        memberShapes += shapes
    }

    private static func bounded(_ node: Node, _ bounds: Shape.Bounds) -> Node {
        var node = node
        node.minimum = bounds.minimum ?? node.minimum
        node.maximum = bounds.maximum ?? node.maximum
        return node
    }

    /// Whether a value that is not null fits. All constraints count, or only that required members are there.
    func accepts(_ value: JSONValue, as shape: Int, withConstraints: Bool) -> Bool {
        let node = nodes[shape]
        switch value {
        case .null: return false
        case .string(let string): return accepts(string, node, withConstraints)
        case .object(let object):
            switch node.kind {
            case .structure: return acceptsMembers(of: object, node, withConstraints)
            case .map: return acceptsEntries(of: object, node, withConstraints)
            default: return false
            }
        case .array(let elements):
            return node.kind == .list && acceptsElements(elements, node, withConstraints)
        case .number(let number):
            if node.kind == .timestamp { return AWSTimestamp(value) != nil }
            guard node.kind == .integer, let integer = number.integer else { return false }
            return !withConstraints || (node.minimum <= integer && integer <= node.maximum)
        case .bool: return node.kind == .boolean
        }
    }

    private func accepts(_ string: String, _ node: Node, _ withConstraints: Bool) -> Bool {
        switch node.kind {
        case .string:
            return !withConstraints
                || (hasFittingLength(string, node) && (node.pattern < 0 || patterns[node.pattern].matches(string)))
        case .enumeration:
            return !withConstraints || place(of: string, in: node, expected: 0) != nil
        case .timestamp: return AWSTimestamp(.string(string)) != nil
        default: return false
        }
    }

    /// Lengths are in UTF-16 code units, of which a text has as many as bytes if it is ASCII, and else fewer.
    private func hasFittingLength(_ string: String, _ node: Node) -> Bool {
        let bytes = string.utf8.count
        if node.minimum <= min(bytes, 1), bytes <= node.maximum { return true }
        let length = string.utf16.count
        return node.minimum <= length && length <= node.maximum
    }

    private func acceptsMembers(of object: JSONObject, _ node: Node, _ withConstraints: Bool) -> Bool {
        var missing = node.required
        var expected = 0
        for index in object.members.indices {
            guard let place = place(of: object.members[index].name, in: node, expected: expected) else { continue }
            expected = place + 1
            if object.members[index].value.isNull { continue }
            let shape = memberShapes[node.first + place]
            guard accepts(object.members[index].value, as: shape, withConstraints: withConstraints) else {
                return false
            }
            missing &= ~(1 << UInt64(place))
        }
        return missing == 0
    }

    /// Where a name stands among a node's names. Looked for first where it is expected: most documents have their members
    /// in the order of the model.
    private func place(of name: String, in node: Node, expected: Int) -> Int? {
        for place in expected..<node.count where names[node.first + place] == name { return place }
        for place in 0..<min(expected, node.count) where names[node.first + place] == name { return place }
        return nil
    }

    private func acceptsEntries(of object: JSONObject, _ node: Node, _ withConstraints: Bool) -> Bool {
        var count = 0
        let key = nodes[node.key]
        for index in object.members.indices where !object.members[index].value.isNull {
            count += 1
            if withConstraints, !accepts(object.members[index].name, key, true) { return false }
            guard accepts(object.members[index].value, as: node.element, withConstraints: withConstraints) else {
                return false
            }
        }
        return !withConstraints || (node.minimum <= count && count <= node.maximum)
    }

    private func acceptsElements(_ elements: [JSONValue], _ node: Node, _ withConstraints: Bool) -> Bool {
        var count = 0
        for index in elements.indices where !elements[index].isNull {
            count += 1
            guard accepts(elements[index], as: node.element, withConstraints: withConstraints) else { return false }
        }
        return !withConstraints || (node.minimum <= count && count <= node.maximum)
    }
}

extension ShapeTable {
    /// Refuses a document whose JSON types do not fit the shape, and then one that breaks constraints, as
    /// ``checkTypes(of:as:)`` and ``checkConstraints(of:as:enforcing:)`` do, which are asked only where anything is wrong.
    package func check(
        _ document: JSONValue, as shape: Int, enforcing enforcement: Enforcement = .everything
    ) throws(AWSServiceError) {
        if isSound(document, as: shape, enforcing: enforcement) { return }
        try checkTypes(of: document, as: shape)
        try checkConstraints(of: document, as: shape, enforcing: enforcement)
    }

    /// Whether the quick walk finds nothing wrong with the document.
    package func isSound(
        _ document: JSONValue, as shape: Int, enforcing enforcement: Enforcement = .everything
    ) -> Bool {
        soundness.accepts(document, as: shape, withConstraints: enforcement == .everything)
    }
}
