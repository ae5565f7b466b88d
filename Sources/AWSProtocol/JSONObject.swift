/// The members of a JSON object, in the order of the document. Names are unique: of duplicates the last value counts.
///
/// Names are compared as Swift compares strings, so two spellings of one character are the same name.
package struct JSONObject: Hashable, Sendable {
    /// One name with its value.
    package struct Member: Hashable, Sendable {
        /// The name, unescaped.
        package let name: String
        /// What the last member of that name holds.
        package internal(set) var value: JSONValue

        /// A member of that name.
        package init(name: String, value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    /// The members, each name once.
    package private(set) var members: [Member]

    /// An object without members.
    package init() {
        members = []
    }

    /// Objects up to this size look for a duplicate name by scanning, larger ones by hashing.
    private static let scannedMembers = 16

    /// Takes members that may repeat a name: the last one's value stands at the place of the first.
    package init(_ members: [Member]) {
        if members.count <= Self.scannedMembers, !Self.repeatsName(members) {
            self.members = members
            return
        }
        self.members = []
        self.members.reserveCapacity(members.count)
        var places: [String: Int] = [:]
        places.reserveCapacity(members.count)
        for member in members {
            if let place = places[member.name] {
                self.members[place].value = member.value
            } else {
                places[member.name] = self.members.count
                self.members.append(member)
            }
        }
    }

    private static func repeatsName(_ members: [Member]) -> Bool {
        for index in members.indices.dropFirst() {
            for earlier in 0..<index where members[earlier].name == members[index].name { return true }
        }
        return false
    }

    /// The value of that name, which may be `null`; nil when there is no such member.
    package subscript(name: String) -> JSONValue? {
        for index in members.indices where members[index].name == name {
            return members[index].value
        }
        return nil
    }
}
