import PipelineModel

/// A URL template of an action type (semantics-core 6.2).
package struct URLTemplate: Sendable, Equatable {
    private var text: String

    /// Takes any text: what is no placeholder stays as it is.
    package init(_ text: String) {
        self.text = text
    }

    /// Replaces placeholders such as `{Config:ProjectName}` and `{ExternalExecutionId}` by their percent-encoded
    /// values, in one pass.
    ///
    /// - Parameter value: what stands for a placeholder, given without its braces; where it is nil the placeholder
    ///   stays as written.
    package func render(_ value: (_ placeholder: String) -> String?) -> String {
        var result = ""
        var rest = text[...]
        while let open = rest.firstIndex(of: "{") {
            result += rest[..<open]
            rest = rest[open...]
            let inside = rest.dropFirst().prefix { $0 != "{" && $0 != "}" }
            guard inside.endIndex < rest.endIndex, rest[inside.endIndex] == "}" else {
                result += "{"
                rest = rest.dropFirst()
                continue
            }
            result += value(String(inside)).map(Self.percentEncoded) ?? "{\(inside)}"
            rest = rest[rest.index(after: inside.endIndex)...]
        }
        return result + rest
    }

    /// Everything but the unreserved characters of RFC 3986 as `%XX`.
    package static func percentEncoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var result: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                result.append(byte)
            default:
                result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}

extension PipelineMachine {
    /// Takes over what a worker calls its own run, and renders the link to it from the type's template.
    ///
    /// A placeholder for a secret, optional or unknown property stays as written (Settled 6).
    func setExternalExecution(_ external: String?, of action: ActionDefinition, _ attempt: inout ActionAttempt) {
        guard let external else { return }
        attempt.externalExecutionID = external
        guard let facts = actionTypes(action.typeID), let template = facts.executionUrlTemplate else { return }
        let configuration = attempt.configuration
        attempt.externalExecutionUrl = URLTemplate(template).render { placeholder in
            if placeholder == "ExternalExecutionId" { return external }
            guard placeholder.hasPrefix("Config:") else { return nil }
            let property = String(placeholder.dropFirst("Config:".count))
            let isHidden =
                facts.secretProperties.contains(property) || facts.optionalProperties.contains(property)
            return isHidden ? nil : configuration[property]
        }
    }
}
