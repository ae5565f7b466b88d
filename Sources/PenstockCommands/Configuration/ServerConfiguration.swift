package import AWSSigning
package import ActionProviders
package import CodePipelineAPI
package import PipelineEngine
package import PipelineModel

/// All that `penstock serve` is told: flags, environment and configuration file brought together (CONTRACT).
package struct ServerConfiguration: Sendable {
    package var host = "127.0.0.1"
    /// 0 is a free one.
    package var port = 8470
    package var s3Port = 8471
    /// Absolute.
    package var dataDirectory: String
    package var accountID = "111111111111"
    package var region = "us-east-1"
    package var allowPlainHTTP = false
    package var engine = EngineSettings()
    /// Seconds between two polls of one source.
    package var sourcePollInterval: Int64 = 30
    package var startOnPut = true
    /// Seconds that an execution's history is kept after its end: 12 months, as at AWS. 0 is for ever.
    package var executionRetention: Int64 = 365 * 86_400
    package var users: [User] = []
    package var thirdPartyActionTypes: [ThirdPartyActionType] = []
    package var tls: TLSFiles?
    package var limits = Limits()
    package var git: GitSettings
    package var codeBuild = CodeBuildSettings()
    /// By topic ARN.
    package var notificationTopics: [String: [NotificationReceiver]] = [:]
    /// From the environment; absent where the data directory's are to be used or made.
    package var rootCredentials: SigningCredentials?

    /// The defaults, for a data directory.
    package init(dataDirectory: String) {
        self.dataDirectory = dataDirectory
        git = GitSettings(codeCommit: "file://\(dataDirectory)/git/{RepositoryName}.git")
    }

    /// A user besides the root credentials.
    package struct User: Sendable, Equatable {
        package var name: String
        package var credentials: SigningCredentials
        package var policies: [PolicyDocument]
    }

    /// An action type of owner `ThirdParty` and the clients whose workers may take its jobs.
    package struct ThirdPartyActionType: Sendable, Equatable {
        package var type: ActionType
        /// In order: the first one whose globs match a pipeline's name gets its jobs.
        package var clients: [Client]

        package struct Client: Sendable, Equatable {
            /// A lower-case UUID.
            package var clientID: String
            package var clientToken: String
            /// Globs over pipeline names.
            package var pipelines: [String]

            package init(clientID: String, clientToken: String, pipelines: [String]) {
                self.clientID = clientID
                self.clientToken = clientToken
                self.pipelines = pipelines
            }
        }
    }

    /// PEM files.
    package struct TLSFiles: Sendable, Equatable {
        package var certificate: String
        package var key: String

        package init(certificate: String, key: String) {
            self.certificate = certificate
            self.key = key
        }
    }

    /// 0 is none.
    package struct Limits: Sendable, Equatable {
        package var requestsPerSecond = 0
        package var pipelines = 0
        package var customActionTypes = 0

        package init(requestsPerSecond: Int = 0, pipelines: Int = 0, customActionTypes: Int = 0) {
            self.requestsPerSecond = requestsPerSecond
            self.pipelines = pipelines
            self.customActionTypes = customActionTypes
        }
    }

    /// Where a notification is posted to.
    package struct NotificationReceiver: Sendable, Equatable {
        package var url: String
        /// Signs the body (`X-Penstock-Signature`).
        package var secret: String?

        package init(url: String, secret: String? = nil) {
            self.url = url
            self.secret = secret
        }
    }

    /// Whether only this machine can reach the ports.
    package var isLoopback: Bool {
        if host == "localhost" || host == "::1" { return true }
        let octets = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        return octets.count == 4 && octets.allSatisfy { $0 != nil } && octets[0] == 127
    }

    /// Refuses to send credentials and secrets over a network in the clear, unless told so in as many words.
    func checkBinding() throws(CommandFailure) {
        guard tls == nil, !allowPlainHTTP, !isLoopback else { return }
        throw .usage(
            "--host \(host) is reachable from other machines, and there is no TLS: give tls.certificate and tls.key in the "
                + "configuration file, or say allowPlainHTTP: true there")
    }
}
