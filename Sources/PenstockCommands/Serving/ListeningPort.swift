import NIOCore
import NIOPosix
import ServiceLifecycle
import SystemPackage

/// A port's server, with its failure to listen said in one line.
struct ListeningPort: Service {
    let address: ListeningAddress
    let service: any Service

    func run() async throws {
        do {
            try await service.run()
        } catch {
            throw address.failure(error)
        }
    }
}

/// An address and port that the server is told to listen on.
struct ListeningAddress: Sendable {
    /// What listens there, for messages.
    let purpose: String
    /// The flag that gives the port.
    let flag: String
    let host: String
    let port: Int

    /// Finds out that the port cannot be listened on before anything else is begun.
    ///
    /// It accepts nobody: a client that connects in this moment is reset when the port is given up, and can try again. An
    /// accepted one would stay open, and wait for a reply for ever.
    func probe(_ group: any EventLoopGroup) async throws {
        do {
            let channel = try await ServerBootstrap(group: group)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .serverChannelOption(.autoRead, value: false)
                .bind(host: host, port: port).get()
            try await channel.close()
        } catch {
            throw failure(error)
        }
    }

    /// The one line for an error of the system; other errors as they are.
    func failure(_ error: any Error) -> any Error {
        if error is SocketAddressError || error is SocketAddressError.UnknownHost {
            return CommandFailure.usage("--host \(host) is not an address of this machine: \(error)")
        }
        guard let error = error as? IOError else { return error }
        let place = "port \(port) of \(host) for the \(purpose)"
        let reason = Errno(rawValue: error.errnoCode)
        return switch reason {
        case .addressInUse:
            CommandFailure(.failure, "\(place) is in use by another program; stop it, or give another \(flag)")
        case .addressNotAvailable:
            CommandFailure(.failure, "cannot listen on \(place): this machine has no such address; give another --host")
        case .permissionDenied:
            CommandFailure(.failure, "cannot listen on \(place): not permitted; give a \(flag) above 1023")
        default:
            CommandFailure(.failure, "cannot listen on \(place): \(reason)")
        }
    }
}
