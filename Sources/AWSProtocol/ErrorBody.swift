/// How an error stands in the body of a reply (semantics-core 1.4).
package enum ErrorBody {
    /// `{"__type":"<code>","message":"…"}`; without a `message` member where the error has none.
    package static func render(_ error: AWSServiceError) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("__type")
        writer.string(error.code)
        if let message = error.message {
            writer.name("message")
            writer.string(message)
        }
        writer.endObject()
        return writer.bytes
    }
}
