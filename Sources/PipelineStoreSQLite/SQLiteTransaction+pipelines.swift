import Foundation
import GRDB
import PipelineEngine
import PipelineModel
import PipelineStore

/// Pipelines, their versions and their sources.
extension SQLiteTransaction {
    func pipeline(_ name: String) throws -> PipelineRow? {
        try shared(name)?.value
    }

    /// What memory has of a pipeline, as the transaction sees it.
    private enum InMemory {
        case row(CopyOnWrite<PipelineRow>)
        /// All but the live state, which the table has.
        case resting(RowChange.RestingVersion)
        case deleted
        case unknown
    }

    private func memory(of name: String) -> InMemory {
        switch caches.redo[.state(name)] {
        case .state(let row), .pipeline(let row, _): return .row(row)
        case .resting(let resting): return .resting(resting)
        default: break
        }
        return switch caches.pipelines.inTransaction(name) {
        case .row(let row): .row(row)
        case .deleted: .deleted
        case .unknown: .unknown
        }
    }

    /// What the transaction sees of a pipeline, all of it.
    private func shared(_ name: String) throws -> CopyOnWrite<PipelineRow>? {
        switch memory(of: name) {
        case .row(let row): return row
        case .resting(let resting): return try reader.state(name).map { try whole($0, resting) }
        case .deleted: return nil
        case .unknown:
            // This transaction has not changed it, so it is what is committed.
            let row = try reader.pipeline(name).map(CopyOnWrite.init)
            if let row { caches.pipelines.fill(row, forKey: name, readAt: caches.pipelines.generation) }
            return row
        }
    }

    /// A pipeline whose table has the live state, and the log its version.
    private func whole(
        _ row: PipelineStateRow, _ resting: RowChange.RestingVersion
    ) throws -> CopyOnWrite<PipelineRow> {
        let number = resting.head.version
        guard let version = try version(number, ofPipeline: row.id) else {
            throw StoreError.failed("version \(number) of \(resting.head.name) is not there")
        }
        var state = row.state
        state.updated = resting.updated
        return CopyOnWrite(
            PipelineRow(
                id: row.id, version: number, definition: version.definition, declaration: version.declaration,
                state: state))
    }

    /// Keeps nothing in memory: who asks is about to make another state and another version of it.
    func state(_ name: String) throws -> PipelineStateRow? {
        switch memory(of: name) {
        case .row(let row): return PipelineStateRow(of: row.value)
        case .resting(let resting):
            guard var row = try reader.state(name) else { return nil }
            row.version = resting.head.version
            row.state.updated = resting.updated
            return row
        case .deleted: return nil
        case .unknown: return try reader.state(name)
        }
    }

    /// Nothing is read where memory has it.
    func currentVersion(_ name: String) throws -> CurrentVersionRow? {
        switch memory(of: name) {
        case .row(let row): return CurrentVersionRow(of: row.value)
        case .resting(let resting): return resting.pipeline
        case .deleted: return nil
        case .unknown: return try reader.currentVersion(name)
        }
    }

    func insertPipeline(
        _ version: PipelineVersionRow, state: PipelineState, pipelineType: String
    ) throws -> PipelineRow {
        let name = version.definition.name
        // Here and not in the table, which is told of it when its creation is history.
        guard try !isTaken(name) else { throw StoreError.failed("the pipeline \(name) exists already") }
        if caches.redo.isTooMany { try settle() }
        let row = PipelineRow(
            id: try caches.redo.takePipelineID(in: database), version: version.version, definition: version.definition,
            declaration: version.declaration, state: state)
        let head = PipelineHead(of: version, pipelineType: pipelineType, isNew: true)
        let shared = CopyOnWrite(row)
        try caches.redo.put(.pipeline(shared, head), in: database)
        try put(.version(record(of: version, at: state.updated), pipelineID: row.id))
        caches.saveVersion(of: shared)
        return row
    }

    private func isTaken(_ name: String) throws -> Bool {
        switch memory(of: name) {
        case .row, .resting: return true
        case .deleted: return false
        case .unknown:
            return try !database.read("SELECT 1 FROM pipelines WHERE name = ?", [.text(name)], { _ in }).isEmpty
        }
    }

    private func record(of version: PipelineVersionRow, at instant: Timestamp) throws -> VersionRecord {
        var sealed: [UInt8]?
        if !version.secrets.isEmpty {
            let stored = version.secrets.map { SQLiteReader.StoredSecret(reference: $0.key, value: $0.value) }
            sealed = Array(try reader.sealer.seal(encode(stored)))
        }
        return VersionRecord(
            version: version.version, declaration: version.declaration,
            definition: version.definition.document(reservingCapacity: 4096), sealedSecrets: sealed, created: instant)
    }

    func insertVersion(
        _ version: PipelineVersionRow, pipelineType: String, state: PipelineState, of row: PipelineStateRow
    ) throws {
        let name = version.definition.name
        try prepare(version, of: name, behind: row.version)
        try put(.version(record(of: version, at: state.updated), pipelineID: row.id))
        let next = CopyOnWrite(
            PipelineRow(
                id: row.id, version: version.version, definition: version.definition, declaration: version.declaration,
                state: state))
        let head = PipelineHead(of: version, pipelineType: pipelineType, isNew: false)
        try caches.redo.put(.pipeline(next, head), changedFrom: .state(CopyOnWrite(row.state)), in: database)
        caches.saveVersion(of: next)
    }

