import AWSSigning
import ArtifactStorage

/// An error as S3 sends it: code, text, HTTP status, and further elements of the XML.
struct S3Error: Error, Sendable, Equatable {
    let code: String
    let message: String
    let status: Int
    /// Element names and texts behind the message.
    var details: [Detail] = []
    /// Headers beside the usual ones.
    var headers: [Detail] = []

    struct Detail: Sendable, Equatable {
        let name: String
        let value: String
    }

    init(_ code: String, _ message: String, status: Int) {
        self.code = code
        self.message = message
        self.status = status
    }

    private func with(_ name: String, _ value: String) -> S3Error {
        var error = self
        error.details.append(Detail(name: name, value: value))
        return error
    }

    // MARK: Requests

    static let accessDenied = S3Error("AccessDenied", "Access Denied", status: 403)
    static let invalidAccessKeyID = S3Error(
        "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", status: 403)
    static let invalidURI = S3Error("InvalidURI", "Couldn't parse the specified URI.", status: 400)
    static let invalidBucketName = S3Error("InvalidBucketName", "The specified bucket is not valid.", status: 400)
    static let missingContentLength = S3Error(
        "MissingContentLength", "You must provide the Content-Length HTTP header.", status: 411)
    static let incompleteBody = S3Error(
        "IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header",
        status: 400)
    static let requestTimeout = S3Error(
        "RequestTimeout",
        "Your socket connection to the server was not read from or written to within the timeout period.", status: 400)
    static let malformedXML = S3Error(
        "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema",
        status: 400)
    static let badContentMD5 = S3Error(
        "BadDigest", "The Content-MD5 you specified did not match what we received.", status: 400)
    static let invalidDigest = S3Error("InvalidDigest", "The Content-MD5 you specified was invalid.", status: 400)
    static let invalidRange = S3Error("InvalidRange", "The requested range is not satisfiable", status: 416)
    static let invalidPartNumber = S3Error(
        "InvalidPartNumber", "The requested partnumber is not satisfiable", status: 416)
    static let contentHashMismatch = S3Error(
        "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.",
        status: 400)
    static let internalError = S3Error(
        "InternalError", "We encountered an internal error. Please try again.", status: 500)
    static let auditUnavailable = S3Error(
        "ServiceUnavailable", "The server's audit log can't be written: nothing was changed.", status: 503)
    static let unrecorded = S3Error(
        "ServiceUnavailable", "The change was made, but the server's audit log can't be written.", status: 503)
    static let slowDown = S3Error("SlowDown", "Please reduce your request rate.", status: 503)
    static let serviceUnavailable = S3Error("ServiceUnavailable", "Please reduce your request rate.", status: 503)

    static func invalidArgument(_ message: String) -> S3Error { S3Error("InvalidArgument", message, status: 400) }
    static func invalidRequest(_ message: String) -> S3Error { S3Error("InvalidRequest", message, status: 400) }
    static func notImplemented(_ what: String) -> S3Error {
        S3Error(
            "NotImplemented",
            "A header or parameter you provided implies functionality that is not implemented: \(what)",
            status: 501)
    }
    static func methodNotAllowed(_ method: String) -> S3Error {
        S3Error("MethodNotAllowed", "The specified method is not allowed against this resource.", status: 405)
            .with("Method", method)
    }
    static func keyTooLong(_ length: Int) -> S3Error {
        S3Error("KeyTooLongError", "Your key is too long", status: 400)
            .with("Size", String(length)).with("MaxSizeAllowed", String(ObjectStore.maximumKeyLength))
    }
    static func entityTooLarge(_ proposed: Int64, limit: Int64) -> S3Error {
        S3Error("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", status: 400)
            .with("ProposedSize", String(proposed)).with("MaxSizeAllowed", String(limit))
    }
    static func badChecksum(_ algorithm: ChecksumAlgorithm) -> S3Error {
        S3Error(
            "BadDigest", "The \(algorithm.rawValue) you specified did not match the calculated checksum.", status: 400)
    }
    static func checksumTypeMismatch(expected: String?, actual: ChecksumAlgorithm) -> S3Error {
        .invalidRequest(
            "Checksum Type mismatch occurred, expected checksum Type: \(expected?.lowercased() ?? "null"), "
                + "actual checksum Type: \(actual.rawValue.lowercased())"
        )
    }
    static func preconditionFailed(_ condition: String) -> S3Error {
        S3Error("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", status: 412)
            .with("Condition", condition)
    }
    static let unsupportedMechanism = S3Error.invalidRequest(
        "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.")
    static let notModified = S3Error("NotModified", "Not Modified", status: 304)
}

