import Glibc
import SystemPackage

/// The command line that starts a build's driver, in bubblewrap or without it.
///
/// Inside bubblewrap a build has its own user, process, mount, IPC, host name and (unless the project allows it)
/// network namespaces and no capabilities, and cannot make further user namespaces. It sees `/usr`, the linker's cache,
/// certificates and the project's `readOnlyPaths`, all read-only, a made-up passwd, and its workspace. When the server
/// ends, however it ends, the kernel kills the build.
///
/// Memory and processes are limited by a control group where one can be made. Otherwise, and honestly weaker: memory by
/// RLIMIT_DATA for each process alone, processes by RLIMIT_NPROC, which counts the build's user inside its namespace
/// (Linux 5.14 and later) but does not hold for a server that runs as root. Without a sandbox RLIMIT_NPROC is not set:
/// it would count everything of the server's user.
struct BuildSandbox {
    /// Bytes of /tmp, and of /dev/shm: both lie in memory.
    static let temporaryBytes = 1 << 30

    let kind: CodeBuildSettings.Sandbox
    let project: CodeBuildProject
    let workspace: BuildWorkspace
    let cgroup: BuildCgroup?

    /// How the driver is started; the first is the program's path.
    func commandLine(bubblewrap: String) -> [String] {
        let driver = ["/bin/sh", workspace.readonlyInside + "/driver"] + limits
        let command = kind == .bubblewrap ? [bubblewrap] + bubblewrapArguments + ["--"] + driver : driver
        guard let cgroup else { return command }
        // The process joins before it becomes bubblewrap, so that nothing of the build is ever outside.
        let join = #"while [ "$1" != -- ]; do echo $$ > "$1" || exit 125; shift; done; shift; exec "$@""#
        return ["/bin/sh", "-c", join, "sh"] + cgroup.joinFiles + ["--"] + command
    }

    /// For the driver's `ulimit`: KiB of data a process, and processes; `-` is none.
    private var limits: [String] {
        [
            cgroup?.limitsMemory == true ? "-" : String(project.memoryMiB << 10),
            cgroup?.limitsProcesses == true || kind == .none ? "-" : String(project.processes),
        ]
    }

    private var bubblewrapArguments: [String] {
        var arguments = [
            "--unshare-all", "--unshare-user", "--disable-userns", "--uid", "65534", "--gid", "65534",
            "--hostname", "build", "--cap-drop", "ALL", "--new-session", "--die-with-parent", "--clearenv",
            "--setenv", "PATH", BuildRun.defaultPath, "--setenv", "HOME", workspace.homeInside,
            "--ro-bind", "/usr", "/usr",
        ]
        if project.network { arguments.append("--share-net") }
        for name in ["bin", "sbin", "lib", "lib32", "lib64", "libx32"] { arguments += systemFolder("/" + name) }
        for path in [
            "/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/ssl/certs",
            "/etc/ssl/openssl.cnf", "/etc/pki/tls/certs", "/etc/pki/ca-trust/extracted", "/etc/localtime",
        ] { arguments += ["--ro-bind-try", path, path] }
        for name in ["passwd", "group", "nsswitch.conf"] {
            arguments += ["--ro-bind", workspace.readonly.appending(name).string, "/etc/" + name]
        }
        if project.network {
            for path in ["/etc/resolv.conf", "/etc/hosts"] { arguments += ["--ro-bind-try", path, path] }
        } else {
            arguments += ["--ro-bind", workspace.readonly.appending("hosts").string, "/etc/hosts"]
        }
        func isTemporary(_ path: String) -> Bool {
            ["/tmp", "/dev/shm"].contains { path != $0 && FilePath(path).starts(with: FilePath($0)) }
        }
        for path in project.readOnlyPaths where !isTemporary(path) { arguments += ["--ro-bind", path, path] }
        let size = String(Self.temporaryBytes)
        arguments += [
            "--proc", "/proc", "--dev", "/dev", "--size", size, "--tmpfs", "/dev/shm", "--size", size, "--tmpfs",
            "/tmp",
        ]
        // What is mounted there would hide them.
        for path in project.readOnlyPaths where isTemporary(path) { arguments += ["--ro-bind", path, path] }
        arguments += [
            "--bind", workspace.output.string, workspace.outputInside,
            "--ro-bind", workspace.readonly.string, workspace.readonlyInside,
            "--bind", workspace.home.string, workspace.homeInside,
            // A server that runs as root is root for the files of /proc/sys as well, capabilities or not.
            "--remount-ro", "/proc", "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", workspace.sourceInside(),
        ]
        return arguments
    }

    /// `/bin` and its like are links into /usr on most systems, and folders on some.
    private func systemFolder(_ path: String) -> [String] {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(path, &buffer, buffer.count)
        guard count > 0 else { return ["--ro-bind-try", path, path] }
        return ["--symlink", String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self), path]
    }

    /// Finds bubblewrap on the server's PATH.
    static func findBubblewrap(path: String = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin") -> String?
    {
        for folder in path.split(separator: ":") where folder.hasPrefix("/") {
            let candidate = String(folder) + "/bwrap"
            if access(candidate, X_OK) == 0 { return candidate }
        }
        return nil
    }
}
