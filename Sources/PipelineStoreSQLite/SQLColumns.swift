import GRDB
import GRDBSQLite
import PipelineStore

/// The columns of the row that a statement stands at.
struct SQLColumns {
    fileprivate let statement: OpaquePointer

    func integer(_ column: CInt) -> Int64 { sqlite3_column_int64(statement, column) }

    func flag(_ column: CInt) -> Bool { integer(column) != 0 }

    /// Nil for NULL.
    func optionalText(_ column: CInt) -> String? {
        guard let text = sqlite3_column_text(statement, column) else { return nil }
        let count = Int(sqlite3_column_bytes(statement, column))
        return String(decoding: UnsafeBufferPointer(start: text, count: count), as: UTF8.self)
    }

    func text(_ column: CInt) -> String { optionalText(column) ?? "" }

    /// Empty for NULL.
    func blob(_ column: CInt) -> [UInt8] {
        guard let bytes = sqlite3_column_blob(statement, column) else { return [] }
        let count = Int(sqlite3_column_bytes(statement, column))
        return Array(UnsafeRawBufferPointer(start: bytes, count: count))
    }
}

extension Row {
    /// The value of a column. One of another type than its table declares is told, not trapped over: a file may be damaged.
    ///
    /// - Throws: ``StoreError/failed(_:)``.
    subscript<Value: DatabaseValueConvertible & StatementColumnConvertible>(column index: Int) -> Value {
        get throws { try Self.told(of: "\(index)") { try decode(Value.self, atIndex: index) } }
    }

    /// The value of a column, found by its name.
    ///
    /// - Throws: ``StoreError/failed(_:)``.
    subscript<Value: DatabaseValueConvertible & StatementColumnConvertible>(column name: String) -> Value {
        get throws { try Self.told(of: name) { try decode(Value.self, forColumn: name) } }
    }

    @inline(__always)
    private static func told<Value>(
        of column: @autoclosure () -> String, _ decode: () throws -> Value
    ) throws -> Value {
        guard let value = try? decode() else {
            throw StoreError.failed("the database is damaged: column \(column()) of a row has no \(Value.self)")
        }
        return value
    }
}

extension Database {
    /// Reads rows with a statement that stays prepared, as ``run(_:_:)`` changes them: for what each command reads.
    ///
    /// - Parameter read: makes a value of a row; it must not read with the same statement.
    /// - Throws: `DatabaseError`, what `read` throws.
    func read<Value>(_ sql: String, _ values: [SQLValue], _ read: (SQLColumns) throws -> Value) throws -> [Value] {
        let statement = try cachedStatement(sql: sql)
        return try withParameters(of: statement, values) { handle in
            var rows: [Value] = []
            while true {
                let code = sqlite3_step(handle)
                if code == SQLITE_DONE { return rows }
                try check(code, is: SQLITE_ROW, statement)
                rows.append(try read(SQLColumns(statement: handle)))
            }
        }
    }
}
