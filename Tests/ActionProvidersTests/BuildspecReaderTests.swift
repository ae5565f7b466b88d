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
            (
                "version: 0.2\nphases: {build: {commands: [make]}}\nartifacts: {name: x}", "artifacts.files is missing"
            ),
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
            "version: 0.2\nphases: {build: {commands: [make]}}\nartifacts:\n  files: '**/*'\n"
                + "  exclude-paths: node_modules/**/*")
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
                "version: 0.2\nphases: {build: {commands: [make]}}\nartifacts:\n  files: ['"
                    + String(repeating: "[", count: 5000) + "']",
                "line 4: artifacts.files has a pattern of more than 4096 characters"
            ),
        ])
    func hostile(text: String, shows: String) {
        let error = #expect(throws: BuildspecError.self) { try BuildspecReader.read(text) }
        #expect(error?.description.contains(shows) == true, "\(error?.description ?? "")")
    }

    @Test(
        "A buildspec whose commands would not run is refused, with what to write",
        arguments: [
            (
                "  prebuild:\n    commands: [make]\n  build: {commands: [make]}",
                "line 3: phases.prebuild: Invalid buildspec phase name: PREBUILD. Expecting: "
                    + "BUILD,INSTALL,POST_BUILD,PRE_BUILD (written in small letters)"
            ),
            ("  biuld: {commands: [make]}", "line 3: phases.biuld: Invalid buildspec phase name: BIULD."),
            ("  Build: {commands: [make]}", "line 3: phases.Build: Invalid buildspec phase name: BUILD."),
            (
                "  install: {commands: [make]}\n  build:\n    on-failure: ABORT\n    Commands: [make]",
                "line 6: phases.build has no commands, and phases.build.Commands is not a key that buildspecs have: "
                    + "write commands"
            ),
            (
                "  build: {comands: [make], finally: [make]}",
                "line 3: phases.build has no commands, and phases.build.comands is not a key"
            ),
            (
                "  build: {commands: []}",
                "line 3: phases has no command, and so nothing would run: write commands below one of its phases, such "
                    + "as phases.build"
            ),
            ("  build:\n  install: {runtime-versions: {java: 21}}", "line 3: phases has no command"),
            ("  {}", "line 3: phases has no command"),
            ("  build:\n    commands:\n      - # make test", "line 3: phases has no command"),
            ("  build: {commands: ['', ' ', '# make test', \"\\n# all\\n\"]}", "line 3: phases has no command"),
        ])
    func nothingToRun(phases: String, shows: String) {
        let error = #expect(throws: BuildspecError.self) {
            try BuildspecReader.read("version: 0.2\nphases:\n" + phases)
        }
        #expect(error?.description.hasPrefix(shows) == true, "\(error?.description ?? "")")
    }

    @Test("Unknown keys elsewhere, and beside commands, are noted with their line")
    func unknownKeys() throws {
        let spec = try BuildspecReader.read(
            "version: 0.2\nmatrix:\n  a: b\nphases:\n  build:\n    commands: [make]\n    Commands: [make]\n"
                + "  post_build: {finally: [make]}")
        #expect(
            spec.notes == [
                "line 2: matrix is not a key that buildspecs have; it has no effect",
                "line 7: phases.build.Commands is not a key that buildspecs have; it has no effect",
            ])
        #expect(spec.phases.map(\.name) == [.build, .postBuild])
    }

    @Test("A byte order mark is no part of the text")
    func byteOrderMark() throws {
        let text = "version: 0.2\nphases: {build: {commands: [make]}}"
        #expect(try BuildspecReader.read("\u{FEFF}" + text) == BuildspecReader.read(text))
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
