import AWSProtocol
import CodePipelineAPI
import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle

/// What the ports need from the store, the runtime and the object store behind them.
struct ServerServices: Sendable {
    /// Answers every operation.
    var handler: APIHandler
    /// Puts a call in the audit log that was refused before the operation saw it.
    var auditRefusal: @Sendable (APIRequest, AWSServiceError) -> Void
    /// Makes the clients of a configuration's third-party action types those who take their jobs.
    var replaceThirdPartyClients: @Sendable (ServerConfiguration) -> Void
    var logs: LogAccess
    var backups: BackupAccess
    /// The S3 endpoint on its port.
    var s3: @Sendable (Port) throws -> any Service
    /// Run while the server does. They start before the ports listen and are stopped, last one first, once the ports are
    /// drained.
    var background: [any Service] = []
    /// Brings the tables up to date and closes the database, once nothing runs any more.
    var closeStore: @Sendable () -> Void
}

/// What the services are made from.
struct ServerContext: Sendable {
    var configuration: ServerConfiguration
    var directory: DataDirectory
    /// What secrets are encrypted with at rest: 32 bytes.
    var secretKey: [UInt8]
    /// Of the root and of every user.
    var credentials: CredentialDirectory
    /// Of both ports together; nil where calls are not limited.
    var throttle: RequestThrottle?
    var audit: AuditLog
    var eventLoopGroup: any EventLoopGroup
    /// For both ports; nil is plain HTTP.
    var tls: TLSConfiguration?
    /// Epoch milliseconds.
    var clock: @Sendable () -> Int64
    var random: RandomWords
    var requestIDs: @Sendable () -> String
    var logger: Logger
}
