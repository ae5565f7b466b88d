extension ShapeTable {
    /// Which constraints of the model a check enforces.
    package enum Enforcement: Sendable {
        /// All of them: what a request must satisfy.
        case everything
        /// That required members are there, and no more: what a document of our own must satisfy to be read.
        case requiredMembers
    }

    /// How many violations one message lists and counts. AWS's own limit, if it has one, is not known; this one keeps a
    /// hostile body of 8 MiB from making a reply of a gigabyte.
    package static let maximumViolations = 1000

    /// Refuses a document that breaks constraints with one `ValidationException` that lists every violation: members in
    /// the order of the model, lists in that of the document (semantics-core 2). The JSON types must have been checked.
    package func checkConstraints(
        of document: JSONValue, as shape: Int, enforcing enforcement: Enforcement = .everything
    ) throws(AWSServiceError) {
        var check = ConstraintCheck(table: self, enforcement: enforcement)
        check.visit(document, as: shape)
        if check.violations.isEmpty { return }
        let count = check.violations.count
        let noun = count == 1 ? "error" : "errors"
        let list = check.violations.joined(separator: "; ")
        throw AWSServiceError("ValidationException", "\(count) validation \(noun) detected: \(list)")
    }
}

/// One walk over a document.
private struct ConstraintCheck {
    /// A step of the path to the value that is looked at.
    enum Step {
        case member(String)
        case element(Int)
        case key(String)
    }

    let table: ShapeTable
    let enforcement: ShapeTable.Enforcement
    var violations: [String] = []
    private var path: [Step] = []

    init(table: ShapeTable, enforcement: ShapeTable.Enforcement) {
        self.table = table
        self.enforcement = enforcement
    }

    /// Checks a value that is not null, and all that is in it.
    mutating func visit(_ value: JSONValue, as shape: Int) {
        guard violations.count < ShapeTable.maximumViolations else { return }
        if enforcement == .everything { checkOwnConstraints(value, shape) }
        switch (table.shapes[shape], value) {
        case (.structure(let members), .object(let object)):
            visitMembers(members, of: object)
        case (.list(let element, _), .array(let elements)):
            var number = 0
            for value in elements where !value.isNull {
                number += 1
                visit(value, as: element, at: .element(number))
            }
        case (.map(let key, let element, _), .object(let object)):
            visitEntries(of: object, key: key, value: element)
        default:
            return
        }
    }

    private mutating func visit(_ value: JSONValue, as shape: Int, at step: Step) {
        path.append(step)
        visit(value, as: shape)
        path.removeLast()
    }

    private mutating func visitMembers(_ members: [Shape.Member], of object: JSONObject) {
        for member in members {
            if let value = object[member.name], !value.isNull {
                visit(value, as: member.shape, at: .member(member.name))
            } else if member.isRequired {
                path.append(.member(member.name))
                report(Constraint.required.text)
                path.removeLast()
            }
        }
    }

    /// Keys and scalar values answer together, at the path of the map. Structures in a map have paths of their own,
    /// which name the key: those are visited where the key is sound.
    private mutating func visitEntries(of object: JSONObject, key: Int, value: Int) {
        let entries = object.members.filter { !$0.value.isNull }
        let keyConstraints = table.constraints[key]
        let soundEntries = entries.filter { entry in
            keyConstraints.allSatisfy { $0.holds(for: .string(entry.name)) }
        }
        if soundEntries.count < entries.count, enforcement == .everything {
            report("Map keys must satisfy constraint: \(bracket(key))")
        }
        if case .structure = table.shapes[value] {
            let visited = enforcement == .everything ? soundEntries : entries
            for entry in visited { visit(entry.value, as: value, at: .key(entry.name)) }
            return
        }
        guard enforcement == .everything else { return }
        let constraints = table.constraints[value]
        if entries.contains(where: { entry in !constraints.allSatisfy { $0.holds(for: entry.value) } }) {
            report("Map value must satisfy constraint: \(bracket(value))")
        }
    }

    private func bracket(_ shape: Int) -> String {
        "[\(table.shapes[shape].bracketedConstraints.map(\.text).joined(separator: ", "))]"
    }

    private mutating func checkOwnConstraints(_ value: JSONValue, _ shape: Int) {
        for constraint in table.constraints[shape] where !constraint.holds(for: value) {
            report(constraint.text)
        }
    }

    private mutating func report(_ constraint: String) {
        guard violations.count < ShapeTable.maximumViolations else { return }
        violations.append("Value at '\(pathText)' failed to satisfy constraint: \(constraint)")
    }

    /// `pipeline.stages.1.member.name`: elements count from 1, and elements and entries are followed by `member`.
    private var pathText: String {
        path.map { step in
            switch step {
            case .member(let name): name
            case .element(let number): "\(number).member"
            case .key(let key): "\(key).member"
            }
        }.joined(separator: ".")
    }
}
