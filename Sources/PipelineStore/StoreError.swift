/// What can go wrong below a transaction. Nothing of the transaction is kept when one of these is thrown.
package enum StoreError: Error, Equatable, Sendable {
    /// No space left for the database. Refuse new work; it recovers when space is freed.
    case full(String)
    /// The database refused for another reason; the text is for the log.
    case failed(String)
    /// The file was made by a newer version of the program.
    case newerSchema(String)
    /// A stored secret was encrypted with another key than this server has.
    case undecipherable(String)
    /// The store is closed: the server is stopping.
    case closed
    /// More commands wait than the writer's queue takes.
    case overloaded

    /// What went wrong, for people.
    package var text: String {
        switch self {
        case .full(let text), .failed(let text), .newerSchema(let text), .undecipherable(let text): text
        case .closed: "the store is closed"
        case .overloaded: "too many commands wait"
        }
    }
}
