import Foundation
import PipelineEngine
import PipelineModel
import PipelineStore

/// The database beside the rows that it was given: I1, what was committed is there, and nothing else.
extension SimulatedServer {
    /// What a restart must find again, all of it. In memory: live states survive their encoding.
    func differences() async throws -> [String] {
        let tables = rows.look { $0 }
        guard disk != nil else { return Self.unstableStates(tables) }
        return try await store.read { reader in
            var found = try Self.differences(reader, tables, pipelines: tables.names)
            for (id, stored) in tables.executions {
                let row = try reader.execution(id, ofPipeline: stored.pipelineID)
                if row != stored.record { found.append("I1: execution \(id) is not on disk as it was committed") }
            }
            for (id, stored) in tables.attempts where try reader.attempt(id) != stored.record {
                found.append("I1: attempt \(id) is not on disk as it was committed")
            }
            for (id, stored) in tables.jobs where try reader.job(id) != stored.row {
                found.append("I1: job \(id) is not on disk as it was committed")
            }
            for (call, stored) in tables.replies where try reader.reply(toCall: call) != stored.bytes {
                found.append("I1: the reply to \(call) is not on disk as it was committed")
            }
            for (key, execution) in tables.startTokens
            where try reader.execution(startedWith: key.token, ofPipeline: key.pipelineID) != execution {
                found.append("I1: start token \(key.token) is not on disk")
            }
            for (key, version) in tables.versions {
                let row = try reader.version(key.version, ofPipeline: key.pipelineID)
                let isEqual = row?.definition == version.definition && row?.secrets == version.secrets
                if !isEqual { found.append("I1: version \(key.version) of \(version.definition.name) differs") }
            }
            return found
        }
    }

    /// The rows that transactions have written, read back.
    func differences(after writes: [RowWrite]) async throws -> [String] {
        guard disk != nil else { return [] }
        let tables = rows.look { $0 }
        let names = Set(writes.compactMap(\.pipeline)).sorted()
        var found = try await store.read { reader in
            var found = try Self.differences(reader, tables, pipelines: names)
            var seen: Set<String> = []
            for write in writes {
                guard let name = write.row, seen.insert(name).inserted else { continue }
                if try !Self.isEqual(write, reader, tables) {
                    found.append("I1: \(name) is not on disk as it was committed")
                }
            }
            return found
        }
        for name in names {
            let cached = store.cachedPipeline(name)
            if let cached, cached.state != tables.pipelines[name]?.row.state {
                found.append("I1: the state of \(name) in memory is not the committed one")
            }
        }
        return found
    }

    private static func isEqual(
        _ write: RowWrite, _ reader: any PipelineReader, _ tables: MemoryTables
    ) throws -> Bool {
        switch write {
        case .execution(let record, let id):
            return try reader.execution(record.id, ofPipeline: id) == tables.executions[record.id]?.record
        case .attempt(let record, _):
            let id = record.attempt.actionExecutionID
            return try reader.attempt(id) == tables.attempts[id]?.record
        case .job(let row): return try reader.job(row.record.id) == tables.jobs[row.record.id]?.row
        case .reply(_, let call, _): return try reader.reply(toCall: call) == tables.replies[call]?.bytes
        case .startToken(let token, _, let id):
            let key = MemoryTables.TokenKey(pipelineID: id, token: token)
            return try reader.execution(startedWith: token, ofPipeline: id) == tables.startTokens[key]
        case .removeExecution(let id, let attempts, _):
            let left = try reader.attempts(ofExecution: id, limit: .max).map(\.attempt.actionExecutionID)
            let expected = tables.attempts.values.filter { $0.record.attempt.executionID == id }
            return try left.allSatisfy { tables.attempts[$0] != nil } && left.count == expected.count
                && attempts.allSatisfy { try reader.attempt($0) == tables.attempts[$0]?.record }
        default: return true
        }
    }

    private static func differences(
        _ reader: any PipelineReader, _ tables: MemoryTables, pipelines: [String]
    ) throws -> [String] {
        var found: [String] = []
        for name in pipelines {
            let row = try reader.pipeline(name)
            let expected = tables.pipelines[name]?.row
            let isEqual =
                row?.id == expected?.id && row?.version == expected?.version && row?.state == expected?.state
                && row?.definition == expected?.definition
            if !isEqual { found.append("I1: pipeline \(name) is not on disk as it was committed") }
        }
        if try reader.pipelineCount() != tables.pipelines.count { found.append("I1: other pipelines are on disk") }
        let end = Timestamp(milliseconds: .max)
        if try Set(reader.dueTimers(at: end, limit: .max)) != Set(tables.timers.values) {
            found.append("I1: the timers on disk are not the committed ones")
        }
        if try reader.dueOutbox(at: end, limit: .max).sorted(by: { $0.id < $1.id })
            != tables.outbox.values.sorted(by: { $0.id < $1.id })
        {
            found.append("I1: the notifications on disk are not the committed ones")
        }
        if try Set(reader.liveJobs().map(\.record.id)) != tables.openJobs {
            found.append("I1: the live jobs on disk are not the committed ones")
        }
        if try reader.customActionTypes() != MemoryTransaction(reading: tables).customActionTypes() {
            found.append("I1: the custom action types on disk are not the committed ones")
        }
        return found
    }

    private static func unstableStates(_ tables: MemoryTables) -> [String] {
        tables.names.compactMap { name in
            guard let state = tables.pipelines[name]?.row.state else { return nil }
            let copy = try? JSONDecoder().decode(PipelineState.self, from: JSONEncoder().encode(state))
            return copy == state ? nil : "I1: the state of \(name) does not survive its encoding"
        }
    }
}