// MARK: From the layers below

extension S3Error {
    /// What any error of a handler is to the client; `unexpected` of the result says that the log must have it.
    static func from(_ error: any Error) -> (error: S3Error, isUnexpected: Bool) {
        switch error {
        case let error as S3Error: (error, false)
        case let error as ObjectStoreError: (S3Error(error), error.isOperatorsConcern)
        case let error as ChunkedPayloadError: (S3Error(error), false)
        default: (.internalError, true)
        }
    }

    init(_ error: ObjectStoreError) {
        switch error {
        case .noSuchBucket(let bucket):
            self = S3Error("NoSuchBucket", "The specified bucket does not exist", status: 404).with(
                "BucketName", bucket)
        case .noSuchKey(_, let key):
            self = S3Error("NoSuchKey", "The specified key does not exist.", status: 404).with("Key", key)
        case .noSuchVersion(_, let key, let version):
            self = S3Error("NoSuchVersion", "The specified version does not exist.", status: 404)
                .with("Key", key).with("VersionId", version)
        case .noSuchUpload, .invalidPart, .invalidPartOrder, .entityTooSmall, .contentMismatch:
            self.init(ofUpload: error)
        case .isDeleteMarker(_, let key, let version):
            self = S3Error("NoSuchKey", "The specified key does not exist.", status: 404).with("Key", key)
            headers = [
                Detail(name: "x-amz-delete-marker", value: "true"), Detail(name: "x-amz-version-id", value: version),
            ]
        case .bucketAlreadyOwnedByYou(let bucket):
            self = S3Error(
                "BucketAlreadyOwnedByYou",
                "Your previous request to create the named bucket succeeded and you already own it.", status: 409
            ).with("BucketName", bucket)
        case .bucketNotEmpty(let bucket):
            self = S3Error(
                "BucketNotEmpty",
                "The bucket you tried to delete is not empty. Delete its objects, versions and uploads first.",
                status: 409
            ).with("BucketName", bucket)
        case .invalidBucketName: self = .invalidBucketName
        case .preconditionFailed(let condition): self = .preconditionFailed(condition)
        case .notModified: self = .notModified
        case .corrupt:
            self = S3Error(
                "InternalError", "The object's bytes on disk are not those that were stored.", status: 500)
        case .storageFull(let text):
            self = S3Error("ServiceUnavailable", "The server cannot store more at present: \(text).", status: 503)
        }
    }

    /// Errors of multipart uploads.
    private init(ofUpload error: ObjectStoreError) {
        switch error {
        case .noSuchUpload(let id):
            self = S3Error(
                "NoSuchUpload",
                "The specified upload does not exist. The upload ID may be invalid, or the upload may have been "
                    + "aborted or completed.",
                status: 404
            ).with("UploadId", id)
        case .invalidPart(let number):
            self = S3Error(
                "InvalidPart",
                "One or more of the specified parts could not be found. The part may not have been uploaded, or "
                    + "the specified entity tag may not match the part's entity tag.",
                status: 400
            ).with("PartNumber", String(number))
        case .invalidPartOrder:
            self = S3Error(
                "InvalidPartOrder",
                "The list of parts was not in ascending order. The parts list must be specified in order by "
                    + "part number.",
                status: 400)
        case .entityTooSmall(let number):
            self = S3Error(
                "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size", status: 400
            ).with("PartNumber", String(number)).with("MinSizeAllowed", String(MultipartUpload.minimumPartSize))
        case .contentMismatch(let text):
            self = S3Error("BadDigest", "The upload cannot be completed: \(text).", status: 400)
        default: self = .internalError
        }
    }

