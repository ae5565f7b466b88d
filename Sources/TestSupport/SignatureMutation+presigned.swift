import AWSSigning

extension SignatureMutation {
    /// What can be wrong with a signature in the query string.
    static let presigned: [SignatureMutation] = {
        let incomplete = { (name: String, apply: @escaping @Sendable (inout SignedRequestDraft) -> Void) in
            SignatureMutation(
                "presigned: \(name)", api: "IncompleteSignatureException", s3: 400, "AuthorizationQueryParametersError"
            ) {
                $0.isPresigned = true
                apply(&$0)
            }
        }
        let mismatch = { (name: String, apply: @escaping @Sendable (inout SignedRequestDraft) -> Void) in
            SignatureMutation(mismatch: "presigned: \(name)") {
                $0.isPresigned = true
                apply(&$0)
            }
        }
        let parameters = ["Algorithm", "Credential", "Date", "SignedHeaders", "Signature"].map { part in
            incomplete("no X-Amz-\(part)") { $0.afterSigning { $0.setParameter("X-Amz-\(part)", nil) } }
        }
        return parameters + [
            incomplete("valid for 0 seconds") { $0.expires = 0 },
            incomplete("valid for a week and a second") { $0.expires = 604_801 },
            incomplete("valid for -1 seconds") { $0.expires = -1 },
            incomplete("valid for no number") { $0.afterSigning { $0.setParameter("X-Amz-Expires", "6e1") } },
            SignatureMutation("presigned: run out", api: "InvalidSignatureException", s3: 403, "AccessDenied") {
                $0.isPresigned = true
                $0.signedAt -= 61_000
            },
            SignatureMutation(
                "presigned: 15 minutes and a second early", api: "InvalidSignatureException", s3: 403,
                "RequestTimeTooSkewed"
            ) {
                $0.isPresigned = true
                $0.signedAt += 901_000
            },
            mismatch("another path") { $0.afterSigning { $0.path += "xyz" } },
            mismatch("a parameter more") { $0.afterSigning { $0.query += "&a=b" } },
            mismatch("valid for longer than signed") { $0.afterSigning { $0.setParameter("X-Amz-Expires", "61") } },
            mismatch("another signature") {
                $0.afterSigning { $0.setParameter("X-Amz-Signature", String(repeating: "0", count: 64)) }
            },
            mismatch("the host changed") { $0.afterSigning { $0[header: "Host"] = "elsewhere" } },
            SignatureMutation(
                "presigned: an x-amz header that is not signed", api: "InvalidSignatureException", s3: 403,
                "AccessDenied"
            ) {
                $0.isPresigned = true
                $0.afterSigning { $0.headers.append(("X-Amz-Meta-Added", "x")) }
            },
            SignatureMutation(
                "presigned: a signature twice", api: "InvalidSignatureException", s3: 400, "InvalidArgument"
            ) {
                $0.isPresigned = true
                $0.afterSigning { $0.query += "&X-Amz-Signature=\($0.parameter("X-Amz-Signature") ?? "")" }
            },
            SignatureMutation(
                "presigned: Signature Version 2", api: "MissingAuthenticationTokenException", s3: 400, "InvalidRequest"
            ) {
                $0.afterSigning { head in
                    head[header: "Authorization"] = nil
                    head.query += (head.query.isEmpty ? "" : "&") + "AWSAccessKeyId=a&Expires=1&Signature=b"
                }
            },
        ]
    }()
}
