import CLibArchive
import Glibc
package import SystemPackage

/// The folder of one build on the host, and where its parts are seen from inside the sandbox.
///
/// What the build can write to (`output`, `home`) may hold any links afterwards: it is only read from ``output`` down,
/// name by name, without following them.
package struct BuildWorkspace: Sendable {
    package let folder: FilePath
    private let isSandboxed: Bool

    /// - Parameter folder: need not exist yet; goes away with ``remove()``.
    package init(folder: FilePath, sandbox: CodeBuildSettings.Sandbox) {
        self.folder = folder
        isSandboxed = sandbox == .bubblewrap
    }

    /// Downloaded and packed archives; not visible to the build.
    package var archives: FilePath { folder.appending("archives") }
    /// What the build may read only: its commands and environment.
    var readonly: FilePath { folder.appending("readonly") }
    /// Sources, and all that the build makes.
    package var output: FilePath { folder.appending("output") }
    var home: FilePath { folder.appending("home") }

    /// Where an input's files lie, below ``output``. The primary source has no name.
    package func sourceNames(_ input: String? = nil) -> [String] {
        ["src", input.map { "src-" + $0 } ?? "src"]
    }

    package func source(_ input: String? = nil) -> FilePath {
        sourceNames(input).reduce(output) { $0.appending($1) }
    }

    /// The paths as the build sees them.
    var readonlyInside: String { isSandboxed ? "/codebuild/readonly" : readonly.string }
    var outputInside: String { isSandboxed ? "/codebuild/output" : output.string }
    var homeInside: String { isSandboxed ? "/home/build" : home.string }

    package func sourceInside(_ input: String? = nil) -> String {
        ([outputInside] + sourceNames(input)).joined(separator: "/")
    }

    /// Makes the folders, readable for the server's user only.
    package func make() throws(ArchiveError) {
        for path in [folder, archives, readonly, output, home, output.appending("src"), output.appending("tmp")] {
            guard mkdir(path.string, 0o700) == 0 || errno == EEXIST else { throw .last(path.string, "make the folder") }
        }
    }

    /// Removes all, whatever modes the build left. What is still being written by a dying process is tried again.
    package func remove() async {
        for _ in 0..<100 {
            if (try? await FileWork.run { _ in Self.removeTree(folder) }) == true { return }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    /// - Returns: whether nothing is left.
    private static func removeTree(_ folder: FilePath) -> Bool {
        guard let root = try? FolderHandle(opening: folder) else { return errno == ENOENT }
        empty(root)
        return rmdir(folder.string) == 0 || errno == ENOENT
    }

    private static func empty(_ folder: borrowing FolderHandle) {
        fchmod(folder.descriptor, 0o700)
        for name in (try? folder.rawNames()) ?? [] {
            var status = stat()
            guard fstatat(folder.descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { continue }
            guard status.st_mode & S_IFMT == S_IFDIR else {
                unlinkat(folder.descriptor, name, 0)
                continue
            }
            fchmodat(folder.descriptor, name, 0o700, 0)
            let inner = openat(folder.descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            if inner >= 0 { empty(FolderHandle(owning: inner)) }
            unlinkat(folder.descriptor, name, AT_REMOVEDIR)
        }
    }
}
