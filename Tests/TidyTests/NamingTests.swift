import Testing

/// Files are small and found by name.
@Suite struct NamingTests {
    static let linesMax = 600
    static let vagueWords = ["Util", "Utils", "Utilities", "Manager", "Helper", "Helpers", "Common", "Misc"]

    /// Files that declare one type and are not named after it. The list may only become shorter.
    static let misnamed: Set<String> = [
        "Sources/ActionProviders/Build/Buildspec/YAMLReading.swift",
        "Sources/CodePipelineAPI/Connection/APIChannelHandler+routing.swift",
        "Sources/PenstockCommands/Configuration/ServerConfiguration+load.swift",
    ]

    @Test("No Swift file that a person writes is longer than 600 lines")
    func filesAreSmall() {
        for file in SourceTree.files where file.isSwift && !file.isGenerated {
            #expect(file.lines.count <= Self.linesMax + 1, "\(file.path): split it by topic, as Type+topic.swift")
        }
    }

    @Test("Files, folders and types have names that say what they are")
    func noVagueNames() throws {
        let type = /(?:struct|class|enum|actor|protocol|typealias) (\w+)/
        for file in SourceTree.files where file.isSwift {
            for part in file.path.split(separator: "/") {
                let name = part.prefix { $0 != "." && $0 != "+" }
                #expect(!Self.vagueWords.contains { name.hasSuffix($0) }, "\(file.path): name it for what it does")
            }
            guard file.isSource, Self.vagueWords.contains(where: file.text.contains) else { continue }
            for (number, line) in file.code.enumerated() where line.utf8.count > 5 {
                for match in line.matches(of: type) {
                    #expect(
                        !Self.vagueWords.contains { match.output.1.hasSuffix($0) },
                        "\(file.path):\(number + 1): name \(match.output.1) for what it does")
                }
            }
        }
    }

    /// The types that a file declares at its top level, private ones left out.
    static func topLevelTypes(_ file: SourceTree.File) -> [String] {
        let declaration =
            /^(?:package |public |internal |final |indirect |@\w+ )*(?:struct|class|enum|actor|protocol) (\w+)/
        return file.code.lazy.filter { $0.utf8.first.map { $0 > UInt8(ascii: " ") } ?? false }.compactMap {
            $0.firstMatch(of: declaration).map { String($0.output.1) }
        }
    }

    static func stem(_ path: String) -> String {
        String(path.split(separator: "/").last?.prefix { $0 != "." && $0 != "+" } ?? "")
    }

    @Test("A file that declares one type is named after it")
    func filesAreFoundByName() {
        for file in SourceTree.sources where !file.path.hasSuffix("/main.swift") {
            let types = Self.topLevelTypes(file)
            guard types.count == 1, let type = types.first, type != Self.stem(file.path) else { continue }
            #expect(Self.misnamed.contains(file.path), "\(file.path) declares \(type): name it \(type).swift")
        }
        let paths = Set(SourceTree.sources.map(\.path))
        for path in Self.misnamed {
            #expect(paths.contains(path), "\(path) is gone: take it out of the list")
        }
    }
}
