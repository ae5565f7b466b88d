import ActionProviders
import SystemPackage
import Testing

@Suite("Base directories of artifacts") struct ArtifactBaseTests {
    private func names(_ result: BuildRun.Result, _ output: String = "Out") throws -> String {
        let file = try #require(result.artifacts[output])
        return try python("import sys, zipfile; print(*sorted(zipfile.ZipFile(sys.argv[1]).namelist()))", file)
    }

    /// Packs what lies in the folder `base` says; what is there is that of CodeBuild's reference.
    private func pack(
        _ base: String, files: String = "**/*", more: String = "", in build: BuildFixture
    ) async throws -> BuildRun.Result {
        try await build.run(
            """
            version: 0.2
            phases:
              build:
                commands:
                  - mkdir -p my-build-1 my-build-2/my-subdirectory other; touch my-build.txt other/other.txt
                  - touch my-build-1/my-file-1.txt my-build-2/my-file-2.txt my-build-2/my-subdirectory/my-file-3.txt
                  - PART=build; ALL='my-build*'; NONE=; \(more)
            artifacts: {files: ['\(files)'], base-directory: '\(base)'}
            """, outputs: ["Out"])
    }

    @Test("Variables name the folders of the sources, and what commands have set")
    func variables() async throws {
        let build = try BuildFixture()
        try build.scratch.write("library", to: "workspace/output/src/src-Lib/lib/lib.txt")
        let result = try await build.run(
            """
            version: 0.2
            phases: {build: {commands: ["mkdir -p dist/js; touch dist/js/a.js; PART=js"]}}
            artifacts:
              secondary-artifacts:
                Whole: {files: ['**/*'], base-directory: $CODEBUILD_SRC_DIR}
                Part: {files: ['**/*'], base-directory: './dist/$PART/'}
                Braces: {files: ['**/*'], base-directory: '${CODEBUILD_SRC_DIR}/dist'}
                Other: {files: ['lib.txt'], base-directory: $CODEBUILD_SRC_DIR_Lib/lib}
            """,
            environment: [
                "CODEBUILD_SRC_DIR": build.workspace.sourceInside(),
                "CODEBUILD_SRC_DIR_Lib": build.workspace.sourceInside("Lib"),
            ], outputs: ["Whole", "Part", "Braces", "Other"])
        #expect(try names(result, "Whole") == "dist/js/a.js file.txt\n")
        #expect(try names(result, "Part") == "a.js\n")
        #expect(try names(result, "Braces") == "js/a.js\n")
        #expect(try names(result, "Other") == "lib.txt\n")
        #expect(result.exportedVariables.isEmpty)
    }

    @Test(
        "An asterisk stands for all folders of such names, which are not part of the paths",
        arguments: ["my-build*", "*y-buil*", "my-$PART*", "$ALL"])
    func asterisk(base: String) async throws {
        let build = try BuildFixture()
        let all = try await pack(base, in: build)
        #expect(try names(all) == "my-file-1.txt my-file-2.txt my-subdirectory/my-file-3.txt\n")
        let one = try BuildFixture()
        let third = try await pack(base, files: "*/my-file-3.txt", in: one)
        #expect(try names(third) == "my-subdirectory/my-file-3.txt\n")
    }

    @Test(
        "A base directory that leads nowhere fails the build, and so do two files for one path",
        arguments: [
            ("$MISSING/x", "", "the variable MISSING is not set"), ("my-build-1${NONE}", "", "the variable NONE"),
            ("none*", "", "no folder fits base-directory 'none*'"), ("my*/x", "", "only the last may have one"),
            ("/etc", "", "is absolute"), ("$HOME", "", "is absolute"), ("$UP", "UP=..", "leads out"),
            ("my*", "touch my-build-1/my-subdirectory", "have a 'my-subdirectory'"),
            ("my*", "touch my-build-1/my-file-2.txt", "several folders of base-directory 'my*' have a 'my-file-2.txt'"),
        ])
    func refused(base: String, more: String, says: String) async throws {
        let failed = try await failure { try await pack(base, more: more, in: BuildFixture()) }
        #expect(failed.message.contains(says), "\(failed.message)")
    }
}
