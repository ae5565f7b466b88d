import ArgumentParser
import Foundation

/// `put-starts`: from a put into a source bucket to the run that it starts.
struct PutStarts: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "put-starts", abstract: "Puts source objects, and waits for the run that each put starts.")

    @OptionGroup var target: TargetOptions

    @Option(help: "The S3 server: http://ADDRESS:PORT.")
    var objectsUrl: String

    @Option(help: "Pipelines, whose sources are put in turn.")
    var pipelines = 50

    @Option(help: "A bucket that keeps versions.")
    var bucket = "load-objects"

    func run() throws {
        let run = String(Clock.nanoseconds / 1_000_000, radix: 36)
        let object = (bucket: bucket, keyPrefix: "source-\(run)-")
        let text = PipelineText(prefix: "put-\(run)-", provider: "Put-\(run)", object: object)
        let client = try target.client()
        try text.register(with: client)
        let body = ByteBuffer()
        for pipeline in 0..<pipelines {
            body.clear()
            text.write(pipeline, revision: 1, to: body)
            _ = try client.call("CreatePipeline", body.text)
        }
        let driver = PutStartDriver(
            api: try target.endpoint(), objects: try Endpoint(url: objectsUrl),
            credentials: try target.signingCredentials(), text: text)
        let afterReply = Measurement()
        let afterRequest = Measurement()
        let began = Clock.nanoseconds
        var number = 0
        while Clock.nanoseconds < began + UInt64(target.seconds * 1e9) {
            let (reply, request) = try driver.start(number % pipelines, object: object)
            afterReply.add(reply)
            afterRequest.add(request)
            number += 1
        }
        Report(
            "put-starts",
            [("operations", .count(number))] + afterRequest.members() + afterReply.members("after_reply_")
                + [("errors", .count(0))]
        ).emit()
    }
}
