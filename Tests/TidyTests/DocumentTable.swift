import Foundation

/// A table of a Markdown document.
struct DocumentTable {
    /// The texts of its first row.
    let header: [String]
    /// Its rows, each as wide as it was written: a stray `|` in a text makes one wider than the header.
    let rows: [[String]]

    /// Every table of a document, in order.
    static func tables(in document: String) -> [DocumentTable] {
        let lines = document.split(separator: "\n", omittingEmptySubsequences: false)
        let blocks = lines.split { !$0.hasPrefix("|") }
        return blocks.compactMap { block in
            let rows = block.map(cells)
            // The second line only separates.
            return rows.first.map { DocumentTable(header: $0, rows: Array(rows.dropFirst(2))) }
        }
    }

    private static func cells(_ line: Substring) -> [String] {
        let parts = line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast()
        return parts.map { $0.trimmingCharacters(in: .whitespaces) }
    }
}
