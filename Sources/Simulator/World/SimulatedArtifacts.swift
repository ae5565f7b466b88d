import PipelineEngine
import PipelineModel

/// The artifact store: what built-in actions have written, whole or in part.
struct SimulatedArtifacts {
    /// Bytes written of each key, and the checksum once all are there.
    private struct Object {
        var isWhole: Bool
        var checksum: UInt64
    }

    private var objects: [String: Object] = [:]

    /// A worker has begun to write the outputs of its job: readers would find a part.
    mutating func begin(_ job: CopyOnWrite<JobRecord>) {
        for output in job.outputs { objects[output.key] = Object(isWhole: false, checksum: 0) }
    }

    /// A worker has written the outputs of its job.
    mutating func finish(_ job: CopyOnWrite<JobRecord>) {
        for output in job.outputs { objects[output.key] = Object(isWhole: true, checksum: Self.checksum(output, job)) }
    }

    /// FNV-1a of what the action makes: the same for each try of the same attempt.
    private static func checksum(_ output: ArtifactLocation, _ job: CopyOnWrite<JobRecord>) -> UInt64 {
        "\(job.actionExecutionID)/\(output.name)".utf8.reduce(0xCBF2_9CE4_8422_2325) {
            ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3
        }
    }

    /// I7: the outputs of a built-in action that succeeded are there, whole, and its own; its consumers' inputs too.
    func violations(in writes: [RowWrite], jobs: (String) -> CopyOnWrite<JobRecord>?) -> [String] {
        writes.compactMap { write in
            guard case .attempt(let record, _) = write, record.attempt.status == .succeeded,
                let job = record.attempt.jobID.flatMap(jobs), job.typeID.isBuiltIn
            else { return nil }
            for output in record.attempt.outputs {
                guard let object = objects[output.key], object.isWhole, object.checksum == Self.checksum(output, job)
                else { return "I7: \(record.stage)/\(record.action) succeeded without its artifact \(output.name)" }
            }
            return nil
        }
    }
}
