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
        self.members = []
        self.members.reserveCapacity(members.count)
        if members.count <= Self.scannedMembers {
            for member in members {
                if let place = self.members.firstIndex(where: { $0.name == member.name }) {
                    self.members[place].value = member.value
                } else {
                    self.members.append(member)
                }
            }
            return
        }
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

    /// The value of that name, which may be `null`; nil when there is no such member.
    package subscript(name: String) -> JSONValue? {
        for member in members where member.name == name {
            return member.value
        }
        return nil
    }
}
