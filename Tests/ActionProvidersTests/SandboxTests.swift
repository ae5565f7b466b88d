import ActionProviders
import Foundation
import SystemPackage
import Testing

@Suite struct SandboxTests {
    /// Each exits 0 only when the attempt was denied.
    @Test(
        "A build cannot get out",
        arguments: [
            "! cat /etc/shadow",
            "! ls /root",
            "! ls /home/build/../../var/lib",
            "! ls /sys/fs/cgroup/memory",
            "test \"$(id -u)\" = 65534",
            "! touch /usr/bin/evil",
            "! touch /evil",
            "! touch /etc/evil",
            "! touch /codebuild/readonly/evil",
            // Opened only, nothing is written: a failure must not harm the machine.
            "! sh -c ': >> /proc/sys/kernel/core_pattern'",
            "! sh -c ': >> /proc/sysrq-trigger'",
            "! unshare -Ur true",
            "! mount -t tmpfs none /tmp",
            "! chroot / true",
            "! mknod /tmp/sda b 8 0",
            "test \"$(ls /proc | grep -c '^[0-9]')\" -lt 20",
            "test \"$(hostname 2>/dev/null || cat /proc/sys/kernel/hostname)\" = build",
            "! grep -z PENSTOCK_TEST_PARENT /proc/*/environ",
            "for fd in /proc/self/fd/*; do case ${fd##*/} in 0|1|2|255) ;; 8) exit 1;; esac; done",
            "! bash -c 'exec 3<>/dev/tcp/127.0.0.1/22'",
            "! bash -c 'exec 3<>/dev/tcp/169.254.169.254/80'",
            "grep -q '^CapEff:.0000000000000000$' /proc/self/status",
            "test \"$(readlink /proc/self/fd/1 | cut -c1-5)\" = pipe:",
        ])
    func escape(attempt: String) async throws {
        setenv("PENSTOCK_TEST_PARENT", "1", 1)
        let build = try BuildFixture()
        do {
            _ = try await build.script(attempt)
        } catch {
            Issue.record("\(attempt): \(error)")
        }
    }

    @Test("More processes than the project allows are refused, and the build ends")
    func forks() async throws {
        let build = try BuildFixture()
        var project = CodeBuildProject()
        project.processes = 30
        let spec = "version: 0.2\nphases: {build: {commands: ['for i in $(seq 100); do sleep 60 & done']}}"
        _ = try await failure { try await build.run(spec, project: project) }
        #expect(try build.log.lowercased().contains("fork"))
    }

    @Test("A build that needs more memory than allowed is ended with a hint at memoryMiB")
    func memory() async throws {
        let build = try BuildFixture()
        var project = CodeBuildProject()
        project.memoryMiB = 64
        let failed = try await failure {
            try await build.run(
                "version: 0.2\nphases: {build: {commands: ['head -c 300M /dev/zero | tail -n 1 > /dev/null; exit 137']}}",
                project: project)
        }
        #expect(failed.message.contains("memoryMiB"))
    }

    @Test("Killing everything in sight, the build's own shell too, is a failure")
    func killAll() async throws {
        let failed = try await failure {
            try await BuildFixture().run("version: 0.2\nphases: {build: {commands: ['kill -9 -1; sleep 1']}}")
        }
        #expect(failed.type == "JobFailed")
    }
}
