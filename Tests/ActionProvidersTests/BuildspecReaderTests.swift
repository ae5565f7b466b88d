import ActionProviders
import Foundation
import Testing

@Suite struct BuildspecReaderTests {
    @Test(
        "What is wrong is refused with line and key",
        arguments: [
            ("phases: {}", "version is missing"),
            ("version: 0.3\nphases: {}", "line 1: version '0.3'"),
            ("version: 0.2", "phases is missing"),
            ("version: 0.2\nphases:\n  build:\n    commands: echo", "line 4: phases.build.commands must be a list"),
            (
                "version: 0.2\nphases:\n  build:\n    commands:\n      - echo a: b",
                "line 5: phases.build.commands[0] must be text"
            ),
            ("version: 0.2\nphases:\n  build:\n    on-failure: STOP", "line 4: phases.build.on-failure 'STOP'"),
            ("version: 0.2\nphases:\n  build:\n    on-failure: RETRY-3-x.*", "regular expressions"),
            ("version: 0.2\nenv:\n  shell: fish\nphases: {}", "line 3: env.shell 'fish'"),
            (
                "version: 0.2\nenv:\n  parameter-store:\n    KEY: /x\nphases: {}",
                "line 4: env.parameter-store names 'KEY'"
            ),
            ("version: 0.2\nphases:\n  build: {}\n  build: {}", "'build' is there twice"),
            ("version: 0.2\nphases: !!python/object:os.system x", "tags such as"),
            ("version: 0.2\nenv: &e {}\nphases:\n  <<: *e", "merge keys"),
            ("version: 0.2\n\tphases: {}", "line 2: it is not YAML"),
            ("version: 0.2\nphases: {}\nartifacts: {name: x}", "artifacts.files is missing"),
            ("version: 0.2\nphases: " + String(repeating: "[", count: 100_000), "it is not YAML"),
            (
                "version: 0.2\nphases: " + String(repeating: "[", count: 50) + String(repeating: "]", count: 50),
                "levels deep"
            ),
        ])
    func wrong(text: String, shows: String) {
        let error = #expect(throws: BuildspecError.self) { try BuildspecReader.read(text) }
        #expect(error?.description.contains(shows) == true, "\(error?.description ?? "")")
    }

    @Test("A file pattern may stand alone: it is a list of one")
    func onePattern() throws {
        let spec = try BuildspecReader.read(
            "version: 0.2\nphases: {}\nartifacts:\n  files: '**/*'\n  exclude-paths: node_modules/**/*")
        #expect(spec.artifacts?.files == ["**/*"])
        #expect(spec.artifacts?.excludePaths == ["node_modules/**/*"])
    }

    @Test(
        "Files meant to hurt are refused with the line, and a long one is read",
        arguments: [
            (String(repeating: "- ", count: 100_000), "it is not YAML"),
            (String(repeating: "? ", count: 100_000), "it is not YAML"),
            (
                "a: &x [1]\nb: [" + String(repeating: "*x, ", count: 21) + "]",
                "line 2: the file has more than 20 aliases"
            ),
            ("a: [" + String(repeating: "x, ", count: 20_001) + "]", "line 1: there are more than 20000 values"),
            ("a: !<!x> 1", "line 1: tags such as"), ("a: !!python/name:os.system x", "line 1: tags such as"),
            ("a: *nothing", "line 1: it is not YAML"), ("%YAML 9.0\n---\na: 1", "it is not YAML"),
            ("a: 1\n---\nb: 2", "it is not YAML"), ("a: \"\\xZZ\"", "it is not YAML"), ("a: \u{0}", "it is not YAML"),
            (String(repeating: "&a ", count: 100_000) + "x", "it is not YAML"), ("&a [*a]", "it is not YAML"),
            ("\"" + String(repeating: "x", count: 1 << 20) + "\"", "larger than 1048576 bytes"),
            (
                "version: 0.2\nphases: {}\nartifacts:\n  files: ['" + String(repeating: "[", count: 5000) + "']",
                "line 4: artifacts.files has a pattern of more than 4096 characters"
            ),
        ])
    func hostile(text: String, shows: String) {
        let error = #expect(throws: BuildspecError.self) { try BuildspecReader.read(text) }
        #expect(error?.description.contains(shows) == true, "\(error?.description ?? "")")
    }

    @Test("A command may be one line of a megabyte")
    func longLine() throws {
        let command = String(repeating: "x", count: 1_000_000)
        let spec = try BuildspecReader.read("version: 0.2\nphases:\n  build:\n    commands:\n      - \(command)")
        #expect(spec.phases.first?.commands == [command])
    }

    @Test("An alias bomb is refused, as values and as a key")
    func bomb() {
        var text = "version: 0.2\na0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
        for level in 1..<9 {
            text += "a\(level): &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ","))]\n"
        }
        #expect(throws: BuildspecError.self) { try BuildspecReader.read(text + "phases: *a8") }
        #expect(throws: BuildspecError.self) { try BuildspecReader.read(text + "? *a8\n: x\nphases: {}") }
    }

    @Test("The real buildspecs read as expected")
    func real() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../shared/reference/buildspecs").standardizedFileURL
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path) else {
            print("skipped: no reference folder at \(folder.path)")
            return
        }
        for name in names.sorted() where name.contains("buildspec") && name.hasSuffix(".yml") {
            let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
            if name.contains("user-guide") {
                #expect(throws: BuildspecError.self, "\(name)") { try BuildspecReader.read(text) }
            } else {
                #expect(throws: Never.self, "\(name)") { try BuildspecReader.read(text) }
            }
        }
    }
}
