import AWSSigning
import ArgumentParser
import Foundation

/// Which server, as whom, and for how long.
struct TargetOptions: ParsableArguments {
    @Option(help: "The server: http://ADDRESS:PORT.")
    var url: String

    @Option(
        help: "A credentials file of AWS's form; without it AKIAIOSFODNN7EXAMPLE signs, for peers that don't check.")
    var credentials: String?

    @Option(help: "Connections, each with one request at a time.")
    var connections = 64

    @Option(help: "Seconds that count.")
    var seconds = 4.0

    @Option(help: "Seconds before, that don't.")
    var warmUp = 0.5

    func endpoint() throws(LoadError) -> Endpoint { try Endpoint(url: url) }

    func signingCredentials() throws -> SigningCredentials {
        guard let credentials else {
            return SigningCredentials(
                accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
        }
        var values: [Substring: String] = [:]
        for line in try String(contentsOfFile: credentials, encoding: .utf8).split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else { continue }
            values[parts[0].prefix { $0 != " " }] = parts[1].trimmingCharacters(in: .whitespaces)
        }
        guard let id = values["aws_access_key_id"], let secret = values["aws_secret_access_key"] else {
            throw LoadError("\(credentials) holds no aws_access_key_id and aws_secret_access_key")
        }
        return SigningCredentials(accessKeyID: id, secretAccessKey: secret)
    }

    func call(_ operation: String, waitSeconds: Int = 0) throws -> APICall {
        APICall(
            operation, endpoint: try endpoint(), credentials: try signingCredentials(), waitSeconds: waitSeconds)
    }

    func client() throws -> BlockingClient {
        BlockingClient(endpoint: try endpoint(), credentials: try signingCredentials())
    }

    /// Runs one operation on all connections.
    ///
    /// - Parameter limit: operations there are; nil for as many as the time allows.
    func run(
        _ workload: String, operation: String, waitSeconds: Int = 0, limit: Int? = nil,
        body: @escaping (Int, ByteBuffer) -> Void, check: @escaping (Int, Reply) -> Bool
    ) throws {
        let loop = try LoadLoop(endpoint: try endpoint())
        let call = try call(operation, waitSeconds: waitSeconds)
        let turn = Turn(limit: limit)
        let measurement = Measurement()
        for _ in 0..<connections {
            try loop.add(CallSeries(call, turn: turn, measurement: measurement, body: body, check: check))
        }
        try loop.run(seconds: limit == nil ? seconds : nil, warmUp: limit == nil ? warmUp : 0)
        Report(workload, measurement, loop: loop, [("connections", .count(connections))]).emit()
    }
}

/// Which pipelines.
struct PipelineOptions: ParsableArguments {
    @Option(help: "What their names begin with; a number of six digits follows.")
    var prefix = "catalogue-"

    @Option(help: "How many there are.")
    var pipelines = 10_000

    @Option(help: "Their stages, the source's counted in.")
    var stages = 3

    @Option(help: "The provider of their custom action types.")
    var provider = "Catalogue"

    @Option(help: "Bytes of configuration in each action; with these GetPipeline answers 2,000 bytes.")
    var configurationSize = 287

    @Option(help: "Their role.")
    var roleArn = "arn:aws:iam::111111111111:role/penstock"

    @Option(help: "SUPERSEDED, QUEUED or PARALLEL; without it the server's default.")
    var executionMode: String?

    var text: PipelineText {
        PipelineText(
            prefix: prefix, provider: provider, stages: stages, configurationSize: configurationSize, roleArn: roleArn,
            executionMode: executionMode)
    }
}
