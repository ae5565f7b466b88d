/// Why an `aws-chunked` body is not accepted. Nothing of such a body may be kept, also what was handed on already.
package enum ChunkedPayloadError: Error, Equatable, Sendable {
    /// A chunk's first line is not `size[;chunk-signature=…]`, its data does not end with a line end, or a line of the
    /// framing ends with anything but carriage return and line feed.
    case malformedChunk
    /// A line is longer than ``ChunkedPayloadDecoder/lineBytesMax``.
    case lineTooLong
    /// A chunk is not what was signed, or not in its place.
    case chunkSignatureMismatch
    /// The chunks do not add up to `x-amz-decoded-content-length`.
    case lengthMismatch(declared: Int64)
    /// A line behind the last chunk is no `name:value`, or the name stands twice.
    case malformedTrailer
    /// More than ``ChunkedPayloadDecoder/trailersMax`` trailers.
    case tooManyTrailers
    /// A trailer that `x-amz-trailer` does not announce: its lower-case name.
    case unexpectedTrailer(String)
    /// `x-amz-trailer` announces this one, but the body has it not: its lower-case name.
    case missingTrailer(String)
    /// `x-amz-trailer-signature` is missing, not last, or not that of the trailers.
    case trailerSignatureMismatch
    /// Bytes behind the end of the framing.
    case bytesAfterEnd
    /// The body ended before its framing did.
    case incomplete
}
