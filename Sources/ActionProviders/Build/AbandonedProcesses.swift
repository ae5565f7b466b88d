import Glibc
package import SystemPackage

/// Processes of a server that was killed: builds, and what builds have left behind.
///
/// In bubblewrap the kernel ends a build with its server. Without a sandbox nothing does, so the next server looks for
/// them: by the control groups that the left-over workspaces name, and by the workspace in a process's environment. The
/// work folder belongs to whoever holds the data directory, so what names it is nobody else's. A process id alone, which
/// may be anyone's by now, counts for nothing.
package enum AbandonedProcesses {
    /// Names a build's workspace in the environment of all its processes.
    static let variable = "PENSTOCK_BUILD_WORKSPACE"
    /// Looks until what was killed is gone: 5 s.
    private static let looksMax = 250

    /// Ends them and returns when they are gone.
    ///
    /// - Parameters:
    ///   - work: `DATA/work`, before it is emptied.
    ///   - builds: the folder of workspaces below it.
    /// - Returns: how many processes were found, those in control groups apart.
    @discardableResult
    package static func end(work: FilePath, builds: FilePath) async -> Int {
        for name in names(in: builds) {
            await BuildCgroup.left(name: BuildCgroup.name(ofBuild: name))?.end()
        }
        var found: Set<pid_t> = []
        for _ in 0..<looksMax {
            let living = processes(of: work)
            if living.isEmpty { break }
            found.formUnion(living)
            for process in living { kill(process, SIGKILL) }
            try? await Task.sleep(for: .milliseconds(20))
        }
        return found.count
    }

    /// Processes whose environment has a variable that leads below the folder, this one left out.
    private static func processes(of work: FilePath) -> [pid_t] {
        let own = getpid()
        let mark = Array("=\(work.string)/".utf8)
        return names(in: "/proc").compactMap { name in
            guard let process = pid_t(name), process != own else { return nil }
            guard let environment = contents(of: FilePath("/proc/\(name)/environ")) else { return nil }
            let isOurs = environment.split(separator: 0).contains { entry in
                guard let sign = entry.firstIndex(of: UInt8(ascii: "=")) else { return false }
                return entry[sign...].starts(with: mark)
            }
            return isOurs ? process : nil
        }
    }

    private static func names(in folder: FilePath) -> [String] {
        guard let directory = opendir(folder.string) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// At most 1 MiB of a file; nil where it can't be read, as other users' environments can't.
    private static func contents(of file: FilePath) -> [UInt8]? {
        let descriptor = open(file.string, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count < 1 << 20 {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        return bytes
    }
}