    func insertVersion(
        _ version: PipelineVersionRow, pipelineType: String, at instant: Timestamp, of row: CurrentVersionRow
    ) throws {
        let name = version.definition.name
        // Memory's state is changed too.
        if case .row(let pipeline) = memory(of: name) {
            let row = PipelineStateRow(of: pipeline.value)
            var state = row.state
            state.updated = instant
            return try insertVersion(version, pipelineType: pipelineType, state: state, of: row)
        }
        try prepare(version, of: name, behind: row.version)
        try put(.version(record(of: version, at: instant), pipelineID: row.id))
        var pipeline = row
        pipeline.version = version.version
        let head = PipelineHead(of: version, pipelineType: pipelineType, isNew: false)
        try put(.resting(RowChange.RestingVersion(pipeline: pipeline, head: head, updated: instant)))
        // Somebody may have read the pipeline as it was.
        caches.pipelines.forget(name)
        caches.declarations.save(
            DeclarationRow(id: row.id, created: row.created, updated: instant, declaration: version.declaration),
            forKey: name)
    }

    /// - Parameter known: the version that the caller has seen.
    private func prepare(_ version: PipelineVersionRow, of name: String, behind known: Int) throws {
        let last =
            switch caches.redo[.state(name)] {
            case .state(let row), .pipeline(let row, _): row.version
            case .resting(let resting): resting.head.version
            default: known
            }
        guard version.version > last else {
            throw StoreError.failed("version \(version.version) of \(name) exists already")
        }
        if caches.redo.isTooMany { try settle() }
    }

    func saveState(of row: PipelineRow) throws {
        // Who asks for the declaration alone sees when it was changed last.
        let before = try shared(row.definition.name)
        let isUpdate = before?.withPlace { $0.pointee.state.updated } != row.state.updated
        if isUpdate { try settle() }
        let row = CopyOnWrite(row)
        let isPending = try caches.redo.put(.state(row), changedFrom: before.map { .row($0) }, in: database)
        if isUpdate { caches.saveVersion(of: row) } else if !isPending { caches.saveState(of: row) }
    }

    func deletePipeline(_ row: PipelineRow) throws {
        try settle()
        try run("DELETE FROM pipelines WHERE id = ?", [.integer(row.id)])
        try run("DELETE FROM pipeline_states WHERE pipeline_id = ?", [.integer(row.id)])
        try run("DELETE FROM source_marks WHERE pipeline_id = ?", [.integer(row.id)])
        try run("DELETE FROM sources WHERE pipeline_id = ?", [.integer(row.id)])
        caches.delete(row)
    }

    func version(_ version: Int, ofPipeline id: Int64) throws -> PipelineVersionRow? {
        guard case .version(let record, _) = caches.redo[.version(version, pipelineID: id)] else {
            return try reader.version(version, ofPipeline: id)
        }
        return PipelineVersionRow(
            version: version, declaration: record.declaration,
            definition: try SQLiteReader.record(PipelineDefinition.self, from: Data(record.definition)),
            secrets: try reader.secrets(sealed: record.sealedSecrets.map { Data($0) }))
    }

    func pipelineSummaries(after name: String?, limit: Int) throws -> [PipelineSummaryRow] {
        try settle()
        return try reader.pipelineSummaries(after: name, limit: limit)
    }

    func pipelineCount() throws -> Int { try reader.pipelineCount() + caches.redo.newPipelines }

    // MARK: Sources

    /// Most updates leave the sources as they are.
    func replaceSources(ofPipeline id: Int64, with sources: [SourceRow]) throws {
        let known: [SourceRow]
        if case .sources(let waiting, _) = caches.redo[.sources(pipelineID: id)] {
            known = waiting
        } else {
            known = try reader.sources(ofPipeline: id)
        }
        if !Self.areSame(known, sources) { try put(.sources(sources, pipelineID: id)) }
    }

    func sources(ofObject bucket: String, key: String) throws -> [SourceRow] {
        if caches.redo.hasSources { try settle() }
        return try reader.sources(ofObject: bucket, key: key)
    }

    func polledPipelines() throws -> [String] {
        if caches.redo.hasSources { try settle() }
        return try reader.polledPipelines()
    }

    /// Whether they are the same bytes, in whatever order: texts may be equal and yet not be found by each other's bytes.
    private static func areSame(_ some: [SourceRow], _ others: [SourceRow]) -> Bool {
        guard some.count == others.count else { return false }
        func isSame(_ one: String?, _ other: String?) -> Bool {
            one.map { Array($0.utf8) } == other.map { Array($0.utf8) }
        }
        return some.allSatisfy { one in
            others.contains { other in
                one == other && isSame(one.bucket, other.bucket) && isSame(one.key, other.key)
            }
        }
    }
}
