import Testing

/// Which target may import what. `Package.swift` says what is linked; this says what is written.
@Suite struct LayeringTests {
    /// What a target of ours may import: targets above its own line in ARCHITECTURE.md, and the libraries that its job
    /// needs. Foundation is named where it is wanted: the vocabulary and the pure layers do without.
    static let allowed: [String: Set<String>] = [
        // Vocabulary, no I/O.
        "AWSProtocol": [],
        "AWSSigning": ["CCRC32C", "Crypto", "Synchronization"],
        "CodePipelineWire": ["AWSProtocol"],
        "Failpoints": ["Glibc", "Synchronization"],
        // Pure decisions.
        "PipelineModel": ["AWSProtocol", "CodePipelineWire"],
        "PipelineEngine": ["PipelineModel"],
        // Ports and their adapters.
        "PipelineStore": ["PipelineModel", "PipelineEngine"],
        "ArtifactStorage": [
            "AWSSigning", "CLinux", "Crypto", "Failpoints", "Foundation", "Glibc", "NIOCore", "NIOPosix",
            "Synchronization", "SystemPackage",
        ],
        "PipelineStoreSQLite": [
            "AWSProtocol", "Algorithms", "ArtifactStorage", "CLinux", "Crypto", "DequeModule", "Dispatch", "Failpoints",
            "Foundation",
            "FoundationEssentials", "GRDB", "GRDBSQLite", "Glibc",
            "Logging", "NIOCore", "PipelineEngine", "PipelineModel", "PipelineStore", "Synchronization",
        ],
        "ActionProviders": [
            "ArtifactStorage", "CLibArchive", "Crypto", "Dispatch", "Failpoints", "Foundation", "FoundationEssentials",
            "Glibc",
            "Logging", "PipelineEngine", "PipelineModel", "Subprocess", "Synchronization", "SystemPackage", "Yams",
        ],
        // The running engine.
        "PipelineRuntime": [
            "ActionProviders", "Algorithms", "ArtifactStorage", "AsyncHTTPClient", "Crypto", "DequeModule",
            "Failpoints",
            "Foundation",
            "FoundationEssentials", "Logging", "NIOCore", "NIOHTTP1", "PipelineEngine", "PipelineModel",
            "PipelineStore", "ServiceLifecycle", "Synchronization",
        ],
        // Edges.
        "CodePipelineAPI": [
            "AWSProtocol", "AWSSigning", "CodePipelineWire", "Crypto", "Glibc", "HTTPTypes", "Hummingbird",
            "HummingbirdCore",
            "Logging", "NIOCore", "NIOHTTP1", "NIOHTTPTypes", "NIOHTTPTypesHTTP1", "NIOPosix", "PipelineEngine",
            "PipelineModel", "PipelineRuntime", "PipelineStore", "Synchronization",
        ],
        "S3API": [
            "AWSSigning", "ArtifactStorage", "Crypto", "Foundation", "FoundationXML", "HTTPTypes", "HummingbirdCore",
            "HummingbirdTLS", "Logging", "NIOCore", "NIOHTTPTypes", "NIOSSL", "ServiceLifecycle", "Synchronization",
        ],
        "PenstockCommands": [
            "AWSProtocol", "AWSSigning", "ActionProviders", "ArgumentParser", "ArtifactStorage", "AsyncHTTPClient",
            "CodePipelineAPI", "CodePipelineWire", "Crypto", "Failpoints", "Foundation", "FoundationEssentials",
            "Glibc",
            "Hummingbird", "HummingbirdCore", "HummingbirdTLS", "Logging", "NIOCore", "NIOHTTP1", "NIOPosix", "NIOSSL",
            "PipelineEngine", "PipelineModel", "PipelineRuntime", "PipelineStore", "PipelineStoreSQLite", "S3API",
            "ServiceLifecycle", "Synchronization", "SystemPackage", "UnixSignals", "Yams",
        ],
        "penstock": ["Glibc", "PenstockCommands"],
        // Tools and test support.
        "WireGenerator": ["AWSProtocol", "Foundation"],
        "LoadGenerator": [
            "AWSProtocol", "AWSSigning", "ActionProviders", "ArgumentParser", "CEpoll", "CodePipelineWire", "Crypto",
            "Foundation", "GRDBSQLite", "Glibc", "Logging", "PipelineEngine", "PipelineModel", "PipelineRuntime",
            "PipelineStore", "PipelineStoreSQLite",
            "Synchronization", "SystemPackage",
        ],
        "Simulator": [
            "ActionProviders", "Foundation", "Logging", "PipelineEngine", "PipelineModel", "PipelineRuntime",
            "PipelineStore", "PipelineStoreSQLite", "Synchronization", "SystemPackage", "TestSupport",
        ],
        "simulate": ["ArgumentParser", "Foundation", "Simulator"],
        "StoreConformance": ["ArtifactStorage", "PipelineEngine", "PipelineModel", "PipelineStore", "Synchronization"],
        "TestSupport": ["AWSSigning", "Foundation", "SystemPackage"],
    ]

    /// Those that nothing in `Sources` may import.
    static let tools: Set<String> = [
        "WireGenerator", "LoadGenerator", "Simulator", "simulate", "StoreConformance", "TestSupport",
    ]

    /// The module that a line imports, if it is an import.
    ///
    /// - Parameter line: without strings and comments.
    static func imported(_ line: String) -> String? {
        guard line.utf8.count < 200 else { return nil }
        let words = line.split(separator: " ")
        let prefixes: Set<Substring> = [
            "package", "public", "internal", "private", "fileprivate", "@preconcurrency", "@testable",
        ]
        guard let place = words.firstIndex(of: "import"), words[..<place].allSatisfy(prefixes.contains) else {
            return nil
        }
        return words[words.index(after: place)...].last.map { String($0.prefix { $0 != "." }) }
    }

    @Test("A target imports only from the layers above its own")
    func importsFollowTheLayers() {
        for file in SourceTree.sources {
            guard let allowed = Self.allowed[file.target] else {
                Issue.record("\(file.path): the target \(file.target) is not in the table: give it its layer there")
                continue
            }
            for (number, line) in file.code.enumerated() {
                guard let module = Self.imported(line), !allowed.contains(module) else { continue }
                Issue.record("\(file.path):\(number + 1): \(file.target) may not import \(module)")
            }
        }
    }

    @Test("The table names only targets that are there, and no tool is imported by the product")
    func tableIsTrue() {
        let targets = Set(SourceTree.sources.map(\.target))
        for (target, modules) in Self.allowed {
            #expect(targets.contains(target), "\(target) is in the table and not in Sources")
            if !Self.tools.contains(target) {
                #expect(modules.isDisjoint(with: Self.tools), "\(target) may not import a tool")
            }
        }
    }

    @Test("Tests reach a target by its package interface, never by @testable")
    func noTestableImports() {
        for file in SourceTree.files where file.isSwift {
            for (number, line) in file.code.enumerated() where Self.imported(line) != nil {
                #expect(!line.contains("@testable"), "\(file.path):\(number + 1): make what is tested package")
            }
        }
    }

    @Test(
        "An import line is read as Swift reads it",
        arguments: [
            ("import Foundation", "Foundation"), ("package import NIOCore", "NIOCore"),
            ("import struct Foundation.Data", "Foundation"), ("// import Nothing", nil), ("let a = \"import X\"", nil),
            ("let a = \"\"\"\nimport boto3\n\"\"\"", nil),
        ] as [(String, String?)])
    func readsImports(text: String, module: String?) {
        #expect(SourceTree.code(text).compactMap(Self.imported) == (module.map { [$0] } ?? []))
    }
}
