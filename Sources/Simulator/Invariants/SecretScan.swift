import Foundation
import PipelineEngine
import PipelineModel
import PipelineStore

/// I9: no secret stands in a row or an event that is not encrypted.
enum SecretScan {
    /// Whether a text holds the secret of all simulations.
    static func finds(in text: String?) -> Bool {
        guard let text, text.utf8.count >= secret.count else { return false }
        var rest = text.utf8[...]
        while let start = rest.firstIndex(of: secret[0]) {
            rest = rest[start...]
            if rest.starts(with: secret) { return true }
            rest = rest.dropFirst()
        }
        return false
    }

    private static let secret = Array(RandomDefinition.secret.utf8)

    /// The writes that show it where people and workers may look.
    static func violations(in writes: [RowWrite]) -> [String] {
        writes.compactMap { write in
            let isShown =
                switch write {
                case .attempt(let record, _): finds(in: record.attempt)
                case .job(let row): row.record.configuration.values.contains { finds(in: $0) }
                case .execution(let record, _): finds(in: record.statusSummary)
                case .enqueue(let request, _): finds(in: request.customData) || finds(in: request.externalEntityLink)
                default: false
                }
            return isShown ? "I9: a secret is written in clear: \(write)" : nil
        }
    }

    private static func finds(in attempt: CopyOnWrite<ActionAttempt>) -> Bool {
        attempt.configuration.values.contains { finds(in: $0) } || finds(in: attempt.summary)
            || finds(in: attempt.error?.message) || finds(in: attempt.externalExecutionUrl)
    }
}
