import GRDB
import GRDBSQLite
import PipelineModel

/// A value for a parameter of a statement that changes rows.
enum SQLValue {
    case integer(Int64)
    case text(String)
    case blob([UInt8])
    case null

    static func integer(_ value: Int) -> SQLValue { .integer(Int64(value)) }
    static func instant(_ value: Timestamp) -> SQLValue { .integer(value.milliseconds) }
    static func flag(_ value: Bool) -> SQLValue { .integer(value ? 1 : 0) }
    static func text(_ value: String?) -> SQLValue { value.map(SQLValue.text) ?? .null }
    static func record(_ record: some StoredRecord) -> SQLValue { .blob(record.document()) }
    static func blob(_ value: [UInt8]?) -> SQLValue { value.map(SQLValue.blob) ?? .null }
}

extension Database {
    /// Runs a statement that changes rows and gives none. It stays prepared for the next time.
    ///
    /// The library's own way to give arguments makes an existential of each and casts it back, which cost as much as
    /// SQLite's work. Reads go that way still.
    ///
    /// - Throws: `DatabaseError`.
    func run(_ sql: String, _ values: [SQLValue] = []) throws {
        let statement = try bound(sql, values)
        let code = sqlite3_step(statement)
        // Says again what the step said.
        sqlite3_reset(statement)
        guard code == SQLITE_DONE else {
            throw DatabaseError(resultCode: ResultCode(rawValue: code), message: lastErrorMessage, sql: sql)
        }
    }

    /// A statement that is prepared, with its parameters.
    func bound(_ sql: String, _ values: [SQLValue]) throws -> OpaquePointer {
        let statement = try cachedStatement(sql: sql).sqliteStatement
        for (index, value) in values.enumerated() {
            try check(Self.bind(value, at: CInt(index + 1), of: statement), sql)
        }
        return statement
    }

    private func check(_ code: CInt, _ sql: String) throws {
        guard code == SQLITE_OK else {
            throw DatabaseError(resultCode: ResultCode(rawValue: code), message: lastErrorMessage, sql: sql)
        }
    }

    private static func bind(_ value: SQLValue, at index: CInt, of statement: OpaquePointer) -> CInt {
        // SQLite takes a copy of what it is lent.
        let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        switch value {
        case .null: return sqlite3_bind_null(statement, index)
        case .integer(let integer): return sqlite3_bind_int64(statement, index, integer)
        case .text(var text):
            return text.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) {
                    sqlite3_bind_text(statement, index, $0.baseAddress, CInt($0.count), transient)
                }
            }
        case .blob(let bytes):
            return bytes.withUnsafeBytes { bytes in
                guard let start = bytes.baseAddress, !bytes.isEmpty else {
                    return sqlite3_bind_zeroblob(statement, index, 0)
                }
                return sqlite3_bind_blob64(statement, index, start, sqlite3_uint64(bytes.count), transient)
            }
        }
    }
}
