import AWSSigning
import ArgumentParser
import Crypto
import Foundation

/// Which objects.
struct ObjectOptions: ParsableArguments {
    @Option(help: "The bucket.")
    var bucket = "load-objects"

    @Option(help: "Bytes of an object.")
    var size = 1 << 20

    @Option(help: "Objects that are put or read in turn.")
    var objects = 32

    /// Bytes that no compression makes smaller, the same in every run.
    var content: [UInt8] {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        return (0..<size).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 56)
        }
    }

    var paths: [String] { (0..<objects).map { "/\(bucket)/object-\($0)" } }

    func run(_ verb: ObjectSeries.Verb, _ target: TargetOptions, limit: Int? = nil) throws -> (Measurement, LoadLoop) {
        let loop = try LoadLoop(endpoint: try target.endpoint())
        let measurement = Measurement()
        let turn = Turn(limit: limit)
        let content = content
        let hash = Hexadecimal.encode(SHA256.hash(data: content))
        for _ in 0..<target.connections {
            try loop.add(
                ObjectSeries(
                    verb, endpoint: try target.endpoint(), credentials: try target.signingCredentials(), paths: paths,
                    content: content, contentHash: hash, turn: turn, measurement: measurement))
        }
        try loop.run(seconds: limit == nil ? target.seconds : nil, warmUp: limit == nil ? target.warmUp : 0)
        return (measurement, loop)
    }
}

/// `make-bucket`: a bucket of an S3 server.
struct MakeBucket: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "make-bucket", abstract: "Makes a bucket that keeps versions.")

    @OptionGroup var target: TargetOptions
    @OptionGroup var objects: ObjectOptions

    func run() throws {
        let versioning =
            "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Status>Enabled</Status>"
            + "</VersioningConfiguration>"
        let signer = RequestSigner(service: .s3, region: "us-east-1", credentials: try target.signingCredentials())
        for (query, text) in [("", ""), ("versioning=", versioning)] {
            let body = Array(text.utf8)
            let request = ByteBuffer()
            ObjectSeries.write(
                "PUT", "/\(objects.bucket)", query: query, body: body,
                bodyHash: Hexadecimal.encode(SHA256.hash(data: body)), signer: signer,
                authority: try target.endpoint().authority, to: request)
            let (status, reply) = try target.client().exchange(request.bytes)
            guard status == 200 else { throw LoadError("PUT /\(objects.bucket): \(status) \(reply.prefix(300))") }
        }
        Report("make-bucket", [("errors", .count(0))]).emit()
    }
}

/// `put-objects`: durable puts.
struct PutObjects: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "put-objects", abstract: "Puts objects.")

    @OptionGroup var target: TargetOptions
    @OptionGroup var objects: ObjectOptions

    func run() throws {
        let (measurement, loop) = try objects.run(.put, target)
        Report("put-objects", measurement, loop: loop, [("bytes", .count(objects.size))]).emit()
    }
}

/// `get-objects`: reads what it has put before, or what is there.
struct GetObjects: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get-objects", abstract: "Gets objects, and compares them.")

    @OptionGroup var target: TargetOptions
    @OptionGroup var objects: ObjectOptions

    @Flag(help: "The objects are there already.")
    var noPut = false

    func run() throws {
        if !noPut { _ = try objects.run(.put, target, limit: objects.objects) }
        let (measurement, loop) = try objects.run(.get, target)
        Report("get-objects", measurement, loop: loop, [("bytes", .count(objects.size))]).emit()
    }
}

/// `write-objects`: the files that a peer serves as objects.
struct WriteObjects: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "write-objects", abstract: "Writes the objects as files below a folder, for a server of files.")

    @OptionGroup var objects: ObjectOptions

    @Argument(help: "The folder.")
    var folder: String

    func run() throws {
        let data = Data(objects.content)
        for path in objects.paths {
            let url = URL(filePath: folder + path)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try data.write(to: url)
        }
        Report("write-objects", [("operations", .count(objects.objects)), ("errors", .count(0))]).emit()
    }
}
