import ActionProviders
import Foundation
import SystemPackage
import Testing

@Suite struct BuildspecRunTests {
    @Test(
        "Variables, also unexported ones, and the folder carry over from command to command in 0.2",
        arguments: ["sh", "bash"])
    func state(shell: String) async throws {
        let build = try BuildFixture()
        let result = try await build.run(
            """
            version: 0.2
            env:
              shell: \(shell)
              variables: {GIVEN: "it's $(id)"}
              exported-variables: [TAG, GIVEN, MISSING]
            phases:
              pre_build:
                commands:
                  - TAG=one
                  - mkdir deep && cd deep
              build:
                commands:
                  - 'TAG="$TAG-$(basename "$PWD")"'
            """)
        #expect(result.exportedVariables == ["TAG": "one-deep", "GIVEN": "it's $(id)"])
    }

    @Test("In 0.1 every command begins anew")
    func anew() async throws {
        let build = try BuildFixture()
        _ = try await build.run(
            "version: 0.1\nphases: {build: {commands: ['X=1; cd /', 'test -z \"$X\"', 'test -f file.txt']}}")
    }

    @Test("After a failed build phase post_build runs, and the failure shows command, status and output")
    func failedBuild() async throws {
        let build = try BuildFixture()
        let failed = try await failure {
            try await build.run(
                """
                version: 0.2
                phases:
                  build:
                    commands: ["echo the reason; exit 7", "echo NOT THIS"]
                    finally: ["echo finally $CODEBUILD_BUILD_SUCCEEDING"]
                  post_build:
                    commands: ["echo afterwards $CODEBUILD_BUILD_SUCCEEDING"]
                """)
        }
        #expect(failed.type == "JobFailed")
        #expect(
            failed.message.contains(
                "phase BUILD failed: the command 'echo the reason; exit 7' ended with exit status 7"))
        #expect(failed.message.contains("\nthe reason\n"))
        let log = try build.log
        #expect(log.contains("\nfinally 0\n"))
        #expect(log.contains("\nafterwards 0\n"))
        #expect(!log.contains("NOT THIS"))
    }

    @Test(
        "After a failed install phase, or one with ABORT, nothing more runs",
        arguments: [("install", ""), ("build", "on-failure: ABORT")])
    func stops(phase: String, rule: String) async throws {
        let build = try BuildFixture()
        _ = try await failure {
            try await build.run(
                """
                version: 0.2
                phases:
                  \(phase):
                    commands: ["false"]
                    \(rule)
                  post_build:
                    commands: ["echo afterwards"]
                """)
        }
        #expect(try !build.log.contains("\nafterwards\n"))
    }

    @Test("CONTINUE goes on, RETRY-2 tries twice more")
    func onFailure() async throws {
        let build = try BuildFixture()
        _ = try await build.run(
            """
            version: 0.2
            phases:
              pre_build: {on-failure: CONTINUE, commands: ["false"]}
              build: {on-failure: RETRY-2, commands: ["echo x >> tries", 'test "$(wc -l < tries)" = 3']}
            """)
    }

    @Test("Artifacts: patterns, base folder, exclusions, and secondary ones by the outputs' names")
    func artifacts() async throws {
        let build = try BuildFixture()
        let result = try await build.run(
            """
            version: 0.2
            phases: {build: {commands: ["mkdir -p dist/js; echo 1 > dist/js/a.js; echo 2 > dist/a.map; ln -s js/a.js dist/l"]}}
            artifacts:
              secondary-artifacts:
                Web: {files: ['**/*'], base-directory: dist, exclude-paths: ['**/*.map']}
                Flat: {files: ['dist/js'], discard-paths: yes}
            """, outputs: ["Web", "Flat"])
        func names(_ output: String) throws -> String {
            let file = try #require(result.artifacts[output])
            return try python("import sys, zipfile; print(*zipfile.ZipFile(sys.argv[1]).namelist())", file)
        }
        #expect(try names("Web") == "js/a.js l\n")
        #expect(try names("Flat") == "a.js\n")
    }

    @Test("Two spellings of a name are two files, in an artifact too")
    func spellings() async throws {
        let build = try BuildFixture()
        let result = try await build.run(
            """
            version: 0.2
            phases: {build: {commands: ["mkdir d; cd d; printf 1 > '\u{FC}.txt'; printf 2 > 'u\u{308}.txt'"]}}
            artifacts: {files: ['**/*'], base-directory: d, discard-paths: yes}
            """, outputs: ["Out"])
        let file = try #require(result.artifacts["Out"])
        let names = try python(
            "import sys, zipfile; print(*map(ascii, zipfile.ZipFile(sys.argv[1]).namelist()))", file)
        #expect(names == "'u\\u0308.txt' '\\xfc.txt'\n")
    }

    @Test("A value that no program can be given is kept, with the folder", arguments: ["sh", "bash"])
    func longValue(shell: String) async throws {
        let build = try BuildFixture()
        _ = try await build.run(
            """
            version: 0.2
            env: {shell: \(shell)}
            phases:
              build:
                commands:
                  - mkdir 'a  b'; cd 'a  b'; set -C; X=$(head -c 300000 /dev/zero | tr '\\0' x)
                  - echo "${#X} in ${PWD##*/} with $#"; Y=1
                  - echo "$Y and ${#X} in ${PWD##*/}"; unset X
                  - ls
            """)
        let log = try build.log
        #expect(log.contains("\n300000 in a  b with 0\n"))
        #expect(log.contains("\n1 and 300000 in a  b\n"))
        #expect(!log.contains("too long"))
    }

    @Test("Functions of the build's with the names of programs change nothing of it", arguments: ["sh", "bash"])
    func redefined(shell: String) async throws {
        let build = try BuildFixture()
        _ = try await build.run(
            """
            version: 0.2
            env: {shell: \(shell)}
            phases:
              build:
                commands:
                  - mkdir here; cd here; X=1; pwd() { return 1; }; cd() { return 1; }; cat() { :; }
                  - echo() { printf 'redefined\\n'; }; Y=2
                  - printf '%s\\n' "$X and $Y in ${PWD##*/}"
            """)
        #expect(try build.log.contains("\n1 and 2 in here\n"))
    }

    @Test("Variables that can't be kept for the next command fail the build", arguments: ["sh", "bash"])
    func lostVariables(shell: String) async throws {
        let build = try BuildFixture()
        let failed = try await failure {
            try await build.run(
                """
                version: 0.2
                env: {shell: \(shell)}
                phases:
                  install: {on-failure: CONTINUE, commands: ["X=1", "ulimit -f 0; trap '' XFSZ; X=2"]}
                  build: {commands: ["echo X is $X"]}
                """)
        }
        #expect(failed.message.contains("phase BUILD failed"))
        let log = try build.log
        #expect(log.contains("the variables and the folder could not be kept for the next command"))
        #expect(log.contains("of the commands before are lost"))
        #expect(!log.contains("\nX is"))
    }

    @Test("A pattern that fits nothing fails the build, and so does an output that nothing makes")
    func noArtifacts() async throws {
        let spec = "version: 0.2\nphases: {build: {commands: ['true']}}\nartifacts: {files: ['none/*.jar']}"
        let nothing = try await failure { try await BuildFixture().run(spec, outputs: ["Out"]) }
        #expect(nothing.message.contains("no matching artifact paths found: nothing fits 'none/*.jar'"))
        let second = try await failure { try await BuildFixture().run(spec, outputs: ["Out", "Other"]) }
        #expect(second.message.contains("'Other'"))
    }

    @Test("A source folder that the build replaces by a link to the host is not packed")
    func replaced() async throws {
        let build = try BuildFixture()
        let failed = try await failure {
            try await build.run(
                """
                version: 0.2
                phases: {build: {commands: ["mv /codebuild/output/src/src /codebuild/output/x; ln -s /etc /codebuild/output/src/src"]}}
                artifacts: {files: ['**/*']}
                """, outputs: ["Out"])
        }
        #expect(!failed.message.isEmpty)
    }

    @Test("Secrets are masked in log and failure")
    func secrets() async throws {
        let build = try BuildFixture()
        let failed = try await failure {
            try await build.run(
                "version: 0.2\nphases: {build: {commands: ['printf hunter; sleep 0; echo 2-canary; exit 1']}}",
                secrets: ["hunter2-canary"])
        }
        #expect(!failed.message.contains("hunter2"))
        #expect(try build.log.contains("\n****\n"))
    }

    @Test("Cancellation ends the build and all that it started")
    func cancellation() async throws {
        let build = try BuildFixture()
        let marker = "7\(Int.random(in: 100_000...999_999))"
        let task = Task { try await build.script("sleep \(marker) & echo begun; sleep \(marker)") }
        while try !build.log.contains("\nbegun\n") { await Task.yield() }
        task.cancel()
        await #expect(throws: CancellationError.self) { _ = try await task.value }
        let deadline = ContinuousClock.now + .seconds(5)
        while running(marker), ContinuousClock.now < deadline { await Task.yield() }
        #expect(!running(marker))
    }

    @Test(
        "A daemon that a build leaves behind is gone with it", arguments: [CodeBuildSettings.Sandbox.bubblewrap, .none])
    func daemons(sandbox: CodeBuildSettings.Sandbox) async throws {
        let build = try BuildFixture(sandbox: sandbox)
        let marker = "8\(Int.random(in: 100_000...999_999))"
        _ = try await build.script("nohup sleep \(marker) > /dev/null 2>&1 &")
        let deadline = ContinuousClock.now + .seconds(5)
        while running(marker), ContinuousClock.now < deadline { await Task.yield() }
        #expect(!running(marker))
    }

    private func running(_ marker: String) -> Bool {
        let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return processes.contains { process in
            guard process.allSatisfy(\.isNumber),
                let line = FileManager.default.contents(atPath: "/proc/\(process)/cmdline")
            else { return false }
            return String(decoding: line, as: UTF8.self) == "sleep\0\(marker)\0"
        }
    }
}
