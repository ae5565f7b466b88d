import PipelineEngine
import PipelineModel
import PipelineStore

/// The artifact store: what built-in actions have written, whole or in part.
struct SimulatedArtifacts {
    /// Bytes written of each key, and the checksum once all are there.
    private struct Object {
        var isWhole: Bool
        var checksum: UInt64
    }

    /// The attempt that a key was given to, as it stands.
    private struct Producer {
        var attempt: CopyOnWrite<ActionAttempt>
        /// A custom or a partner's worker may leave its artifacts out: nobody looks (Settled 16).
        var isBuiltIn: Bool
    }

    private var objects: [String: Object] = [:]
    private var producers: [String: Producer] = [:]

    /// A worker has begun to write the outputs of its job: readers would find a part.
    mutating func begin(_ job: CopyOnWrite<JobRecord>) {
        for output in job.outputs { objects[output.key] = Object(isWhole: false, checksum: 0) }
    }

    /// A worker has written the outputs of its job.
    mutating func finish(_ job: CopyOnWrite<JobRecord>) {
        for output in job.outputs {
            objects[output.key] = Object(isWhole: true, checksum: Self.checksum(output, of: job.actionExecutionID))
        }
    }

    /// The cleaner removes an artifact, as often as it takes.
    mutating func remove(_ artifact: ArtifactLocation) {
        objects[artifact.key] = nil
    }

    /// FNV-1a of what the action makes: the same for each try of the same attempt.
    private static func checksum(_ output: ArtifactLocation, of attempt: String) -> UInt64 {
        "\(attempt)/\(output.name)".utf8.reduce(0xCBF2_9CE4_8422_2325) {
            ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3
        }
    }

    /// I7: the outputs of a built-in action that succeeded are there, whole, and its own; and a job that is handed out
    /// has inputs that actions of its own execution have made.
    mutating func violations(in writes: [RowWrite], jobs: (String) -> CopyOnWrite<JobRecord>?) -> [String] {
        writes.compactMap { write in
            switch write {
            case .attempt(let record, _):
                let attempt = record.attempt
                let isBuiltIn = attempt.jobID.flatMap(jobs)?.typeID.isBuiltIn ?? false
                for output in attempt.outputs {
                    producers[output.key] = Producer(attempt: attempt, isBuiltIn: isBuiltIn)
                }
                return missing(of: record)
            case .job(let row) where row.record.status == .dispatched || row.record.status == .inProgress:
                return row.record.inputs.compactMap { problem($0, of: row.record) }.first
            default: return nil
            }
        }
    }

    /// What a built-in action that succeeded has not made; nil if all is there.
    func missing(of record: AttemptRecord) -> String? {
        guard record.attempt.status == .succeeded else { return nil }
        for output in record.attempt.outputs where producers[output.key]?.isBuiltIn ?? false {
            guard isWhole(output, of: record.attempt) else {
                return "I7: \(record.stage)/\(record.action) succeeded without its artifact \(output.name)"
            }
        }
        return nil
    }

    private func isWhole(_ output: ArtifactLocation, of attempt: CopyOnWrite<ActionAttempt>) -> Bool {
        guard let object = objects[output.key], object.isWhole else { return false }
        return object.checksum == Self.checksum(output, of: attempt.actionExecutionID)
    }

    private func problem(_ input: ArtifactLocation, of job: CopyOnWrite<JobRecord>) -> String? {
        let place = "\(job.stage)/\(job.action)"
        guard let producer = producers[input.key], producer.attempt.executionID == job.executionID else {
            return "I7: \(place) gets \(input.name), which nothing of its execution makes"
        }
        guard producer.attempt.status == .succeeded else {
            return "I7: \(place) gets \(input.name), and the action that makes it has not succeeded"
        }
        guard !producer.isBuiltIn || isWhole(input, of: producer.attempt) else {
            return "I7: \(place) gets \(input.name), which is not all there"
        }
        return nil
    }
}
