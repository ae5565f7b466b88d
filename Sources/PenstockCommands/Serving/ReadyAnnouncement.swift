import NIOCore
import Synchronization
import SystemPackage

/// Says that the server is ready once both ports listen: the line on standard output and `DATA/endpoints.json`.
final class ReadyAnnouncement: Sendable {
    enum Port {
        case api, s3
    }

    private struct State {
        var api: String?
        var s3: String?
        var withdrawn = false
    }

    private let configuration: ServerConfiguration
    private let directory: DataDirectory
    private let state = Mutex(State())

    init(configuration: ServerConfiguration, directory: DataDirectory) {
        self.configuration = configuration
        self.directory = directory
    }

    /// A port listens. The second call announces.
    func listening(_ port: Port, at address: SocketAddress?) {
        let number = address?.port ?? 0
        let url = Endpoints.url(host: configuration.host, port: number, isTLS: configuration.tls != nil)
        state.withLock { state in
            switch port {
            case .api: state.api = url
            case .s3: state.s3 = url
            }
            guard !state.withdrawn, let api = state.api, let s3 = state.s3 else { return }
            let endpoints = Endpoints(api: api, s3: s3, region: configuration.region)
            do {
                try endpoints.write(in: directory.path)
            } catch {
                Output.line(
                    "penstock: cannot write the addresses for penstock env to \(directory.path): \(error)",
                    to: .standardError)
            }
            Output.line("ready api=\(endpoints.api) s3=\(endpoints.s3) console=\(endpoints.console)")
            StartPages.giveBack()
        }
    }

    /// The server is no longer there to be found. Calling it again does nothing.
    func withdraw() {
        state.withLock { state in
            guard !state.withdrawn else { return }
            state.withdrawn = true
            Endpoints.remove(in: directory.path)
        }
    }
}
