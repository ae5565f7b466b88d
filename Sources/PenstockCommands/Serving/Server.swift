import AWSProtocol
import AWSSigning
import CodePipelineAPI
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import ServiceLifecycle
import SystemPackage
import UnixSignals

/// The server from its first step to its last: hold the data directory, make the services, listen, drain.
struct Server {
    let configuration: ServerConfiguration
    let logger: Logger
    /// Reads flags, environment and configuration file again.
    let reload: @Sendable () throws(CommandFailure) -> ServerConfiguration

    /// Connections waiting to be accepted, and connections that each port serves at once.
    private static let backlog = 1024
    private static let maximumConnections = 10_000

    /// Returns once a signal has stopped the server in order.
    func run() async throws {
        // Before the ready line, so that no signal after it is lost.
        let hangups = await UnixSignalsSequence(trapping: .sighup)
        let (context, root) = try makeContext()
        let api = ListeningAddress(
            purpose: "API", flag: "--port", host: configuration.host, port: configuration.port)
        let s3 = ListeningAddress(
            purpose: "S3 endpoint", flag: "--s3-port", host: configuration.host, port: configuration.s3Port)
        for address in [api, s3] { try await address.probe(context.eventLoopGroup) }
        let services = try await makeServices(context)
        let announcement = ReadyAnnouncement(configuration: configuration, directory: context.directory)
        let ports = [
            ListeningPort(address: api, service: try apiService(services, context, announcement)),
            ListeningPort(address: s3, service: try services.s3(port(.s3, context, announcement))),
        ]
        defer { announcement.withdraw() }
        let reload = ConfigurationReload(
            running: configuration, root: root, credentials: context.credentials,
            replaceClients: services.replaceThirdPartyClients, audit: context.audit, hangups: hangups, load: reload,
            logger: logger)
        // The first one is stopped last.
        let all: [any Service] = [context.audit, reload] + services.background + ports
        try await StoppableServices(services: all, logger: logger).run {
            announcement.withdraw()
        }
        services.closeStore()
    }

    private func makeContext() throws -> (ServerContext, root: SigningCredentials) {
        let tls = try configuration.tls.map(Self.tlsConfiguration)
        let directory = try DataDirectory.open(FilePath(configuration.dataDirectory), now: WallClock.now)
        var generator = SystemRandomNumberGenerator()
        let root = try RootCredentials.settle(
            in: directory.path, given: configuration.rootCredentials, generator: &generator)
        let secretKey = try SecretKey.settle(in: directory.path, generator: &generator)
        let rate = configuration.limits.requestsPerSecond
        let random = RandomWords()
        let context = ServerContext(
            configuration: configuration, directory: directory, secretKey: secretKey,
            credentials: CredentialDirectory(try configuration.credentialEntries(root: root)),
            throttle: rate > 0 ? RequestThrottle(requestsPerSecond: rate) : nil,
            audit: try AuditLog(in: directory.path, logger: logger),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, tls: tls, clock: { WallClock.now },
            random: random,
            requestIDs: {
                let bits = random.pair()
                return RequestID(randomBits: bits.0, bits.1).description
            },
            logger: logger)
        return (context, root)
    }

    private func apiService(
        _ services: ServerServices, _ context: ServerContext, _ announcement: ReadyAnnouncement
    ) throws -> any Service {
        let authenticator = Authenticator(region: configuration.region, directory: context.credentials)
        let isSecure = context.tls != nil
        let api = APIService(
            authenticator: authenticator, throttle: context.throttle, clock: context.clock,
            requestIDs: context.requestIDs, logger: logger, isSecureTransport: isSecure,
            refused: services.auditRefusal, handler: services.handler)
        let routes = APIRoutes(
            authenticator: authenticator, logs: services.logs, backups: services.backups, clock: context.clock,
            requestIDs: context.requestIDs, isSecureTransport: isSecure)
        let connections = HTTPServerBuilder { responder in
            APIChildChannel(service: api, limits: ConnectionLimits(), responder: responder)
        }
        return try port(.api, context, announcement).application(routes.router().buildResponder(), on: connections)
    }

    private func port(
        _ name: ReadyAnnouncement.Port, _ context: ServerContext, _ announcement: ReadyAnnouncement
    ) -> Port {
        let number = name == .api ? configuration.port : configuration.s3Port
        return Port(
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: number), backlog: Self.backlog,
                availableConnectionsDelegate: MaximumAvailableConnections(Self.maximumConnections, logger: logger)),
            tls: context.tls, eventLoopGroup: context.eventLoopGroup, logger: logger,
            listening: { announcement.listening(name, at: $0.localAddress) })
    }

    private static func tlsConfiguration(_ files: ServerConfiguration.TLSFiles) throws(CommandFailure)
        -> TLSConfiguration
    {
        let chain: [NIOSSLCertificateSource]
        do {
            chain = try NIOSSLCertificate.fromPEMFile(files.certificate).map { .certificate($0) }
        } catch {
            throw .usage("tls.certificate \(files.certificate) is not a readable PEM file of certificates: \(error)")
        }
        let key: NIOSSLPrivateKey
        do {
            key = try NIOSSLPrivateKey(file: files.key, format: .pem)
        } catch {
            throw .usage("tls.key \(files.key) is not a readable PEM file of a private key: \(error)")
        }
        var tls = TLSConfiguration.makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(key))
        tls.minimumTLSVersion = .tlsv12
        tls.applicationProtocols = ["http/1.1"]
        do {
            // Finds a key that is not the certificate's now, not at the first connection.
            _ = try NIOSSLContext(configuration: tls)
        } catch {
            throw .usage("tls.certificate and tls.key do not belong together: \(error)")
        }
        return tls
    }
}

extension ServerConfiguration {
    /// All access keys of root and users.
    func credentialEntries(root: SigningCredentials) throws(CommandFailure) -> [CredentialDirectory.Entry] {
        var entries = [CredentialDirectory.Entry(credentials: root, identity: .root(accountID: accountID))]
        for user in users {
            // The root key may have been made at an earlier start, when the user was not configured yet.
            guard user.credentials.accessKeyID != root.accessKeyID else {
                throw .usage("user \(user.name) has the access key of the root credentials")
            }
            entries.append(
                .init(
                    credentials: user.credentials,
                    identity: .user(user.name, accountID: accountID, policies: user.policies)))
        }
        return entries
    }
}
