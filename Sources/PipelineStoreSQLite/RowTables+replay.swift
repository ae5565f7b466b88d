import GRDB

/// What a server that was killed has left in the redo log.
extension RowTables {
    /// Takes over the entries that the tables don't have.
    ///
    /// - Throws: `DatabaseError`, ``StoreError/failed(_:)`` for an entry that can't be read.
    func replay(_ log: RedoFile) throws {
        var replay = RedoReplay(into: self)
        try log.readAll { try replay.take($0) }
        try replay.finish()
        log.beginRound()
        try settled(log.last)
    }

    /// Notes that the entries of the redo log up to this one are in the tables.
    func settled(_ entry: Int64) throws {
        try run("UPDATE redo SET settled = ?", [.integer(entry)])
    }
}
