import Glibc
import SystemPackage

/// A control group of one build, where the system lets this process make one: limits memory and processes of all that
/// runs in it, and kills the whole of it.
///
/// With cgroup v1 the memory and pids hierarchies are used; with v2 a group beside or below the server's own (a systemd
/// unit needs `Delegate=yes` for that). Where neither can be written, ``BuildSandbox`` falls back to resource limits.
struct BuildCgroup: Sendable {
    private let folders: [FilePath]
    let limitsMemory: Bool
    let limitsProcesses: Bool

    /// Files that a process writes its id to in order to join.
    var joinFiles: [String] { folders.map { $0.appending("cgroup.procs").string } }

    /// - Parameters:
    ///   - name: of the group; unique on the machine.
    ///   - processes: threads count as well.
    /// - Returns: nil where no group can be made.
    static func make(name: String, memoryMiB: Int, processes: Int) -> BuildCgroup? {
        let bytes = String(memoryMiB << 20)
        let hierarchies = Hierarchies.ofThisProcess()
        var folders: [FilePath] = []
        var limitsMemory = false
        var limitsProcesses = false
        if let path = hierarchies.unified {
            for parent in [path.removingLastComponent(), path] where !limitsMemory {
                write("+memory +pids", to: parent.appending("cgroup.subtree_control"))
                let folder = parent.appending(name)
                guard mkdir(folder.string, 0o755) == 0 else { continue }
                if write(bytes, to: folder.appending("memory.max")),
                    write(String(processes), to: folder.appending("pids.max"))
                {
                    write("1", to: folder.appending("memory.oom.group"))
                    (limitsMemory, limitsProcesses) = (true, true)
                    folders.append(folder)
                } else {
                    rmdir(folder.string)
                }
            }
        }
        if !limitsMemory, let folder = hierarchies.memory?.appending(name), mkdir(folder.string, 0o755) == 0 {
            limitsMemory = write(bytes, to: folder.appending("memory.limit_in_bytes"))
            folders.append(folder)
        }
        if !limitsProcesses, let folder = hierarchies.processes?.appending(name), mkdir(folder.string, 0o755) == 0 {
            limitsProcesses = write(String(processes), to: folder.appending("pids.max"))
            folders.append(folder)
        }
        return folders.isEmpty
            ? nil : BuildCgroup(folders: folders, limitsMemory: limitsMemory, limitsProcesses: limitsProcesses)
    }

    /// The name of a build's group.
    static func name(ofBuild id: String) -> String { "penstock-build-\(id)" }

    /// The group of this name that a server which was killed has left; nil where there is none.
    static func left(name: String) -> BuildCgroup? {
        let hierarchies = Hierarchies.ofThisProcess()
        let parents = [hierarchies.unified?.removingLastComponent(), hierarchies.unified, hierarchies.memory]
        let folders = (parents + [hierarchies.processes]).compactMap { $0?.appending(name) }.filter {
            access($0.appending("cgroup.procs").string, F_OK) == 0
        }
        return folders.isEmpty ? nil : BuildCgroup(folders: folders, limitsMemory: false, limitsProcesses: false)
    }

    /// Kills what is in the group, waits until it is empty, and removes it.
    func end() async {
        for _ in 0..<200 {
            var isGone = true
            for folder in folders {
                Self.write("1", to: folder.appending("cgroup.kill"))
                let members = Self.read(folder.appending("cgroup.procs")) ?? ""
                for line in members.split(separator: "\n") {
                    if let process = pid_t(line), process > 0 { kill(process, SIGKILL) }
                }
                if rmdir(folder.string) != 0, errno != ENOENT { isGone = false }
            }
            if isGone { return }
            try? await Task.sleep(for: .milliseconds(10))
        }
    }

    private struct Hierarchies {
        var unified: FilePath?
        var memory: FilePath?
        var processes: FilePath?

        static func ofThisProcess() -> Hierarchies {
            var found = Hierarchies()
            let root = FilePath("/sys/fs/cgroup")
            for line in (read("/proc/self/cgroup") ?? "").split(separator: "\n") {
                let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
                guard fields.count == 3 else { continue }
                let path = String(fields[2].drop { $0 == "/" })
                func place(_ mount: FilePath) -> FilePath? {
                    let own = path.isEmpty ? mount : mount.pushing(FilePath(path))
                    return [own, mount].first { access($0.string, W_OK) == 0 }
                }
                if fields[1].isEmpty, access(root.appending("cgroup.controllers").string, R_OK) == 0 {
                    found.unified = place(root)
                }
                let controllers = fields[1].split(separator: ",")
                if controllers.contains("memory") { found.memory = place(root.appending("memory")) }
                if controllers.contains("pids") { found.processes = place(root.appending("pids")) }
            }
            return found
        }
    }

    private static func read(_ file: FilePath) -> String? {
        let descriptor = open(file.string, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return String(decoding: text, as: UTF8.self) }
            text += buffer[..<count]
        }
    }

    @discardableResult
    private static func write(_ text: String, to file: FilePath) -> Bool {
        let descriptor = open(file.string, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        return Glibc.write(descriptor, bytes, bytes.count) == bytes.count
    }
}
