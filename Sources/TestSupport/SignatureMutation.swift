import AWSSigning

/// One thing wrong with a good request, and how each port must refuse it (users-faults-security 5.4 and cases 45 to 47).
package struct SignatureMutation: Sendable {
    package let name: String
    /// The error's type on the API port, whose status is 400; nil where the reply is not that of an operation.
    package let apiError: String?
    /// Status and code on the S3 port.
    package let s3Status: Int
    package let s3Code: String
    /// Makes the draft wrong.
    package let apply: @Sendable (inout SignedRequestDraft) -> Void

    init(
        _ name: String, api apiError: String?, s3 s3Status: Int, _ s3Code: String,
        _ apply: @escaping @Sendable (inout SignedRequestDraft) -> Void
    ) {
        self.name = name
        self.apiError = apiError
        self.s3Status = s3Status
        self.s3Code = s3Code
        self.apply = apply
    }

    /// A change that makes the signature another than the request's.
    init(mismatch name: String, _ apply: @escaping @Sendable (inout SignedRequestDraft) -> Void) {
        self.init(name, api: "InvalidSignatureException", s3: 403, "SignatureDoesNotMatch", apply)
    }

    /// Everything that can be wrong with this draft, which is good.
    package static func all(of draft: SignedRequestDraft) -> [SignatureMutation] {
        let names = Set(draft.signed().head.headers.map { $0.name.lowercased() }).subtracting(["authorization"])
        return target + body + dates + scopes + identities + mechanisms + signatures + presigned
            + names.sorted().flatMap(ofHeader)
    }

    // MARK: What is signed

    private static let target = [
        SignatureMutation(mismatch: "another path") { $0.afterSigning { $0.path += "xyz" } },
        SignatureMutation(mismatch: "a parameter more") {
            $0.afterSigning { $0.query += $0.query.isEmpty ? "a=b" : "&a=b" }
        },
        SignatureMutation(
            "an x-amz header that is not signed", api: "InvalidSignatureException", s3: 403, "AccessDenied"
        ) {
            $0.afterSigning { $0.headers.append(("X-Amz-Meta-Added", "x")) }
        },
        SignatureMutation("a token that is not signed", api: "InvalidSignatureException", s3: 403, "AccessDenied") {
            $0.afterSigning { $0.headers.append(("X-Amz-Security-Token", "x")) }
        },
    ]

    private static let body = [
        SignatureMutation("a byte more", api: "InvalidSignatureException", s3: 400, "XAmzContentSHA256Mismatch") {
            // White space, so that JSON and XML stay what they are.
            $0.bodyAfterSigning { $0.append(UInt8(ascii: " ")) }
        },
        SignatureMutation(
            "the hash of another body", api: "InvalidSignatureException", s3: 400, "XAmzContentSHA256Mismatch"
        ) {
            $0.bodyHash = String(repeating: "5", count: 64)
        },
        SignatureMutation(
            "a kind of body hash that nobody knows", api: "InvalidSignatureException", s3: 400, "InvalidArgument"
        ) {
            $0.bodyHash = "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"
        },
        SignatureMutation("an upper-case hash", api: "InvalidSignatureException", s3: 400, "InvalidArgument") {
            $0.bodyHash = String(repeating: "A", count: 64)
        },
    ]

    private static func ofHeader(_ name: String) -> [SignatureMutation] {
        [
            SignatureMutation(mismatch: "\(name) changed") { draft in
                draft.afterSigning { $0[header: name] = changed($0[header: name] ?? "", of: name) }
            },
            removal(of: name) { draft in draft.afterSigning { $0[header: name] = nil } },
            duplicate(of: name) { draft in
                draft.afterSigning { head in
                    if let value = head[header: name] { head.headers.append((name, value)) }
                }
            },
        ]
    }

    /// A value that is as well-formed as the one before.
    private static func changed(_ value: String, of name: String) -> String {
        switch name {
        case "x-amz-date":
            // Another second of the same minute.
            value.dropLast(2) + (value.hasSuffix("1Z") ? "2Z" : "1Z")
        case "x-amz-content-sha256": String(repeating: "0", count: 64)
        case "x-amz-target":
            value.hasSuffix(".ListPipelines")
                ? value.replacing(".ListPipelines", with: ".ListActionTypes") : "CodePipeline_20150709.ListPipelines"
        case "content-type": value + ";v=1"
        default: value + "x"
        }
    }

    private static func removal(
        of name: String, _ apply: @escaping @Sendable (inout SignedRequestDraft) -> Void
    ) -> SignatureMutation {
        let text = "\(name) removed"
        switch name {
        case "x-amz-date": return .init(text, api: "IncompleteSignatureException", s3: 403, "AccessDenied", apply)
        case "x-amz-content-sha256": return .init(text, api: nil, s3: 400, "InvalidRequest", apply)
        case "x-amz-target": return .init(text, api: "UnknownOperationException", s3: 403, "", apply)
        default: return .init(mismatch: text, apply)
        }
    }

    private static func duplicate(
        of name: String, _ apply: @escaping @Sendable (inout SignedRequestDraft) -> Void
    ) -> SignatureMutation {
        let text = "\(name) twice"
        switch name {
        case "host": return .init(text, api: nil, s3: 400, "InvalidRequest", apply)
        case "x-amz-date", "x-amz-content-sha256":
            return .init(text, api: "InvalidSignatureException", s3: 400, "InvalidRequest", apply)
        case "x-amz-target": return .init(text, api: "UnknownOperationException", s3: 400, "", apply)
        default: return .init(mismatch: text, apply)
        }
    }

    // MARK: When and for what

    private static let dates = [
        SignatureMutation(
            "15 minutes and a second old", api: "InvalidSignatureException", s3: 403, "RequestTimeTooSkewed"
        ) {
            $0.signedAt -= 901_000
        },
        SignatureMutation(
            "15 minutes and a second early", api: "InvalidSignatureException", s3: 403, "RequestTimeTooSkewed"
        ) {
            $0.signedAt += 901_000
        },
        SignatureMutation("a date of another form", api: "IncompleteSignatureException", s3: 403, "AccessDenied") {
            $0.afterSigning { $0[header: "X-Amz-Date"] = "Sun, 22 Nov 2026 01:02:03 GMT" }
        },
    ]

    private static let scopes: [SignatureMutation] = {
        let wrong = { (name: String, apply: @escaping @Sendable (inout SignedRequestDraft) -> Void) in
            SignatureMutation(
                name, api: "InvalidSignatureException", s3: 400, "AuthorizationHeaderMalformed", apply)
        }
        return [
            wrong("signed for another region") { $0.region = "eu-west-9" },
            wrong("signed for another service") { $0.signingName = "sts" },
            wrong("another terminator") {
                $0.afterSigning { $0.replaceInAuthorization("aws4_request", "aws5_request") }
            },
            wrong("a scope of another day") {
                $0.afterSigning { head in
                    let day = head[header: "X-Amz-Date"]?.prefix(8) ?? ""
                    head.replaceInAuthorization("/\(day)/", "/20150709/")
                }
            },
            SignatureMutation(
                "a credential of four parts", api: "IncompleteSignatureException", s3: 400,
                "AuthorizationHeaderMalformed"
            ) {
                $0.afterSigning { $0.replaceInAuthorization("/aws4_request", "") }
            },
        ]
    }()

    private static let identities = [
        SignatureMutation(mismatch: "another secret") { $0.credentials.secretAccessKey += "x" },
        SignatureMutation("a key that nobody has", api: "UnrecognizedClientException", s3: 403, "InvalidAccessKeyId") {
            $0.credentials.accessKeyID = "AKIDNOBODY"
        },
        SignatureMutation(
            "a temporary key that nobody has", api: "UnrecognizedClientException", s3: 403, "InvalidAccessKeyId"
        ) {
            $0.credentials = SigningCredentials(
                accessKeyID: "ASIANOBODY", secretAccessKey: "secret", sessionToken: "token")
        },
        SignatureMutation("a token for a key without one", api: "UnrecognizedClientException", s3: 400, "InvalidToken")
        {
            $0.credentials.sessionToken = "token"
        },
    ]

    // MARK: How

    private static let mechanisms: [SignatureMutation] = {
        let authorization = { (value: String?) -> @Sendable (inout SignedRequestDraft) -> Void in
            { $0.afterSigning { $0[header: "Authorization"] = value } }
        }
        return [
            SignatureMutation(
                "no Authorization", api: "MissingAuthenticationTokenException", s3: 403, "AccessDenied",
                authorization(nil)),
            SignatureMutation(
                "Basic", api: "MissingAuthenticationTokenException", s3: 400, "InvalidArgument",
                authorization("Basic dXNlcjpwYXNz")),
            SignatureMutation(
                "none", api: "MissingAuthenticationTokenException", s3: 400, "InvalidArgument", authorization("none")),
            SignatureMutation(
                "Signature Version 2", api: "MissingAuthenticationTokenException", s3: 400, "InvalidRequest",
                authorization("AWS AKIDEXAMPLE:frJIUN8DYpKDtOLCwo//yllqDzg=")),
            SignatureMutation(
                "Signature Version 4A", api: "IncompleteSignatureException", s3: 400, "InvalidRequest"
            ) {
                $0.afterSigning { $0.replaceInAuthorization("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256") }
            },
            SignatureMutation(
                "a header and a query signature", api: "InvalidSignatureException", s3: 400, "InvalidArgument"
            ) { draft in
                var other = draft
                other.isPresigned = true
                let query = other.signed().head.query
                draft.afterSigning { $0.query = query }
            },
            SignatureMutation("Authorization twice", api: "InvalidSignatureException", s3: 400, "InvalidRequest") {
                $0.afterSigning { $0.headers.append(("Authorization", $0[header: "Authorization"] ?? "")) }
            },
        ]
    }()

    private static let signatures: [SignatureMutation] = {
        let signature = { (edit: @escaping @Sendable (Substring) -> String) in
            { @Sendable (draft: inout SignedRequestDraft) in
                draft.afterSigning { head in
                    let value = head[header: "Authorization"] ?? ""
                    let signature = value.suffix(64)
                    head[header: "Authorization"] = value.dropLast(64) + edit(signature)
                }
            }
        }
        let incomplete = { (name: String, apply: @escaping @Sendable (inout SignedRequestDraft) -> Void) in
            SignatureMutation(
                name, api: "IncompleteSignatureException", s3: 400, "AuthorizationHeaderMalformed", apply)
        }
        return [
            SignatureMutation(mismatch: "a digit less", signature { String($0.dropLast()) }),
            SignatureMutation(mismatch: "a digit more", signature { $0 + "0" }),
            SignatureMutation(mismatch: "in upper case", signature { "A" + $0.dropFirst().uppercased() }),
            SignatureMutation(
                mismatch: "another digit", signature { ($0.hasPrefix("0") ? "1" : "0") + $0.dropFirst() }),
            SignatureMutation(mismatch: "all zeros", signature { String(repeating: "0", count: $0.count) }),
            incomplete("no signature", signature { _ in "" }),
            incomplete("no signed headers") {
                $0.afterSigning { head in
                    let value = head[header: "Authorization"] ?? ""
                    head[header: "Authorization"] = value.replacing(#/SignedHeaders=[^,]*, /#, with: "")
                }
            },
            SignatureMutation("the host is not signed", api: "InvalidSignatureException", s3: 403, "AccessDenied") {
                $0.afterSigning { head in
                    head.replaceInAuthorization("host;", "")
                    head.replaceInAuthorization(";host", "")
                }
            },
            SignatureMutation("the date is not signed", api: "InvalidSignatureException", s3: 403, "AccessDenied") {
                $0.afterSigning { $0.replaceInAuthorization(";x-amz-date", "") }
            },
        ]
    }()
}
