import GRDB
import GRDBSQLite
import PipelineModel

/// A value for a parameter of a statement.
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
    /// SQLite's work. Most reads go that way still.
    ///
    /// - Throws: `DatabaseError`.
    func run(_ sql: String, _ values: [SQLValue] = []) throws {
        try run(cachedStatement(sql: sql), values)
    }

    /// Runs a statement of this connection that changes rows and gives none.
    ///
    /// - Throws: `DatabaseError`.
    func run(_ statement: Statement, _ values: [SQLValue]) throws {
        try withParameters(of: statement, values) { handle in
            try check(sqlite3_step(handle), is: SQLITE_DONE, statement)
        }
    }

    /// Gives a statement its parameters for as long as `body` steps through it.
    ///
    /// Texts and blobs are lent from one place, where SQLite would take memory for each.
    ///
    /// - Throws: `DatabaseError`, what `body` throws.
    func withParameters<Result>(
        of statement: Statement, _ values: [SQLValue], _ body: (OpaquePointer) throws -> Result
    ) throws -> Result {
        // One more: a blob without an address would be NULL.
        let size = values.reduce(1) { $0 + $1.size }
        return try withUnsafeTemporaryAllocation(byteCount: size, alignment: 1) { memory in
            let handle = statement.sqliteStatement
            defer {
                // Says again what the step said.
                sqlite3_reset(handle)
                sqlite3_clear_bindings(handle)
            }
            var rest = memory
            for (index, value) in values.enumerated() {
                try check(Self.bind(value, at: CInt(index + 1), of: handle, from: &rest), is: SQLITE_OK, statement)
            }
            return try body(handle)
        }
    }

    /// - Throws: `DatabaseError` where SQLite says something else.
    func check(_ code: CInt, is expected: CInt, _ statement: Statement) throws {
        guard code == expected else {
            throw DatabaseError(
                resultCode: ResultCode(rawValue: code), message: lastErrorMessage, sql: statement.sql)
        }
    }

    /// - Parameter rest: memory that has room for the value, and lasts as long as the statement has its parameters.
    private static func bind(
        _ value: SQLValue, at index: CInt, of statement: OpaquePointer, from rest: inout UnsafeMutableRawBufferPointer
    ) -> CInt {
        switch value {
        case .null: return sqlite3_bind_null(statement, index)
        case .integer(let integer): return sqlite3_bind_int64(statement, index, integer)
        case .text(let text):
            let bytes = take(text.utf8, from: &rest)
            return sqlite3_bind_text(
                statement, index, bytes.assumingMemoryBound(to: CChar.self).baseAddress, CInt(bytes.count), nil)
        case .blob(let blob):
            let bytes = take(blob, from: &rest)
            return sqlite3_bind_blob64(statement, index, bytes.baseAddress, sqlite3_uint64(bytes.count), nil)
        }
    }

    private static func take(
        _ bytes: some Collection<UInt8>, from rest: inout UnsafeMutableRawBufferPointer
    ) -> UnsafeRawBufferPointer {
        let taken = UnsafeMutableRawBufferPointer(rebasing: rest[..<bytes.count])
        taken.copyBytes(from: bytes)
        rest = UnsafeMutableRawBufferPointer(rebasing: rest[bytes.count...])
        return UnsafeRawBufferPointer(taken)
    }
}

extension SQLValue {
    /// Bytes that a statement is lent for it.
    fileprivate var size: Int {
        switch self {
        case .text(let text): text.utf8.count
        case .blob(let bytes): bytes.count
        case .integer, .null: 0
        }
    }
}
