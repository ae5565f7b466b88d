/// An approval as its notification names it.
struct OpenedApproval: Sendable {
    var pipeline: String
    var stage: String
    var action: String
    var token: String
}
