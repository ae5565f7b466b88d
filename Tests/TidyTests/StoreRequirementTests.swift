import Testing

/// What the store's protocols ask for is checked by the suite that every database must pass.
@Suite struct StoreRequirementTests {
    private static let protocols = [
        "Sources/PipelineStore/PipelineReader.swift", "Sources/PipelineStore/PipelineTransaction.swift",
        "Sources/PipelineStore/PipelineStore.swift", "Sources/ArtifactStorage/ObjectIndex.swift",
    ]

    /// The requirements of a protocol, as `name(label:label:)`; an overload counts for itself.
    static func requirements(_ file: SourceTree.File) -> [String] {
        var isInside = false
        var text = ""
        for line in file.code {
            if line.hasPrefix("package protocol ") { isInside = true }
            if isInside { text += line + " " }
            if line.hasPrefix("}") { isInside = false }
        }
        let requirement = /func (\w+)(?:<[^>]*>)?\(((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)/
        return text.matches(of: requirement).map { match in
            let labels = labels(String(match.output.2))
            return "\(match.output.1)(\(labels.map { "\($0):" }.joined()))"
        }
    }

    /// The labels of a list of parameters.
    private static func labels(_ parameters: String) -> [String] {
        var depth = 0
        var parts = [""]
        // The arrow of a closure's type closes nothing.
        for character in parameters.replacing("->", with: "") {
            if "([<".contains(character) { depth += 1 }
            if ")]>".contains(character) { depth -= 1 }
            if character == ",", depth == 0 {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
        }
        return parts.compactMap { part in
            part.split(separator: ":").first?.split(separator: " ").first.map(String.init)
        }
    }

    @Test("Requirements are read from the protocols")
    func parsed() {
        let file = SourceTree.File(
            path: "Sources/A/B.swift",
            text: """
                package protocol B {
                    func pipeline(_ name: String) throws -> Row?
                    func queued(
                        of type: Type, queryValue: String?, limit: Int
                    ) throws -> [Row]
                    func write<Value: Sendable>(
                        _ body: @escaping (any T) throws -> Value, completion: @escaping (Result<Value, any Error>) -> Void)
                    func none() throws
                }
                func other() {}
                """)
        #expect(
            Self.requirements(file)
                == ["pipeline(_:)", "queued(of:queryValue:limit:)", "write(_:completion:)", "none()"])
    }

    @Test("The conformance suite calls every requirement of the store's protocols", arguments: protocols)
    func covered(path: String) throws {
        let file = try #require(SourceTree.sources.first { $0.path == path })
        let suite = SourceTree.sources.filter { $0.target == "StoreConformance" }.map { $0.code.joined(separator: " ") }
            .joined(separator: " ")
        let requirements = Self.requirements(file)
        #expect(requirements.count > 2)
        for requirement in requirements {
            let name = requirement.prefix { $0 != "(" }
            let labels = requirement.dropFirst(name.count + 1).split(separator: ":").map(String.init)
                .filter { $0 != ")" && $0 != "_" }
            // The call may be written with a trailing closure, so a last label can be missing.
            let calls = suite.ranges(of: ".\(name)(").map { suite[$0.upperBound...].prefix(400) }
            let needed = name == "write" || name == "read" ? [] : labels
            let isCalled = calls.contains { call in needed.allSatisfy { call.contains("\($0):") } }
            let isTrailing = needed.isEmpty && suite.contains(".\(name) {")
            #expect(isCalled || isTrailing, "\(path): \(requirement) is in no topic of StoreConformance")
        }
    }
}
