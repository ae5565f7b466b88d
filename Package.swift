// swift-tools-version: 6.2

import PackageDescription

/// Every target of the project is compiled alike: Swift 6, imports internal unless said otherwise, warnings are errors.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

func library(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, resources: resources, swiftSettings: settings)
}

/// How the server is linked where it is built for use: with Swift's libraries inside, of which it needs a fifth, and with its
/// own addresses packed. It starts with 11 MiB less, and its calls into the libraries take no detour.
///
/// The libraries after the flags are what Foundation's static ones need and don't ask for themselves.
let selfContained: [LinkerSetting] = [
    .unsafeFlags(
        [
            "-static-stdlib", "-use-ld=lld", "-Xlinker", "-z", "-Xlinker", "pack-relative-relocs",
            "-Xclang-linker", "-Wl,--no-export-dynamic",
            "-l_CFXMLInterface", "-lCoreFoundation", "-l_FoundationICU", "-l_FoundationCShims",
            "-l_FoundationCollections", "-lxml2",
        ],
        .when(platforms: [.linux], configuration: .release))
]

extension Target.Dependency {
    static let algorithms = product(name: "Algorithms", package: "swift-algorithms")
    static let argumentParser = product(name: "ArgumentParser", package: "swift-argument-parser")
    static let asyncHTTPClient = product(name: "AsyncHTTPClient", package: "async-http-client")
    static let crypto = product(name: "Crypto", package: "swift-crypto")
    static let deque = product(name: "DequeModule", package: "swift-collections")
    static let grdb = product(name: "GRDB", package: "GRDB.swift")
    static let httpTypes = product(name: "HTTPTypes", package: "swift-http-types")
    static let hummingbird = product(name: "Hummingbird", package: "hummingbird")
    static let hummingbirdCore = product(name: "HummingbirdCore", package: "hummingbird")
    static let hummingbirdTLS = product(name: "HummingbirdTLS", package: "hummingbird")
    static let logging = product(name: "Logging", package: "swift-log")
    static let nioCore = product(name: "NIOCore", package: "swift-nio")
    static let nioEmbedded = product(name: "NIOEmbedded", package: "swift-nio")
    static let nioHTTP1 = product(name: "NIOHTTP1", package: "swift-nio")
    static let nioHTTPTypes = product(name: "NIOHTTPTypes", package: "swift-nio-extras")
    static let nioHTTPTypesHTTP1 = product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
    static let unixSignals = product(name: "UnixSignals", package: "swift-service-lifecycle")
    static let nioPosix = product(name: "NIOPosix", package: "swift-nio")
    static let nioSSL = product(name: "NIOSSL", package: "swift-nio-ssl")
    static let serviceLifecycle = product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
    static let sqlite = product(name: "GRDBSQLite", package: "GRDB.swift")
    static let subprocess = product(name: "Subprocess", package: "swift-subprocess")
    static let system = product(name: "SystemPackage", package: "swift-system")
    static let yams = product(name: "Yams", package: "Yams")
}