    init(_ error: ChunkedPayloadError) {
        switch error {
        case .chunkSignatureMismatch, .trailerSignatureMismatch:
            self = S3Error(
                "SignatureDoesNotMatch",
                "The signature of a chunk or trailer of the request body does not match what was computed.", status: 403
            )
        case .lengthMismatch, .incomplete: self = .incompleteBody
        case .malformedTrailer, .tooManyTrailers, .unexpectedTrailer, .missingTrailer:
            self = S3Error(
                "MalformedTrailerError",
                "The request contained trailing data that was not well-formed or did not conform to x-amz-trailer.",
                status: 400)
        case .malformedChunk, .lineTooLong, .bytesAfterEnd:
            self = .invalidRequest("The aws-chunked body is not well-formed.")
        }
    }

    /// - Parameter region: the region that signatures must name. Clients read it from the error and sign again.
    init(_ error: SignatureError, region expectedRegion: String) {
        switch error {
        case .missingAuthentication: self = .accessDenied
        case .incompleteHeader(["Date"], _): self.init(.invalidDate(""), region: expectedRegion)
        case .incompleteHeader(let missing, _):
            self = Self.malformedHeader("missing \(missing.joined(separator: ", "))")
        case .malformedCredential: self = Self.malformedHeader("the Credential does not have five parts")
        case .wrongScope(let region, let service, let terminator, let date):
            let wrong = [
                region.map { "the region '\($0)' is wrong; expecting '\(expectedRegion)'" },
                service.map { "incorrect service '\($0)'" },
                terminator.map { "incorrect terminal '\($0)'" },
                date.map { "invalid credential date '\($0.scopeDate)', expected '\($0.expected)'" },
            ].compactMap(\.self)
            self = Self.malformedHeader(wrong.joined(separator: "; "))
            if region != nil { self = with("Region", expectedRegion) }
        case .incompleteQuery(let missing):
            self = Self.badQuery("Query-string authentication requires \(missing.joined(separator: ", ")).")
        case .invalidExpires:
            self = Self.badQuery("X-Amz-Expires must be a number between 1 and 604800 seconds.")
        case .ambiguousAuthentication:
            self = .invalidArgument("Only one auth mechanism allowed")
        case .duplicateHeader(let name): self = .invalidRequest("'\(name)' may stand only once.")
        case .invalidDate:
            self = S3Error(
                "AccessDenied", "AWS authentication requires a valid Date or x-amz-date header", status: 403)
        case .expired, .notYetCurrent:
            self = S3Error(
                "RequestTimeTooSkewed",
                "The difference between the request time and the current time is too large.", status: 403)
        case .urlExpired(let expiresAt, let now):
            self = S3Error("AccessDenied", "Request has expired", status: 403)
                .with("Expires", expiresAt).with("ServerTime", now)
        case .unsignedHeader(let name):
            self = S3Error(
                "AccessDenied", "There were headers present in the request which were not signed", status: 403
            ).with("HeadersNotSigned", name)
        case .unsupportedAlgorithm: self = .unsupportedMechanism
        case .unknownAccessKey: self = .invalidAccessKeyID
        case .signatureMismatch(let canonicalRequest, let stringToSign):
            self = S3Error(
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided. Check your key "
                    + "and signing method.",
                status: 403
            ).with("StringToSign", stringToSign).with("CanonicalRequest", canonicalRequest)
        case .invalidSessionToken:
            self = S3Error(
                "InvalidToken", "The provided token is malformed or otherwise invalid.", status: 400)
        }
    }

    private static func malformedHeader(_ reason: String) -> S3Error {
        S3Error(
            "AuthorizationHeaderMalformed", "The authorization header is malformed; \(reason).", status: 400)
    }

    private static func badQuery(_ message: String) -> S3Error {
        S3Error("AuthorizationQueryParametersError", message, status: 400)
    }
}

extension ObjectStoreError {
    /// Whether the operator of the server must hear of it.
    var isOperatorsConcern: Bool {
        switch self {
        case .corrupt, .storageFull: true
        default: false
        }
    }
}
