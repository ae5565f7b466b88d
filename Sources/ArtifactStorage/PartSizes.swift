/// The sizes of the parts that an object was completed from, in their order; equal ones in a row are kept as one entry,
/// because nearly all uploads have all parts but the last of one size.
package struct PartSizes: Sendable, Codable, Hashable {
    private struct Run: Sendable, Codable, Hashable {
        /// Bytes of each part.
        var size: Int64
        var count: Int
    }

    private var runs: [Run] = []

    /// - Parameter sizes: bytes of each part.
    package init(_ sizes: [Int64]) {
        for size in sizes {
            if runs.last?.size == size {
                runs[runs.count - 1].count += 1
            } else {
                runs.append(Run(size: size, count: 1))
            }
        }
    }

    /// How many parts there are.
    package var count: Int { runs.reduce(0) { $0 + $1.count } }

    /// Where the bytes of a part lie; nil where there is no such part.
    ///
    /// - Parameter number: from 1 on, by place in the object; that the upload left numbers out is forgotten.
    package func range(ofPart number: Int) -> Range<Int64>? {
        guard number > 0 else { return nil }
        var start: Int64 = 0
        var before = 0
        for run in runs {
            if number <= before + run.count {
                let first = start + Int64(number - before - 1) * run.size
                return first..<(first + run.size)
            }
            start += Int64(run.count) * run.size
            before += run.count
        }
        return nil
    }
}
