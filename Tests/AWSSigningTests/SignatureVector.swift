import AWSSigning
import Foundation
import Testing

/// One case of the public Signature Version 4 suite, which lies beside the project and not in it.
struct SignatureVector: Sendable, CustomTestStringConvertible {
    struct Context: Decodable, Sendable {
        struct Credentials: Decodable, Sendable {
            var accessKeyId: String
            var secretAccessKey: String
            var token: String?
        }
        var credentials: Credentials
        var expirationInSeconds: Int
        var normalize: Bool
        var region: String
        var service: String
        var signBody: Bool
        var timestamp: String
        var omitSessionToken: Bool?
    }

    let name: String
    let folder: URL
    let context: Context

    var testDescription: String { name }

    static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "../shared/reference/sigv4-vectors").standardizedFileURL
    static let arePresent = FileManager.default.fileExists(atPath: folder.path)

    static let all: [SignatureVector] = {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path) else { return [] }
        return names.sorted().compactMap { name in
            let folder = folder.appending(path: name)
            guard let data = try? Data(contentsOf: folder.appending(path: "context.json")),
                let context = try? decoder.decode(Context.self, from: data)
            else { return nil }
            return SignatureVector(name: name, folder: folder, context: context)
        }
    }()

    func text(_ file: String) throws -> String {
        String(decoding: try Data(contentsOf: folder.appending(path: file + ".txt")), as: UTF8.self)
    }

    /// The request of a file as a server reads it, and its body. Continuation lines belong to the header above them.
    func request(_ file: String) throws -> (head: HTTPRequestHead, body: String) {
        let text = try text(file)
        let end = text.range(of: "\n\n")
        let body = end.map { String(text[$0.upperBound...]) } ?? ""
        var lines: [String] = []
        for line in text[..<(end?.lowerBound ?? text.endIndex)].split(separator: "\n") {
            if line.hasPrefix(" ") {
                lines[lines.count - 1] += "\n" + line
            } else {
                lines.append(String(line))
            }
        }
        let words = lines[0].split(separator: " ")
        let target = words[1..<(words.count - 1)].joined(separator: " ").split(
            separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let headers = lines.dropFirst().map { line in
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            return (name: String(parts[0]), value: String(parts[1]))
        }
        let head = HTTPRequestHead(
            method: String(words[0]), path: String(target[0]), query: target.count > 1 ? String(target[1]) : "",
            headers: headers)
        return (head, file == "request" ? body : "")
    }

    var tokenIsAddedAfterSigning: Bool { context.omitSessionToken ?? false }

    /// Where the token is added after signing, the signer does not know it.
    var signer: RequestSigner {
        RequestSigner(
            signingName: context.service, region: context.region,
            credentials: SigningCredentials(
                accessKeyID: context.credentials.accessKeyId,
                secretAccessKey: context.credentials.secretAccessKey,
                sessionToken: tokenIsAddedAfterSigning ? nil : context.credentials.token),
            path: path, sendsBodyHash: context.signBody)
    }

    var path: CanonicalRequest.PathStyle { .twice(normalized: context.normalize) }

    var date: SigningDate {
        get throws {
            let digits = context.timestamp.filter { $0 != "-" && $0 != ":" }
            guard let date = SigningDate(basic: digits) else { throw CocoaError(.formatting) }
            return date
        }
    }
}
