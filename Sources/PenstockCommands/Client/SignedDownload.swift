import AWSProtocol
import AWSSigning
import AsyncHTTPClient
import Crypto
import Glibc
import NIOCore
import NIOHTTP1
import NIOSSL
import SystemPackage

/// A signed GET of something long from the API port, written to a file as it comes.
struct SignedDownload {
    /// From a piece of the reply to the next; the first comes when the server has made its copy of the database.
    static let patience = TimeAmount.minutes(30)
    static let connectTime = TimeAmount.seconds(10)
    private static let errorBytes = 64 << 10

    var endpoint: String
    var region: String
    var credentials: SigningCredentials
    /// PEM file of the authorities to trust instead of the system's (`AWS_CA_BUNDLE`).
    var authorities: String?

    /// Gets the path and writes what comes.
    ///
    /// - Throws: ``CommandFailure``: ``ExitStatus/unreachable``, ``ExitStatus/notAllowed``, or a failure.
    func get(_ path: String, to file: SystemPackage.FileDescriptor, now: Int64) async throws {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: Self.connectTime, read: Self.patience), decompression: .disabled)
        if let authorities {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .file(authorities)
            configuration.tlsConfiguration = tls
        }
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let result: Result<Void, any Error>
        do {
            result = .success(try await get(path, with: client, to: file, now: now))
        } catch {
            result = .failure(error)
        }
        try await client.shutdown()
        try result.get()
    }

    private func get(
        _ path: String, with client: HTTPClient, to file: SystemPackage.FileDescriptor, now: Int64
    ) async throws {
        let response: HTTPClientResponse
        do {
            response = try await client.execute(try request(path, now: now), deadline: .now() + Self.patience)
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure(.unreachable, "no server answers at \(endpoint): \(error); is it running there?")
        }
        guard response.status == .ok else { throw try await refusal(response) }
        do {
            for try await piece in response.body {
                try piece.withUnsafeReadableBytes { _ = try file.writeAll($0) }
            }
        } catch let error as Errno {
            throw CommandFailure(.failure, "cannot write the file: \(error)")
        } catch {
            throw CommandFailure(.unreachable, "the reply of \(endpoint) was cut off: \(error)")
        }
    }

    private func request(_ path: String, now: Int64) throws(CommandFailure) -> HTTPClientRequest {
        let scheme = endpoint.hasPrefix("https://") ? "https://" : "http://"
        guard endpoint.hasPrefix(scheme) else {
            throw .usage("--endpoint-url must be an http:// or https:// URL, not \(endpoint)")
        }
        let host = endpoint.dropFirst(scheme.count).prefix { $0 != "/" }
        var head = AWSSigning.HTTPRequestHead(method: "GET", path: path, headers: [("Host", String(host))])
        let signer = RequestSigner(service: .codepipeline, region: region, credentials: credentials)
        let emptyBody = Hexadecimal.encode(Array(SHA256.hash(data: [UInt8]())))
        signer.sign(&head, bodyHash: emptyBody, now: now)
        var request = HTTPClientRequest(url: "\(scheme)\(host)\(path)")
        for header in head.headers { request.headers.add(name: header.name, value: header.value) }
        return request
    }

    private func refusal(_ response: HTTPClientResponse) async throws -> CommandFailure {
        let body = try? await response.body.collect(upTo: Self.errorBytes)
        let document = try? JSONReader.parse(Array(body?.readableBytesView ?? ByteBuffer().readableBytesView))
        guard let code = document?["__type"]?.string else {
            return CommandFailure(
                .failure, "\(endpoint) answers with status \(response.status.code); is it a penstock server?")
        }
        let message = document?["message"]?.string.map { ": \($0)" } ?? ""
        let isRefusal = ["AccessDenied", "Signature", "Token", "UnrecognizedClient"].contains { code.contains($0) }
        return CommandFailure(isRefusal ? .notAllowed : .failure, code + message)
    }
}
