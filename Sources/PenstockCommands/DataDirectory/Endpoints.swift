import AWSProtocol
package import SystemPackage

/// Where a running server is reached: what its ready line says, and `DATA/endpoints.json` for other commands.
package struct Endpoints: Sendable, Equatable {
    package var api: String
    package var s3: String
    package var region: String

    private static let fileName = "endpoints.json"

    var console: String { "\(api)/console" }

    package init(api: String, s3: String, region: String) {
        self.api = api
        self.s3 = s3
        self.region = region
    }

    /// What a server with default settings has.
    static let defaults = Endpoints(api: "http://127.0.0.1:8470", s3: "http://127.0.0.1:8471", region: "us-east-1")

    /// The base URL of a port.
    ///
    /// An address that stands for all addresses is none to connect to; the loopback address is one of them.
    package static func url(host: String, port: Int, isTLS: Bool) -> String {
        let scheme = isTLS ? "https" : "http"
        return switch host {
        case "0.0.0.0": "\(scheme)://127.0.0.1:\(port)"
        case "::": "\(scheme)://[::1]:\(port)"
        case _ where host.contains(":"): "\(scheme)://[\(host)]:\(port)"
        default: "\(scheme)://\(host):\(port)"
        }
    }

    /// The API's address that a command was given: by its flag, else by the variable that all AWS tools read.
    ///
    /// - Returns: nil where neither is given. A variable that is set and empty is as if it were not set.
    static func given(flag: String?, environment: [String: String]) throws(CommandFailure) -> String? {
        let variable = "AWS_ENDPOINT_URL_CODEPIPELINE"
        if let flag { return try checked(flag, setting: "--endpoint-url") }
        guard let value = environment[variable], !value.isEmpty else { return nil }
        return try checked(value, setting: variable)
    }

    private static func checked(_ url: String, setting: String) throws(CommandFailure) -> String {
        let host = ["http://", "https://"].first { url.hasPrefix($0) }.map {
            url.dropFirst($0.count).prefix { $0 != "/" }
        }
        guard let host, !host.isEmpty, url.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .usage(
                "\(setting) must be an http:// or https:// URL, such as \(defaults.api), not '\(LogLine.escaped(url))'")
        }
        return url
    }

    package func write(in directory: FilePath) throws(Errno) {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("api")
        writer.string(api)
        writer.name("s3")
        writer.string(s3)
        writer.name("console")
        writer.string(console)
        writer.name("region")
        writer.string(region)
        writer.endObject()
        try DataFile.write(writer.bytes, to: directory.appending(Self.fileName))
    }

    package static func remove(in directory: FilePath) {
        DataFile.remove(directory.appending(fileName))
    }

    /// Those of the server that works in the directory now; nil where none does.
    package static func read(in directory: FilePath) -> Endpoints? {
        guard DataDirectory.isHeld(directory),
            let bytes = try? DataFile.read(directory.appending(fileName), maximumBytes: 64 * 1024),
            let document = try? JSONReader.parse(bytes), let api = document["api"]?.string,
            let s3 = document["s3"]?.string, let region = document["region"]?.string
        else { return nil }
        return Endpoints(api: api, s3: s3, region: region)
    }
}
