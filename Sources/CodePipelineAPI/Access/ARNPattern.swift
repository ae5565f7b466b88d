/// A pattern over ARNs, compared part by part as IAM does, so that a `*` for the region does not reach into the name.
package struct ARNPattern: Sendable, Equatable {
    private enum Form: Equatable {
        case everything
        /// The first five parts, then all the rest in one.
        case parts([WildcardPattern])
    }

    private let form: Form

    package init(_ pattern: String) {
        guard pattern != "*" else {
            form = .everything
            return
        }
        var parts = Self.parts(of: pattern).map(String.init)
        // AWS's own pages write the resource type of action types in both ways.
        if parts.count == 6, parts[5].lowercased().hasPrefix("actiontype:") {
            parts[5] = "actionType:" + parts[5].dropFirst("actionType:".count)
        }
        form = .parts(parts.map { WildcardPattern($0) })
    }

    /// Whether the resource fits. A resource that is no ARN (`*`, for actions that know none) fits `*` only.
    package func covers(_ resource: String) -> Bool {
        guard case .parts(let patterns) = form else { return true }
        let parts = Self.parts(of: resource)
        return patterns.count == parts.count && zip(patterns, parts).allSatisfy { $0.matches($1) }
    }

    private static func parts(of text: String) -> [Substring] {
        text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
    }
}
