/// Finds symbolic links that lead out of the folder they lie in.
///
/// A target is followed name by name through all the other links, as the kernel would: taken as text alone,
/// `a/b/up/../..` looks harmless where `up` is a link to the root of the folder.
struct LinkCheck {
    /// Links that may be followed one after another before it counts as a loop, as in Linux.
    static let maximumHops = 40

    /// Targets by the link's path, relative to the folder.
    let targets: [PathBytes: String]

    /// Why the link may not be made; nil when it stays inside. A target that does not exist is no fault.
    func fault(of link: String) -> String? {
        guard let target = targets[PathBytes(link)] else { return nil }
        var done: [String] = PathBytes.names(of: link).dropLast()
        var todo: [String] = PathBytes.names(of: target).reversed()
        guard !target.isEmpty else { return "the link has no target" }
        guard !PathBytes.isAbsolute(target) else { return "it links to the absolute path '\(EntryPath.shown(target))'" }
        var hops = 0
        while let name = todo.popLast() {
            if name == "." { continue }
            if name == ".." {
                guard done.popLast() != nil else {
                    return "it links out of the folder, to '\(EntryPath.shown(target))'"
                }
                continue
            }
            done.append(name)
            guard let next = targets[PathBytes(done.joined(separator: "/"))] else { continue }
            hops += 1
            guard hops < Self.maximumHops else { return "it is part of a loop of links" }
            guard !PathBytes.isAbsolute(next) else { return "it leads over a link to an absolute path" }
            done.removeLast()
            todo.append(contentsOf: PathBytes.names(of: next).reversed())
        }
        return nil
    }

    /// The first link, in the order of paths, that may not be made.
    func firstFault() -> (link: String, reason: String)? {
        for link in targets.keys.sorted().map(\.text) {
            if let reason = fault(of: link) { return (link, reason) }
        }
        return nil
    }
}
