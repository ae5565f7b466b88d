/// The parts of an HTTP request that a signature covers, exactly as they stood on the wire.
package struct HTTPRequestHead: Sendable {
    package var method: String
    /// The path before `?`, percent-encoded as received; never normalised or decoded before this point.
    package var path: String
    /// What stands behind `?`, as received; empty where there is none.
    package var query: String
    /// In the order received; names in any case; a name may stand more than once.
    package var headers: [(name: String, value: String)]

    package init(method: String, path: String, query: String = "", headers: [(name: String, value: String)]) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
    }
}
