import AWSProtocol
import AWSSigning
import ActionProviders
import ArtifactStorage
import AsyncHTTPClient
import CodePipelineAPI
import Failpoints
import Foundation
import Logging
import NIOCore
import PipelineEngine
import PipelineModel
import PipelineRuntime
import PipelineStore
import PipelineStoreSQLite
import S3API
import ServiceLifecycle
import SystemPackage

/// Opens the store, starts what runs pipelines and says how requests reach it. The one place where the parts of the
/// server are put together.
func makeServices(_ context: ServerContext) async throws -> ServerServices {
    let composition = try await Composition(context)
    try await composition.recover()
    let operations = composition.operations
    return ServerServices(
        handler: { request, eventLoop in operations.answer(request, on: eventLoop) },
        auditRefusal: { request, error in operations.auditRefusal(of: request, error) },
        replaceThirdPartyClients: { composition.host.actionTypes.replaceClients(with: $0.thirdPartyClients) },
        logs: composition.logAccess, backups: composition.backups.access, s3: composition.s3Service,
        background: composition.background, closeStore: { composition.database.close() })
}

/// The parts of a running server and how they know each other.
private struct Composition: Sendable {
    let context: ServerContext
    let database: SQLiteDatabase
    let store: SQLitePipelineStore
    let objects: ObjectStore
    let host: PipelineHost
    let engineClock: SteadyClock
    let logs: ActionLogs
    let backups: Backups
    let jobCredentials: JobCredentials

    private var configuration: ServerConfiguration { context.configuration }
    private var logger: Logger { context.logger }

