/// A partner's customer: who may see and finish the third-party jobs of which pipelines (CONTRACT, `thirdPartyActionTypes`).
package struct ThirdPartyClient: Sendable, Equatable {
    package var clientID: String
    package var clientToken: String
    /// Globs over pipeline names: `*` any run of characters, `?` one character.
    package var pipelines: [String]

    package init(clientID: String, clientToken: String, pipelines: [String]) {
        self.clientID = clientID
        self.clientToken = clientToken
        self.pipelines = pipelines
    }

    /// Compares in a time that tells nothing of where the tokens differ.
    package func accepts(_ token: String) -> Bool {
        clientToken.equalsInConstantTime(token)
    }

    package func serves(pipeline name: String) -> Bool {
        pipelines.contains { Self.matches(Array($0.utf8)[...], Array(name.utf8)[...]) }
    }

    /// Linear in the product of both lengths at the worst: one mark to go back to.
    private static func matches(_ glob: ArraySlice<UInt8>, _ name: ArraySlice<UInt8>) -> Bool {
        var glob = glob
        var name = name
        var mark: (glob: ArraySlice<UInt8>, name: ArraySlice<UInt8>)?
        while let character = name.first {
            if glob.first == UInt8(ascii: "*") {
                glob = glob.dropFirst()
                mark = (glob, name)
            } else if let expected = glob.first, expected == character || expected == UInt8(ascii: "?") {
                glob = glob.dropFirst()
                name = name.dropFirst()
            } else if let (afterStar, from) = mark {
                name = from.dropFirst()
                glob = afterStar
                mark = (afterStar, name)
            } else {
                return false
            }
        }
        return glob.allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
