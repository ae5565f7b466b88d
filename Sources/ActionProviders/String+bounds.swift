extension String {
    /// The text as a message may repeat it: one line, no control characters, at most so many characters.
    package func shown(charactersMax: Int) -> String {
        var result = ""
        var count = 0
        for scalar in unicodeScalars {
            if count == charactersMax { return result + "…" }
            let isControl =
                scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format
            result.unicodeScalars.append(isControl ? " " : scalar)
            count += 1
        }
        return result
    }

    /// The text cut to at most so many Unicode scalars, which is how the API counts lengths.
    package func cut(scalarsMax: Int) -> String {
        guard let end = unicodeScalars.index(startIndex, offsetBy: scalarsMax, limitedBy: unicodeScalars.endIndex),
            end < unicodeScalars.endIndex
        else { return self }
        return String(unicodeScalars[..<end])
    }
}
