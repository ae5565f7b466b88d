/// The links of action types: templates with `{Config:<property>}`, `{ExternalExecutionId}` and `{RevisionId}`
/// (semantics-core 6.2).
package enum URLTemplate {
    /// Renders a template.
    ///
    /// A placeholder stays as written where its value isn't known, and always where it names a secret, optional or
    /// unknown property: a secret never enters a URL (Settled 6). Values are percent-encoded but for the unreserved
    /// characters of RFC 3986, so that none can change the rest of the URL.
    package static func render(
        _ template: String, properties: [ActionType.Property], configuration: [String: String],
        externalExecutionID: String? = nil, revisionID: String? = nil
    ) -> String {
        PlaceholderScanner.replace(in: template, opening: "{") { placeholder in
            let value: String? =
                switch placeholder {
                case "ExternalExecutionId": externalExecutionID
                case "RevisionId": revisionID
                default: configured(placeholder, properties: properties, configuration: configuration)
                }
            return value.map(percentEncoded)
        }
    }

    private static func configured(
        _ placeholder: Substring, properties: [ActionType.Property], configuration: [String: String]
    ) -> String? {
        let prefix = "Config:"
        guard placeholder.hasPrefix(prefix) else { return nil }
        let name = placeholder.dropFirst(prefix.count)
        guard let property = properties.first(where: { $0.name == name }), property.required, !property.secret else {
            return nil
        }
        return configuration[property.name]
    }

    private static func percentEncoded(_ value: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            default:
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 0xF)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
