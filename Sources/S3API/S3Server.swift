package import ArtifactStorage
import HummingbirdCore
import HummingbirdTLS
package import Logging
package import NIOCore
package import NIOSSL
import ServiceLifecycle

/// The embedded S3 endpoint on a port of its own, path style.
package struct S3Server: Service {
    package struct Configuration: Sendable {
        package var host: String
        /// 0 takes a free one.
        package var port: Int
        /// The region that signatures must name.
        package var region: String
        /// Plain HTTP where absent.
        package var tls: TLSConfiguration?
        /// Who owns every bucket; nil where `x-amz-expected-bucket-owner` is not looked at.
        package var accountID: String?
        package var timeouts: S3Timeouts

        package init(
            host: String, port: Int, region: String, tls: TLSConfiguration? = nil, accountID: String? = nil,
            timeouts: S3Timeouts = S3Timeouts()
        ) {
            self.host = host
            self.port = port
            self.region = region
            self.tls = tls
            self.accountID = accountID
            self.timeouts = timeouts
        }
    }

    private let server: any Service

    /// Makes the server; it listens once it is run.
    ///
    /// - Parameters:
    ///   - lookup: finds the principal of an access key.
    ///   - now: the time, epoch milliseconds.
    ///   - admit: takes one request from an access key's rate; false where it is used up.
    ///   - audit: told of requests that change something.
    ///   - onBound: told of the channel once it listens.
    /// - Throws: where the TLS configuration is not usable.
    package init(
        configuration: Configuration, store: ObjectStore, lookup: @escaping S3CredentialLookup,
        now: @escaping @Sendable () -> Int64,
        admit: @escaping @Sendable (_ accessKeyID: String) -> Bool = { _ in true }, audit: S3Audit? = nil,
        eventLoopGroup: any EventLoopGroup, logger: Logger,
        onBound: @escaping @Sendable (any Channel) -> Void
    ) throws {
        let responder = S3Responder(
            authenticator: S3Authenticator(
                region: configuration.region, lookup: lookup, now: now, admit: admit, audit: audit),
            service: S3Service(store: store, region: configuration.region, accountID: configuration.accountID),
            timeouts: configuration.timeouts, logger: logger, now: now)
        let http = HTTP1Channel.Configuration(
            additionalChannelHandlers: [
                LastRequestHandler(linger: configuration.timeouts.linger),
                StalledPeerHandler(timeout: configuration.timeouts.idle),
            ],
            idleTimeout: configuration.timeouts.idle,
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: S3Limits.headerFieldSize, maxHeaderListSize: S3Limits.headerListSize,
                maxHeaderFieldCount: S3Limits.headerCount))
        var builder = HTTPServerBuilder { responder in
            S3ChildChannel(http: HTTP1Channel(responder: responder, configuration: http))
        }
        if let tls = configuration.tls { builder = try .tls(builder, tlsConfiguration: tls) }
        server = try builder.buildServer(
            configuration: ServerConfiguration(
                address: .hostname(configuration.host, port: configuration.port),
                availableConnectionsDelegate: MaximumAvailableConnections(S3Limits.connections)),
            eventLoopGroup: eventLoopGroup, logger: logger,
            responder: { request, writer, channel in
                try await responder.respond(to: request, writer: writer, channel: channel)
            },
            onServerRunning: { channel in onBound(channel) })
    }

    package func run() async throws {
        try await server.run()
    }
}
