/// Where in the run of a pipeline something of a name is made: an artifact, the variables of a namespace.
struct NamedPositions {
    /// Up to so many are looked through, more are hashed.
    private static let scanned = 16

    private var few: [(name: String, position: Position)] = []
    private var many: [String: [Position]] = [:]

    /// Adds what is made there; several may have one name.
    mutating func add(_ name: String, at position: Position) {
        if few.count < Self.scanned, many.isEmpty {
            few.append((name, position))
            return
        }
        for (name, position) in few { many[name, default: []].append(position) }
        few = []
        many[name, default: []].append(position)
    }

    /// Whether something of that name is there before what stands at the position begins.
    func has(_ name: String, before position: Position) -> Bool {
        for place in few.indices where few[place].name == name && few[place].position.precedes(position) {
            return true
        }
        return many.isEmpty ? false : (many[name] ?? []).contains { $0.precedes(position) }
    }
}