let package = Package(
    name: "penstock",
    products: [
        .executable(name: "penstock", targets: ["penstock"]),
        .executable(name: "LoadGenerator", targets: ["LoadGenerator"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-algorithms.git", from: "1.2.1"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-system.git", from: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess.git", from: "1.0.2"),
    ],
    targets: [
        // Vocabulary, no I/O.
        library("AWSProtocol"),
        .systemLibrary(name: "CCRC32C"),
        .systemLibrary(name: "CLinux"),
        library("AWSSigning", ["CCRC32C", .crypto]),
        library("CodePipelineWire", ["AWSProtocol"]),
        library("Failpoints"),
        // Pure decisions.
        library("PipelineModel", ["AWSProtocol", "CodePipelineWire"]),
        library("PipelineEngine", ["PipelineModel"]),
        // Ports and their adapters.
        library("PipelineStore", ["PipelineModel", "PipelineEngine"]),
        library("ArtifactStorage", ["AWSSigning", "CLinux", "Failpoints", .crypto, .nioCore, .nioPosix, .system]),
        library(
            "PipelineStoreSQLite",
            [
                "AWSProtocol", "PipelineModel", "PipelineEngine", "PipelineStore", "ArtifactStorage", "CLinux",
                "Failpoints", .algorithms, .grdb, .sqlite, .crypto, .deque, .nioCore, .logging,
            ],
            resources: [.embedInCode("Migrations")]),
        .systemLibrary(name: "CLibArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        library(
            "ActionProviders",
            [
                "PipelineModel", "PipelineEngine", "ArtifactStorage", "CLibArchive", "Failpoints", .yams, .subprocess,
                .system,
                .logging, .crypto,
            ]),
        // The running engine.
        library(
            "PipelineRuntime",
            [
                "PipelineModel", "PipelineEngine", "PipelineStore", "ArtifactStorage", "ActionProviders", "Failpoints",
                .algorithms, .deque,
                .nioCore, .nioHTTP1, .serviceLifecycle, .logging, .asyncHTTPClient, .crypto,
            ]),
        // Edges.
        library(
            "CodePipelineAPI",
            [
                "AWSProtocol", "AWSSigning", "CodePipelineWire", "PipelineModel", "PipelineEngine", "PipelineStore",
                "PipelineRuntime", .hummingbird, .hummingbirdCore, .httpTypes, .nioCore, .nioPosix, .nioHTTP1,
                .nioHTTPTypes, .nioHTTPTypesHTTP1, .logging, .crypto,
            ]),
        library(
            "S3API",
            [
                "AWSSigning", "ArtifactStorage", .hummingbirdCore, .hummingbirdTLS, .httpTypes, .nioCore, .nioHTTPTypes,
                .nioSSL, .serviceLifecycle, .logging, .crypto,
            ]),
        library(
            "PenstockCommands",
            [
                "AWSProtocol", "AWSSigning", "CodePipelineWire", "PipelineModel", "PipelineEngine", "PipelineStore",
                "PipelineStoreSQLite", "ArtifactStorage", "ActionProviders", "PipelineRuntime", "CodePipelineAPI",
                "S3API", "Failpoints",
                .argumentParser, .yams, .hummingbird, .hummingbirdCore, .hummingbirdTLS, .nioCore, .nioHTTP1, .nioSSL,
                .nioPosix, .serviceLifecycle, .unixSignals, .logging, .asyncHTTPClient, .crypto, .system,
            ]),
        .executableTarget(
            name: "penstock", dependencies: ["PenstockCommands"], swiftSettings: settings,
            linkerSettings: selfContained),
        // Tools and test support, never imported by the above.
        .executableTarget(name: "WireGenerator", dependencies: ["AWSProtocol"], swiftSettings: settings),
        .systemLibrary(name: "CEpoll"),
        .executableTarget(
            name: "LoadGenerator",
            dependencies: [
                "AWSProtocol", "AWSSigning", "CodePipelineWire", "PipelineModel", "PipelineEngine", "PipelineStore",
                "PipelineStoreSQLite", "ActionProviders", "PipelineRuntime", "CEpoll", .argumentParser, .crypto,
                .sqlite, .logging, .system,
            ],
            swiftSettings: settings),
        library(
            "Simulator",
            [
                "PipelineModel", "PipelineEngine", "PipelineStore", "PipelineStoreSQLite", "ActionProviders",
                "PipelineRuntime", "TestSupport", .logging, .system,
            ]),
        .executableTarget(name: "simulate", dependencies: ["Simulator", .argumentParser], swiftSettings: settings),
        library("StoreConformance", ["PipelineModel", "PipelineEngine", "PipelineStore", "ArtifactStorage"]),
        library("TestSupport", ["AWSSigning", .system]),
        tests("AWSProtocolTests", ["AWSProtocol", "TestSupport"]),
        tests("AWSSigningTests", ["AWSSigning", "CCRC32C", .crypto]),
        tests("CodePipelineWireTests", ["AWSProtocol", "CodePipelineWire", "TestSupport"]),
        tests("PipelineModelTests", ["AWSProtocol", "CodePipelineWire", "PipelineModel"]),
        tests("PipelineEngineTests", ["PipelineModel", "PipelineEngine", "Simulator", "CodePipelineWire"]),
        tests(
            "PipelineStoreSQLiteTests",
            [
                "AWSProtocol", "PipelineModel", "PipelineEngine", "PipelineStore", "PipelineStoreSQLite",
                "ArtifactStorage",
                "StoreConformance", "TestSupport", .grdb, .logging, .system,
            ]),
        tests(
            "ArtifactStorageTests",
            [
                "AWSSigning", "ArtifactStorage", "PipelineStoreSQLite", "StoreConformance", "TestSupport", .crypto,
                .grdb, .logging, .nioCore, .nioPosix, .system,
            ]),
        tests(
            "S3APITests",
            [
                "AWSSigning", "ArtifactStorage", "PipelineStoreSQLite", "S3API", "TestSupport", .crypto, .logging,
                .nioCore, .nioPosix, .serviceLifecycle, .system,
            ]),
        tests(
            "ActionProvidersTests",
            [
                "PipelineModel", "PipelineEngine", "ArtifactStorage", "PipelineStoreSQLite", "ActionProviders",
                "TestSupport", .logging, .system,
            ]),
        tests(
            "PipelineRuntimeTests",
            [
                "PipelineModel", "PipelineEngine", "PipelineStore", "PipelineStoreSQLite", "ArtifactStorage",
                "ActionProviders", "PipelineRuntime",
                "Simulator", "StoreConformance", "TestSupport", .asyncHTTPClient, .grdb, .logging, .nioCore, .nioHTTP1,
                .nioPosix, .system,
            ]),
        tests(
            "CodePipelineAPITests",
            [
                "AWSProtocol", "AWSSigning", "CodePipelineWire", "PipelineModel", "PipelineEngine", "PipelineStore",
                "ActionProviders", "PipelineRuntime", "CodePipelineAPI", "Simulator", "TestSupport", .hummingbird,
                .hummingbirdCore, .logging, .nioCore, .nioEmbedded, .nioPosix,
                .serviceLifecycle, .crypto,
            ]),
        tests(
            "PenstockCommandsTests",
            [
                "PenstockCommands", "TestSupport", "AWSSigning", "ActionProviders", "CodePipelineAPI", "PipelineModel",
                "PipelineEngine", .system,
            ]),
        tests(
            "SimulatorTests",
            [
                "PipelineModel", "PipelineEngine", "PipelineStore", "ActionProviders", "PipelineRuntime", "Simulator",
                "StoreConformance",
            ]),
        tests("TidyTests"),
    ]
)
