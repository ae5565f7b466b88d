import AWSSigning
import CodePipelineAPI
import Logging
import ServiceLifecycle
import UnixSignals

/// On SIGHUP: reads the configuration file again, and goes on in a new audit log.
///
/// Users, their keys and policies, and the clients of third-party action types take effect at once, for every request that
/// is authenticated from then on. Other keys need a restart; those that differ are named in the log. A file with an error
/// changes nothing.
struct ConfigurationReload: Service {
    /// What the server was started with.
    let running: ServerConfiguration
    let root: SigningCredentials
    let credentials: CredentialDirectory
    let replaceClients: @Sendable (ServerConfiguration) -> Void
    let audit: AuditLog
    let hangups: UnixSignalsSequence
    let load: @Sendable () throws(CommandFailure) -> ServerConfiguration
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in hangups {
                audit.reopen()
                do throws(CommandFailure) {
                    try reload()
                } catch {
                    logger.error(
                        "The configuration was not taken; everything stays as it was",
                        metadata: ["error": "\(error.message)"])
                }
            }
        }
    }

    private func reload() throws(CommandFailure) {
        let read = try load()
        var next = running
        next.users = read.users
        credentials.replace(with: try next.credentialEntries(root: root))
        // Which types there are is known to pipelines; who takes their jobs is not.
        if read.thirdPartyActionTypes.map(\.type) == running.thirdPartyActionTypes.map(\.type) {
            next.thirdPartyActionTypes = read.thirdPartyActionTypes
            replaceClients(next)
        }
        logger.notice("The configuration was read again", metadata: ["users": "\(read.users.count)"])
        let unserved = next.differences(from: read)
        if !unserved.isEmpty {
            logger.warning(
                "These keys of the configuration take effect at the next start",
                metadata: ["keys": "\(unserved.joined(separator: ", "))"])
        }
    }
}

extension ServerConfiguration {
    /// The keys of the configuration file in which another configuration differs, as the file writes them.
    package func differences(from other: ServerConfiguration) -> [String] {
        let comparisons: [(String, Bool)] = [
            ("host", host == other.host), ("port", port == other.port), ("s3Port", s3Port == other.s3Port),
            ("dataDir", dataDirectory == other.dataDirectory), ("accountId", accountID == other.accountID),
            ("region", region == other.region), ("allowPlainHTTP", allowPlainHTTP == other.allowPlainHTTP),
            (
                "engine",
                engine == other.engine && sourcePollInterval == other.sourcePollInterval
                    && startOnPut == other.startOnPut
            ),
            ("users", users == other.users),
            ("thirdPartyActionTypes", thirdPartyActionTypes == other.thirdPartyActionTypes),
            ("tls", tls == other.tls), ("limits", limits == other.limits), ("git", git == other.git),
            ("codeBuild", codeBuild == other.codeBuild),
            ("notifications", notificationTopics == other.notificationTopics),
        ]
        return comparisons.filter { !$0.1 }.map(\.0)
    }
}