    init(_ context: ServerContext) async throws {
        self.context = context
        let configuration = context.configuration
        let logger = context.logger
        let data = context.directory.path
        let database: SQLiteDatabase
        do {
            database = try SQLiteDatabase(path: data.appending("penstock.db").string, logger: logger) { reason in
                logger.critical(
                    "The disk did not take a commit; the server ends and reads what is there at its next start",
                    metadata: ["error": "\(reason)"])
                exit(ExitStatus.failure.rawValue)
            }
        } catch {
            throw CommandFailure(.failure, "cannot open the database: \(error.text)")
        }
        let store = SQLitePipelineStore(database: database, sealer: SecretSealer(key: context.secretKey))
        let signals = RuntimeSignals()
        let clock = context.clock
        let steadyClock = SteadyClock()
        engineClock = steadyClock
        let actionTypes = ActionTypeDirectory(
            catalogue: ActionTypeCatalogue(thirdParty: configuration.thirdPartyActionTypes.map(\.type)),
            clients: configuration.thirdPartyClients,
            customActionTimeout: configuration.engine.customActionTimeout)
        let host = PipelineHost(
            store: store, actionTypes: actionTypes, jobs: JobBoard(signals: signals), signals: signals,
            settings: configuration.engine, git: configuration.git, now: { Timestamp(milliseconds: steadyClock.now) },
            ids: IDSource(next: { [random = context.random] in random.next() }))
        let starts = configuration.startOnPut ? StartOnPut(host: host, logger: logger) : nil
        let index = SQLiteObjectIndex(database: database) { database, version in
            try starts?.stored(version, in: store.transaction(in: database))
        }
        // What a killed server was working on; its jobs are offered again and begin afresh.
        let builds = data.appending("work").appending("builds")
        let ended = await AbandonedProcesses.end(work: data.appending("work"), builds: builds)
        if ended > 0 {
            logger.notice("processes that the last server had left were ended", metadata: ["processes": "\(ended)"])
        }
        let work = data.appending("work").string
        try? FileManager.default.removeItem(atPath: work)
        try FileManager.default.createDirectory(
            atPath: work, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        self.store = store
        self.database = database
        self.host = host
        let objects = try ObjectStore(root: data.appending("objects"), index: index, now: clock)
        let logs = ActionLogs(folder: data.appending("logs"))
        self.objects = objects
        self.logs = logs
        backups = Backups(
            data: data, database: database, objects: objects, logs: logs, now: { steadyClock.now }, logger: logger)
        jobCredentials = JobCredentials(key: context.secretKey)
    }

    /// Brings memory to where the store stands, and offers again what the last server had in hand.
    func recover() async throws {
        let (types, jobs) = try await store.read { reader in
            (try reader.customActionTypes(), try reader.liveJobs())
        }
        // A row that can't be read is no reason not to start.
        let attempt = try? await store.read { try $0.lastAttempt() }
        for type in types { host.actionTypes.put(type) }
        followTime(of: jobs.map(\.record), attempt)
        for job in jobs {
            host.jobs.update(job.record, queryValue: job.queryValue)
            guard job.record.typeID.isBuiltIn, job.record.status == .inProgress else { continue }
            do {
                try await store.write { [host] in try host.release(job, in: $0) }
                Failpoint.recoveryReleased.reached()
            } catch {
                // It ends at its action's time-out; the others go on.
                logger.error(
                    "a job of the last server can't be offered again",
                    metadata: ["job": "\(job.record.id)", "error": "\(error)"])
            }
        }
    }

    /// Milliseconds that an attempt may be ahead of the machine's clock to be believed.
    private static let longestAhead: Int64 = 30 * 86_400_000

    /// Begins no earlier than a job was queued or an action began: where the machine's clock was set back since, or is not
    /// set yet, a job would be out of reach and a deadline too far away until it has caught up.
    private func followTime(of jobs: [CopyOnWrite<JobRecord>], _ attempt: AttemptRecord?) {
        let delay = configuration.engine.continuationDelay * 1000
        var instants = jobs.map { max($0.createdAt.milliseconds, $0.availableAt.milliseconds - delay) }
        let now = engineClock.now
        // Farther ahead, the last server's clock was wrong, and not this one's.
        if let instant = attempt?.attempt.lastStatusChange.milliseconds, instant - now < Self.longestAhead {
            instants.append(instant)
        }
        guard let newest = instants.max(), newest > now else { return }
        logger.warning(
            """
            The machine's clock is behind what the last server did. Time goes on from there, a tenth slower \
            until the clock has caught up; check the clock
            """,
            metadata: ["seconds": "\((newest - now) / 1000)"])
        engineClock.reach(newest)
    }

    // MARK: Requests

    var operations: CodePipelineOperations {
        let now = host.now
        return CodePipelineOperations(
            host: host, jobCredentials: jobCredentials, accountID: configuration.accountID,
            region: configuration.region,
            limits: .init(
                pipelines: configuration.limits.pipelines, customActionTypes: configuration.limits.customActionTypes),
            audit: context.audit.trail,
            ensureBuckets: { [store] names, transaction in
                try store.ensureBuckets(names, at: now(), in: transaction)
            })
    }

    var logAccess: LogAccess {
        let region = configuration.region
        let accountID = configuration.accountID
        return LogAccess { [store, logs] id, offset, follow in
            guard let attempt = try await store.read({ try $0.attempt(id) }) else { return nil }
            let resource = ARN.action(
                region: region, accountID: accountID, pipeline: attempt.pipeline, stage: attempt.stage,
                action: attempt.action)
            return LogAccess.Log(
                resource: resource, bytes: LogBytes(logs: logs, id: id, offset: Int(offset), follows: follow))
        }
    }

    var s3Service: @Sendable (Port) throws -> any Service {
        { [self] port in
            try S3Server(
                configuration: .init(
                    host: configuration.host, port: configuration.s3Port, region: configuration.region, tls: port.tls,
                    accountID: configuration.accountID),
                store: objects, lookup: { await principal(accessKeyID: $0, sessionToken: $1) }, now: context.clock,
                admit: { [throttle = context.throttle] accessKeyID in
                    let now = Int64(truncatingIfNeeded: NIODeadline.now().uptimeNanoseconds)
                    return throttle?.allows(accessKeyID: accessKeyID, now: now) ?? true
                },
                audit: s3Audit, eventLoopGroup: port.eventLoopGroup, logger: port.logger, onBound: port.listening)
        }
    }

    private var s3Audit: S3Audit {
        let trail = context.audit.trail
        let line = {
            @Sendable [accountID = configuration.accountID, region = configuration.region, context]
            (record: S3AuditRecord, result: String) in
            let (caller, jobID): (String, String?) =
                switch record.access {
                case .full: (CallerIdentity.root(accountID: accountID).arn, nil)
                case .user(let user): (user.arn, nil)
                case .job(let job): ("job/\(job.jobID)", job.jobID)
                }
            return AuditEntry(
                service: "s3", operation: record.operation, resource: record.resource, jobID: jobID, callerArn: caller,
                accessKeyID: record.accessKeyID, requestID: record.requestID,
                origin: RequestOrigin(
                    region: region, isSecureTransport: context.tls != nil, sourceAddress: record.origin.sourceAddress,
                    userAgent: record.origin.userAgent, receivedAt: context.clock())
            ).line(result: result)
        }
        return S3Audit(
            isWritable: { trail.flush() },
            served: { record in
                trail.append(line(record, "ok"))
                return trail.flush()
            },
            refused: { record, code in trail.appendSoon(line(record, code)) })
    }

    /// What a user's policies, or the root credentials, allow on the S3 port.
    private func s3Access(of identity: CallerIdentity) -> S3Principal.Access {
        guard identity.policies != nil else { return .full }
        let region = configuration.region
        let isSecureTransport = context.tls != nil
        let clock = context.clock
        return .user(
            UserAccess(arn: identity.arn) { action, resource, origin in
                let origin = RequestOrigin(
                    region: region, isSecureTransport: isSecureTransport, sourceAddress: origin.sourceAddress,
                    userAgent: origin.userAgent, receivedAt: clock())
                do throws(AWSServiceError) {
                    try identity.authorize(action, on: resource, from: origin)
                    return nil
                } catch {
                    return error.message
                }
            })
    }

    /// Who an access key of the S3 port belongs to. A job's credentials live as long as the job.
    private func principal(accessKeyID: String, sessionToken: String?) async -> S3Principal? {
        if let entry = context.credentials.entry(forAccessKeyID: accessKeyID) {
            return S3Principal(credentials: entry.credentials, access: s3Access(of: entry.identity))
        }
        guard let sessionToken, let id = jobCredentials.job(accessKeyID: accessKeyID, sessionToken: sessionToken),
            let job = host.jobs.liveJob(id), job.status != .queued
        else { return nil }
        let issued = jobCredentials.credentials(ofJob: id)
        return S3Principal(
            credentials: .init(
                accessKeyID: issued.accessKeyID, secretAccessKey: issued.secretAccessKey,
                sessionToken: issued.sessionToken),
            access: .job(
                JobAccess(
                    jobID: id, readable: Set(job.inputs.map(\.address)), writable: Set(job.outputs.map(\.address)))))
    }

    // MARK: Duties

    var background: [any Service] {
        let work = context.directory.path.appending("work")
        let command = GitCommand()
        let git = GitSource(settings: configuration.git, command: command, store: objects, workFolder: work)
        let now = host.now
        var providers: [any ActionProvider] = [
            CodeCommitSource(git), GitHubSource(git), ConnectionSource(git),
            S3Source(store: objects, workFolder: work), S3Deploy(store: objects, workFolder: work),
            CodeBuildProvider(
                settings: configuration.codeBuild, store: objects, workspaces: work.appending("builds"), now: now),
        ]
        let served = Set(providers.flatMap(\.actionTypes))
        providers.append(
            UnavailableProvider(
                actionTypes: ActionTypeCatalogue.builtIn.map(\.type.id).filter { id in
                    id.category != "Approval" && !served.contains(id)
                }))
        return [
            ClientService(client: publishingClient),
            TimerService(host: host, logger: logger),
            SourcePoller(
                host: host, probe: SourceProbe(command: command, store: objects, workFolder: work),
                interval: configuration.sourcePollInterval, logger: logger),
            eventPublisher,
            Housekeeper(host: host, logger: logger),
            HistoryCleaner(
                host: host, objects: objects, logs: logs, retention: configuration.executionRetention, logger: logger),
            ObjectSweep(store: objects, now: context.clock, logger: logger),
            JobDispatcher(
                host: host, providers: providers, logs: logs, accountID: configuration.accountID,
                region: configuration.region, maximumBuilds: max(2, ProcessInfo.processInfo.activeProcessorCount),
                logger: logger),
        ]
    }

    private let publishingClient = HTTPClient(
        eventLoopGroupProvider: .singleton, configuration: TopicPublisher.clientConfiguration)

    private var eventPublisher: EventPublisher {
        EventPublisher(
            host: host, publisher: TopicPublisher(client: publishingClient),
            topics: configuration.notificationTopics.mapValues { receivers in
                receivers.map { TopicSubscriber(url: $0.url, secret: $0.secret) }
            },
            region: configuration.region,
            consoleURL: { [directory = context.directory.path, configuration] in
                Endpoints.read(in: directory)?.console
                    ?? Endpoints.url(
                        host: configuration.host, port: configuration.port, isTLS: configuration.tls != nil)
                    + "/console"
            },
            logger: logger)
    }
}

extension ServerConfiguration {
    /// Who takes the jobs of each third-party action type.
    fileprivate var thirdPartyClients: [ActionTypeID: [ThirdPartyClient]] {
        Dictionary(
            uniqueKeysWithValues: thirdPartyActionTypes.map { type in
                let clients = type.clients.map {
                    ThirdPartyClient(clientID: $0.clientID, clientToken: $0.clientToken, pipelines: $0.pipelines)
                }
                return (type.type.id, clients)
            })
    }
}

extension PipelineModel.ArtifactLocation {
    fileprivate var address: ObjectAddress { ObjectAddress(bucket: bucket, key: key) }
}
