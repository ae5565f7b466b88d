import Glibc

/// Where a server listens: plain HTTP on an IPv4 address.
struct Endpoint {
    let host: String
    let port: UInt16

    /// As it stands in the `Host` header.
    var authority: String { "\(host):\(port)" }

    /// - Parameter url: `http://127.0.0.1:8470`, with nothing but perhaps one `/` behind.
    init(url: String) throws(LoadError) {
        let parts = url.split(separator: "/", omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0] == "http:" else {
            throw LoadError("'\(url)' is no URL of the form http://ADDRESS:PORT")
        }
        let authority = parts[1].split(separator: ":")
        guard authority.count == 2, let port = UInt16(authority[1]), inet_addr(String(authority[0])) != INADDR_NONE
        else { throw LoadError("'\(url)' needs a numeric IPv4 address and a port") }
        host = String(authority[0])
        self.port = port
    }

    /// A connected socket that sends at once.
    func connect() throws(LoadError) -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw LoadError("socket: \(String(cString: strerror(errno)))") }
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr(host)
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else {
            let reason = String(cString: strerror(errno))
            close(descriptor)
            throw LoadError("connect to \(authority): \(reason)")
        }
        return descriptor
    }
}
