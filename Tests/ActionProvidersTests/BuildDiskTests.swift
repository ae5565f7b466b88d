import ActionProviders
import Foundation
import SystemPackage
import Testing

@Suite("What builds take of the disk") struct BuildDiskTests {
    private func log(_ build: BuildFixture) throws -> ActionLog {
        try ActionLogs(folder: build.scratch.path.appending("watch")).open(actionExecutionID: build.id, secrets: [])
    }

    @Test("A folder's size is what it takes: no holes, no file twice, and nothing that a link leads to")
    func size() async throws {
        let scratch = try ScratchFolder()
        let folder = try scratch.make("folder")
        let file = try scratch.write(String(repeating: "x", count: 1 << 20), to: "folder/deep/er/file")
        let manager = FileManager.default
        try manager.linkItem(atPath: file.string, toPath: "\(folder)/again")
        try manager.createSymbolicLink(atPath: "\(folder)/link", withDestinationPath: "/usr")
        try scratch.write("", to: "folder/hole")
        #expect(truncate("\(folder)/hole", 1 << 30) == 0)
        let bytes = try await BuildDisk.bytes(in: folder)
        #expect((1 << 20...5 << 18).contains(bytes), "\(bytes)")
    }

    @Test("A build that takes more of the disk than its project's diskMiB is ended, and its failure says so")
    func limit() async throws {
        let build = try BuildFixture()
        let disk = BuildDisk(folder: build.workspace.folder, project: "web", limitMiB: 8, reserveMiB: 0)
        let log = try log(build)
        let failed = try await failure {
            try await disk.watch(log: log) {
                try await build.run(
                    "version: 0.2\nphases: {build: {commands: ['head -c 16M /dev/zero > large; sleep 600']}}")
            }
        }
        #expect(failed.type == "JobFailed")
        #expect(failed.message.contains("diskMiB of the project web allows (8 MiB)"))
    }

    @Test("A build that stays below diskMiB is not ended")
    func within() async throws {
        let build = try BuildFixture()
        let disk = BuildDisk(folder: build.workspace.folder, project: "web", limitMiB: 8, reserveMiB: 0)
        _ = try await disk.watch(log: try log(build)) {
            try await build.run("version: 0.2\nphases: {build: {commands: ['head -c 4M /dev/zero > large; sleep 2']}}")
        }
    }

    @Test(
        "A small disk is not kept for the server alone",
        arguments: [(128, 6), (20_480, 1024), (1 << 20, 1024)] as [(UInt64, UInt64)])
    func defaultReserve(size: UInt64, reserve: UInt64) {
        #expect(BuildDisk.defaultReserve(ofMiB: size) == reserve)
    }

    @Test("With less free space than is kept for the server, no build begins")
    func reserve() async throws {
        let build = try BuildFixture()
        let disk = BuildDisk(
            folder: build.workspace.folder, project: "web", limitMiB: 8, reserveMiB: 1 << 40)
        let log = try log(build)
        let failed = try await failure {
            try await disk.watch(log: log) {
                try await build.run("version: 0.2\nphases: {build: {commands: ['echo begun']}}")
            }
        }
        #expect(try build.log.isEmpty)
        #expect(failed.type == "SystemUnavailable")
        #expect(failed.message.contains("codeBuild.diskReserveMiB keeps 1099511627776 MiB for the server"))
    }
}
