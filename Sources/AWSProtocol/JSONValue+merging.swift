/// Merge patches of RFC 7396.
extension JSONValue {
    /// What a patch makes of this document: its objects merge member by member, null takes a member away, and anything
    /// else takes the place of what was there.
    package func merging(_ patch: JSONValue) -> JSONValue {
        guard case .object(let changes) = patch else { return patch }
        var members: [JSONObject.Member] = []
        for member in object?.members ?? [] {
            guard let change = changes[member.name] else {
                members.append(member)
                continue
            }
            if !change.isNull { members.append(.init(name: member.name, value: member.value.merging(change))) }
        }
        for change in changes.members where object?[change.name] == nil && !change.value.isNull {
            members.append(.init(name: change.name, value: JSONValue.null.merging(change.value)))
        }
        return .object(JSONObject(members))
    }
}
