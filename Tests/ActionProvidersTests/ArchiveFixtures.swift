import Foundation
import SystemPackage
import Testing

/// A folder that goes away with the value that holds it.
final class ScratchFolder: Sendable {
    let path: FilePath

    init() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "penstock-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = FilePath(url.path)
    }

    deinit { try? FileManager.default.removeItem(atPath: path.string) }

    func make(_ name: String) throws -> FilePath {
        let folder = path.appending(name)
        try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
        return folder
    }

    @discardableResult
    func write(_ text: String, to name: String, mode: Int = 0o644) throws -> FilePath {
        let file = path.pushing(FilePath(name))
        try FileManager.default.createDirectory(
            atPath: file.removingLastComponent().string, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: file.string))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.string)
        return file
    }
}

func contents(of file: FilePath) throws -> String {
    String(decoding: try Data(contentsOf: URL(fileURLWithPath: file.string)), as: UTF8.self)
}

/// All that is below a folder, as `find` would print it.
func tree(_ folder: FilePath) -> [String] {
    (FileManager.default.enumerator(atPath: folder.string)?.compactMap { $0 as? String } ?? []).sorted()
}

/// Runs a Python program, which makes the archives here: independent of what is tested.
@discardableResult
func python(_ program: String, _ arguments: FilePath...) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-c", program] + arguments.map(\.string)
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "python3 failed for: \(program)")
    return String(decoding: data, as: UTF8.self)
}
