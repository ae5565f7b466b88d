import ArgumentParser
import Foundation

/// `queue-cycles`: the job cycles of a queue that stands beside ours.
struct QueueCycles: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queue-cycles", abstract: "Put, take, done at beanstalkd or Redis.")

    @OptionGroup var target: TargetOptions

    @Option(help: "beanstalkd or redis.")
    var kind: QueueCycle.Kind

    func run() throws {
        if kind == .redis { try prepareStream() }
        let loop = try LoadLoop(endpoint: try target.endpoint())
        let measurement = Measurement()
        for number in 0..<target.connections {
            try loop.add(QueueCycle(kind, consumer: number, measurement: measurement))
        }
        try loop.run(seconds: target.seconds, warmUp: target.warmUp)
        Report("queue-cycles", measurement, loop: loop, [("connections", .count(target.connections))]).emit()
    }

    private func prepareStream() throws(LoadError) {
        let loop = try LoadLoop(endpoint: try Endpoint(url: target.url))
        try loop.add(StreamPreparation())
        try loop.run(seconds: nil)
    }
}

extension QueueCycle.Kind: ExpressibleByArgument {}

/// Empties Redis's stream and makes its group.
private final class StreamPreparation: Conversation {
    let framing = Framing.redis
    private var commands = [
        ["DEL", QueueCycle.stream], ["XGROUP", "CREATE", QueueCycle.stream, QueueCycle.group, "$", "MKSTREAM"],
    ]

    func next(_ request: ByteBuffer, in loop: LoadLoop) throws(LoadError) -> Step {
        guard !commands.isEmpty else { return .finish }
        request.clear()
        QueueCycle.write(commands.removeFirst(), to: request)
        return .send
    }

    func received(_ reply: Reply, sentAt: UInt64, in loop: LoadLoop) throws(LoadError) {
        if reply.body.first == UInt8(ascii: "-") { throw LoadError(reply.excerpt) }
    }
}
