import AWSProtocol
import AWSSigning

/// A line of the audit log, and whose call it tells of.
package struct AuditLine: Sendable {
    /// With its end.
    package var bytes: [UInt8]
    package var callerArn: String
    package var accessKeyID: String
    /// Milliseconds since 1970.
    package var receivedAt: Int64

    package init(bytes: [UInt8], callerArn: String, accessKeyID: String, receivedAt: Int64) {
        self.bytes = bytes
        self.callerArn = callerArn
        self.accessKeyID = accessKeyID
        self.receivedAt = receivedAt
    }

    /// The bytes of a line that stands for refused calls whose own lines were left out, this one the last of them.
    func count(ofLeftOut number: Int) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 256)
        writer.beginObject()
        writer.name("time")
        writer.string(Self.time(receivedAt))
        writer.name("caller")
        writer.string(callerArn)
        writer.name("accessKeyId")
        writer.string(accessKeyID)
        writer.name("refusedCallsLeftOut")
        writer.integer(number)
        writer.endObject()
        return writer.bytes + [UInt8(ascii: "\n")]
    }

    /// `2026-11-22T02:00:00.123Z`.
    static func time(_ milliseconds: Int64) -> String {
        let date = Array(SigningDate(milliseconds: milliseconds).basic.utf8)
        let thousandths = Int(((milliseconds % 1000) + 1000) % 1000)
        var text: [UInt8] = []
        text.reserveCapacity(24)
        for (place, byte) in date.dropLast().enumerated() {
            if place == 4 || place == 6 { text.append(UInt8(ascii: "-")) }
            if place == 11 || place == 13 { text.append(UInt8(ascii: ":")) }
            text.append(byte)
        }
        text.append(UInt8(ascii: "."))
        for divisor in [100, 10, 1] { text.append(UInt8(ascii: "0") + UInt8(thousandths / divisor % 10)) }
        text.append(UInt8(ascii: "Z"))
        return String(decoding: text, as: UTF8.self)
    }
}
