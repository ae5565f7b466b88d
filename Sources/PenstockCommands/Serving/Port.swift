import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle

/// Where and how one of the two ports listens.
struct Port: Sendable {
    let configuration: ApplicationConfiguration
    /// Absent for plain HTTP.
    let tls: TLSConfiguration?
    let eventLoopGroup: any EventLoopGroup
    let logger: Logger
    /// Told once it listens.
    let listening: @Sendable (any Channel) -> Void

    /// The service that listens here and answers with the responder, over TLS where that is configured.
    func application<Responder: HTTPResponder>(
        _ responder: Responder, on connections: HTTPServerBuilder
    ) throws -> any Service where Responder.Context: InitializableFromSource<ApplicationRequestContextSource> {
        Application(
            responder: responder,
            server: try tls.map { try .tls(connections, tlsConfiguration: $0) } ?? connections,
            configuration: configuration, onServerRunning: { listening($0) },
            eventLoopGroupProvider: .shared(eventLoopGroup), logger: logger)
    }
}
