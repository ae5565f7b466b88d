import Glibc

/// libarchive converts names through the locale of the thread; without UTF-8 there it loses what is not ASCII.
enum UTF8Locale {
    // A locale object is only read once it is made, and lives as long as the process.
    private nonisolated(unsafe) static let locale: locale_t? = newlocale(CInt(LC_CTYPE_MASK), "C.UTF-8", nil)

    /// Runs the body with C.UTF-8 as this thread's locale.
    static func with<Value>(_ body: () throws -> Value) throws -> Value {
        guard let locale else {
            throw ArchiveError.system(
                path: "C.UTF-8", operation: "use the locale", reason: "the C library does not have it")
        }
        let former = uselocale(locale)
        defer { uselocale(former) }
        return try body()
    }
}
