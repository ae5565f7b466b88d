import AWSProtocol

/// The members of an object on their way into a structure, which takes each of its own once.
///
/// What was taken is not looked at again, and once nothing is left, absent members cost nothing: most structures have many
/// members, and most documents few of them.
struct WireMembers {
    private let members: [JSONObject.Member]
    /// One bit for each of the first 64 members that was not taken yet. Further ones are looked at each time.
    private var left: UInt64

    /// The members of a value that the checks have found to be an object.
    init(of value: JSONValue) {
        guard case .object(let object) = value else { unchecked("structure") }
        members = object.members
        left = members.count < UInt64.bitWidth ? 1 << UInt64(members.count) - 1 : .max
    }

    /// Reads a member that the checks have found to be there.
    mutating func required<Value: WireValue>(_ name: String) -> Value {
        guard let index = take(name) else { unchecked("required member") }
        return Value(from: members[index].value)
    }

    /// Reads a member that may be absent or null.
    mutating func optional<Value: WireValue>(_ name: String) -> Value? {
        guard let index = take(name), !members[index].value.isNull else { return nil }
        return Value(from: members[index].value)
    }

    private mutating func take(_ name: String) -> Int? {
        var rest = left
        while rest != 0 {
            let index = rest.trailingZeroBitCount
            if members[index].name == name {
                left &= ~(1 << UInt64(index))
                return index
            }
            rest &= rest - 1
        }
        guard members.count > UInt64.bitWidth else { return nil }
        return members.indices.dropFirst(UInt64.bitWidth).first { members[$0].name == name }
    }
}
