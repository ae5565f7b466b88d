package import Hummingbird
import NIOCore

/// What a route knows of its request besides the request itself.
package struct RouteContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    /// The peer's address without its port.
    let remoteAddress: String?

    package init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        remoteAddress = source.channel.remoteAddress?.ipAddress
    }
}
