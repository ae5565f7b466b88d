import Foundation
import GRDB
import PipelineEngine
import PipelineModel
import PipelineStore

/// What a transaction sees: its own changes, what is committed and waits for its table, and the tables.
extension SQLiteTransaction {
    func declaration(_ name: String) throws -> DeclarationRow? {
        try pipeline(name).map(DeclarationRow.init)
    }

    func execution(_ id: String, ofPipeline pipelineID: Int64) throws -> ExecutionRecord? {
        try settle()
        return try reader.execution(id, ofPipeline: pipelineID)
    }

    func endedExecutions(before instant: Timestamp, after last: ExecutionRow?, limit: Int) throws -> [ExecutionRow] {
        try settle()
        return try reader.endedExecutions(before: instant, after: last, limit: limit)
    }

    func attempt(_ actionExecutionID: String) throws -> AttemptRecord? {
        try settle()
        return try reader.attempt(actionExecutionID)
    }

    func attempts(ofExecution id: String, limit: Int) throws -> [AttemptRecord] {
        try settle()
        return try reader.attempts(ofExecution: id, limit: limit)
    }

    func lastAttempt() throws -> AttemptRecord? {
        try settle()
        return try reader.lastAttempt()
    }

    func job(_ id: String) throws -> JobRow? {
        if case .job(let row) = caches.redo[.job(id)] { return row }
        switch caches.jobs.inTransaction(id) {
        case .row(let row): return row
        case .deleted: return nil
        case .unknown:
            let row = try reader.job(id)
            if let row { caches.jobs.fill(row, forKey: id, readAt: caches.jobs.generation) }
            return row
        }
    }

    func queuedJobs(
        of type: ActionTypeID, queryValue: String?, at now: Timestamp, limit: Int
    ) throws -> [JobRow] {
        try reader.readableJobs(limit: limit, job: job) {
            try queuedJobIDs(of: type, queryValue: queryValue, at: now, limit: $0)
        }
    }

    /// What the table has, without the rows that are outdated, and what is to come to it.
    private func queuedJobIDs(
        of type: ActionTypeID, queryValue: String?, at now: Timestamp, limit: Int
    ) throws -> [String] {
        let redo = caches.redo
        let queue = RedoLog.Queue(typeID: type, queryValue: queryValue)
        var pending = redo.queuedJobs(in: queue, at: now, limit: limit)[...]
        let start = redo.start(of: queue)
        // Every row of the table is outdated: others come to it only when the log is settled.
        if start == RedoLog.endOfQueue { return pending.map(\.id) }
        var passedOver = 0
        let ids = try reader.queue(of: type, queryValue: queryValue, since: start) { next in
            var ids: [String] = []
            var first: Timestamp?
            while ids.count < limit, passedOver <= RedoLog.maximumPassedOver {
                let job = try next()
                if let job, redo[.job(job.id)] != nil {
                    passedOver += 1
                    continue
                }
                if first == nil {
                    let found = job?.createdAt ?? RedoLog.endOfQueue
                    first = found
                    redo.keepStart(found, of: queue)
                }
                // Of the same instant the table's come first: they were queued before.
                while ids.count < limit, let other = pending.first, job.map({ other.createdAt < $0.createdAt }) ?? true
                {
                    ids.append(other.id)
                    pending.removeFirst()
                }
                guard let job else { break }
                if ids.count < limit, job.availableAt <= now { ids.append(job.id) }
            }
            return ids
        }
        guard passedOver > RedoLog.maximumPassedOver else { return ids }
        try settle()
        return try queuedJobIDs(of: type, queryValue: queryValue, at: now, limit: limit)
    }

    func liveJobs() throws -> [JobRow] {
        try settle()
        return try reader.liveJobs()
    }

    func dueTimers(at now: Timestamp, limit: Int) throws -> [PipelineEngine.Timer] {
        try settle()
        return try reader.dueTimers(at: now, limit: limit)
    }

    func nextTimer() throws -> Timestamp? {
        try settle()
        return try reader.nextTimer()
    }

    func dueOutbox(at now: Timestamp, limit: Int) throws -> [OutboxRow] { try reader.dueOutbox(at: now, limit: limit) }

    func nextOutbox() throws -> Timestamp? { try reader.nextOutbox() }

    func customActionTypes() throws -> [CustomActionTypeRow] { try reader.customActionTypes() }

    func sourceMarks(ofPipeline id: Int64) throws -> [SourceMark] { try reader.sourceMarks(ofPipeline: id) }

    func reply(toCall call: String) throws -> [UInt8]? {
        if case .reply(let sealed, _, _) = caches.redo[.reply(call)] { return try reader.sealer.open(Data(sealed)) }
        return try reader.reply(toCall: call)
    }

    func execution(startedWith token: String, ofPipeline id: Int64) throws -> String? {
        if case .startToken(_, let execution, _) = caches.redo[.startToken(token, pipelineID: id)] { return execution }
        return try reader.execution(startedWith: token, ofPipeline: id)
    }
}
