/// One receiver of a topic's notifications (CONTRACT, `notifications.topics`).
package struct TopicSubscriber: Sendable, Equatable {
    package var url: String
    /// The key of the signature; without it notifications are not signed.
    package var secret: String?

    package init(url: String, secret: String? = nil) {
        self.url = url
        self.secret = secret
    }
}
