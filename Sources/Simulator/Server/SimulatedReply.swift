import PipelineEngine
import PipelineModel

/// What a call gives back; kept as text for the same call sent again.
enum SimulatedReply: Sendable, Equatable {
    case done
    case version(Int)
    case execution(String, isNew: Bool)
    case approved(Timestamp)
    case acknowledged(JobStatus)
    case jobs([HandedOutJob])

    /// A job of a poll. `secret` is what the worker gets of a secret property.
    struct HandedOutJob: Sendable, Equatable {
        var id: String
        var nonce: String
        var secret: String?
    }

    /// As it is stored.
    var text: String {
        switch self {
        case .done: "done"
        case .version(let version): "version \(version)"
        case .execution(let id, let isNew): "execution \(id) \(isNew)"
        case .approved(let instant): "approved \(instant.milliseconds)"
        case .acknowledged(let status): "acknowledged \(status.rawValue)"
        case .jobs(let jobs): jobs.reduce(into: "jobs") { $0 += " \($1.id)/\($1.nonce)/\($1.secret ?? "")" }
        }
    }

    /// Reads ``text``; nil for anything else.
    init?(text: String) {
        let words = text.split(separator: " ").map(String.init)
        switch (words.first, words.count) {
        case ("done", 1): self = .done
        case ("version", 2): self = .version(Int(words[1]) ?? 0)
        case ("execution", 3): self = .execution(words[1], isNew: words[2] == "true")
        case ("approved", 2): self = .approved(Timestamp(milliseconds: Int64(words[1]) ?? 0))
        case ("acknowledged", 2):
            guard let status = JobStatus(rawValue: words[1]) else { return nil }
            self = .acknowledged(status)
        case ("jobs", _):
            self = .jobs(
                words.dropFirst().map { word in
                    let parts = word.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
                    return HandedOutJob(id: parts[0], nonce: parts[1], secret: parts[2].isEmpty ? nil : parts[2])
                })
        default: return nil
        }
    }
}
