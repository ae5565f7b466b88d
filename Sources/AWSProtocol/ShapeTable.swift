/// The shapes of a service model, read once from a compact text.
///
/// The text has one shape a line; a hyphen stands for no bound:
/// ```
/// structure Name member:Shape member:Shape!      (! marks a required member)
/// list Name Element minimum maximum
/// map Name Key Value minimum maximum
/// string Name minimum maximum [pattern, to the end of the line]
/// enumeration Name A|B|C
/// integer Name minimum maximum
/// boolean Name
/// timestamp Name
/// ```
package struct ShapeTable: Sendable {
    /// Every shape; the indices are those that shapes refer to each other by.
    package let shapes: [Shape]
    /// The constraints of each shape, in the order in which their violations are told.
    let constraints: [[Constraint]]
    /// The same as one quick walk needs them.
    let soundness: SoundnessCheck
    private let indices: [String: Int]

    /// Reads the text, and then the overrides: lines of the same form, each of which replaces the shape of its name.
    package init(parsing text: String, overrides: String = "") throws(ShapeTableError) {
        var lines: [[Substring]] = []
        var indices: [String: Int] = [:]
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: " ", maxSplits: Self.patternField)
            guard fields.count >= 2 else { throw ShapeTableError(line: String(line), reason: "it names no shape") }
            guard indices.updateValue(lines.count, forKey: String(fields[1])) == nil else {
                throw ShapeTableError(line: String(line), reason: "the shape is there twice")
            }
            lines.append(fields)
        }
        for line in overrides.split(separator: "\n") {
            let fields = line.split(separator: " ", maxSplits: Self.patternField)
            guard fields.count >= 2, let index = indices[String(fields[1])] else {
                throw ShapeTableError(line: String(line), reason: "there is no such shape to override")
            }
            lines[index] = fields
        }
        var parser = ShapeLineParser(indices: indices)
        var shapes: [Shape] = []
        shapes.reserveCapacity(lines.count)
        for fields in lines {
            shapes.append(try parser.shape(from: fields))
        }
        self.shapes = shapes
        constraints = shapes.map(\.constraints)
        soundness = SoundnessCheck(shapes)
        self.indices = indices
    }

    /// A line is split so often that the fourth blank and later ones stay in the last field, a pattern.
    private static let patternField = 4

    /// The index of the shape of that name.
    package func index(of name: String) -> Int? {
        indices[name]
    }
}

/// A line of a shape table that can't be read.
package struct ShapeTableError: Error, CustomStringConvertible {
    /// The line.
    package let line: String
    /// What is wrong with it.
    package let reason: String

    /// One line that says both.
    package var description: String {
        "shape table: \(line): \(reason)"
    }
}

/// Turns lines into shapes.
private struct ShapeLineParser {
    let indices: [String: Int]
    /// Patterns that were compiled already: many shapes share one.
    var patterns: [String: ConstraintPattern] = [:]

    init(indices: [String: Int]) {
        self.indices = indices
    }

    /// The shape of a line whose first four blanks split it.
    mutating func shape(from line: [Substring]) throws(ShapeTableError) -> Shape {
        let rest = Array(line[2...])
        switch line[0] {
        case "structure":
            return .structure(try members(rest.flatMap { $0.split(separator: " ") }, line))
        case "list" where rest.count == 3:
            return .list(element: try index(rest[0], line), length: try bounds(rest[1], rest[2], line))
        case "map":
            let fields = rest.flatMap { $0.split(separator: " ") }
            guard fields.count == 4 else { throw malformed(line) }
            return .map(
                key: try index(fields[0], line), value: try index(fields[1], line),
                length: try bounds(fields[2], fields[3], line))
        case "string" where rest.count == 2 || rest.count == 3:
            return .string(
                length: try bounds(rest[0], rest[1], line),
                pattern: rest.count == 3 ? try pattern(String(rest[2]), line) : nil)
        case "enumeration" where rest.count == 1:
            return .enumeration(rest[0].split(separator: "|").map(String.init))
        case "integer" where rest.count == 2:
            return .integer(try bounds(rest[0], rest[1], line))
        case "boolean" where rest.isEmpty: return .boolean
        case "timestamp" where rest.isEmpty: return .timestamp
        default: throw malformed(line)
        }
    }

    private func malformed(_ line: [Substring], _ reason: String = "it has no known form") -> ShapeTableError {
        ShapeTableError(line: line.joined(separator: " "), reason: reason)
    }

    private func members(_ fields: [Substring], _ line: [Substring]) throws(ShapeTableError) -> [Shape.Member] {
        var members: [Shape.Member] = []
        for field in fields {
            let parts = field.split(separator: ":")
            guard parts.count == 2 else { throw malformed(line) }
            let isRequired = parts[1].hasSuffix("!")
            let shape = try index(isRequired ? parts[1].dropLast() : parts[1], line)
            members.append(.init(name: String(parts[0]), shape: shape, isRequired: isRequired))
        }
        return members
    }

    private func index(_ name: Substring, _ line: [Substring]) throws(ShapeTableError) -> Int {
        guard let index = indices[String(name)] else { throw malformed(line, "there is no shape \(name)") }
        return index
    }

    private func bounds(
        _ minimum: Substring, _ maximum: Substring, _ line: [Substring]
    ) throws(ShapeTableError) -> Shape.Bounds {
        Shape.Bounds(minimum: try bound(minimum, line), maximum: try bound(maximum, line))
    }

    private func bound(_ field: Substring, _ line: [Substring]) throws(ShapeTableError) -> Int? {
        if field == "-" { return nil }
        guard let bound = Int(field) else { throw malformed(line, "\(field) is no bound") }
        return bound
    }

    private mutating func pattern(
        _ text: String, _ line: [Substring]
    ) throws(ShapeTableError) -> ConstraintPattern {
        if let pattern = patterns[text] { return pattern }
        do throws(UnsupportedPattern) {
            let pattern = try ConstraintPattern(text)
            patterns[text] = pattern
            return pattern
        } catch {
            throw malformed(line, error.description)
        }
    }
}
