import FoundationEssentials
import Glibc
import SystemPackage

/// An empty directory while the body runs.
func withTemporaryDirectory<Value>(_ body: (FilePath) throws -> Value) throws -> Value {
    var template = Array("/tmp/penstock-test-XXXXXX\0".utf8CString)
    guard mkdtemp(&template) != nil else { throw Errno(rawValue: errno) }
    let path = String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(FilePath(path))
}
