import AWSProtocol

/// One `#{namespace.key}` in a text (semantics-v2 3.7).
package struct VariableReference: Hashable, Sendable {
    /// The namespace that an action declares, or one of the pipeline's own.
    package var namespace: String
    /// The name of the variable in its namespace.
    package var key: String

    /// The reference to a key of a namespace.
    package init(namespace: String, key: String) {
        self.namespace = namespace
        self.key = key
    }

    /// As a declaration spells it.
    package var text: String {
        "#{\(namespace).\(key)}"
    }

    /// The namespace of what the pipeline itself knows: only `PipelineExecutionId`.
    package static let pipelineNamespace = "codepipeline"
    /// The namespace of the variables that the pipeline declares.
    package static let variablesNamespace = "variables"

    /// Reads `namespace.key`; nil where it is neither a namespace nor a key of `[A-Za-z0-9@\-_]+`.
    init?(parsing body: Substring) {
        guard let dot = body.firstIndex(of: ".") else { return nil }
        let namespace = body[..<dot]
        let key = body[body.index(after: dot)...]
        guard Self.isName(namespace), Self.isName(key) else { return nil }
        self.init(namespace: String(namespace), key: String(key))
    }

    private static func isName(_ text: Substring) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "@"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}

/// Finds and resolves variable references in configuration values, commands and environment variables
/// (semantics-v2 3.7). What isn't of the form `#{namespace.key}` is plain text.
package enum VariableReferences {
    /// Whether a text may hold references: most hold none, and need no closer look.
    static func mayBe(in text: String) -> Bool {
        // A text's bytes are in one piece, but for texts of other worlds than Swift's.
        text.utf8.withContiguousStorageIfAvailable(beginsReference)
            ?? Array(text.utf8).withUnsafeBufferPointer(beginsReference)
    }

    private static func beginsReference(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var index = 1
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "{"), bytes[index - 1] == UInt8(ascii: "#") { return true }
            index += 1
        }
        return false
    }

    /// The references of a text in their order, each occurrence.
    package static func references(in text: String) -> [VariableReference] {
        guard mayBe(in: text) else { return [] }
        var found: [VariableReference] = []
        _ = PlaceholderScanner.replace(in: text, opening: "#{") { body in
            guard let reference = VariableReference(parsing: body) else { return nil }
            found.append(reference)
            return ""
        }
        return found
    }

    /// A text after ``resolve(_:lookup:)``.
    package struct Resolution: Hashable, Sendable {
        /// The text with every known reference replaced and every unknown one as written.
        package var text: String
        /// The references that had no value, each once, in their order. An action with any fails.
        package var unresolved: [VariableReference]
    }

    /// Puts the values of references into a text, in one pass: a value that looks like a reference stays text.
    /// - Parameter lookup: gives a reference's value, nil where there is none.
    package static func resolve(_ text: String, lookup: (VariableReference) -> String?) -> Resolution {
        guard mayBe(in: text) else { return Resolution(text: text, unresolved: []) }
        var unresolved: [VariableReference] = []
        let resolved = PlaceholderScanner.replace(in: text, opening: "#{") { body in
            guard let reference = VariableReference(parsing: body) else { return nil }
            if let value = lookup(reference) { return value }
            if !unresolved.contains(reference) { unresolved.append(reference) }
            return reference.text
        }
        return Resolution(text: resolved, unresolved: unresolved)
    }

    /// A value as it stands between the quotes of a JSON string, which it so can't end.
    package static func jsonContent(_ value: String) -> String {
        var writer = JSONWriter()
        writer.string(value)
        return String(decoding: writer.bytes.dropFirst().dropLast(), as: UTF8.self)
    }
}
