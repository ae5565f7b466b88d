import AWSProtocol
import Testing

@Suite("Error bodies, request ids and pagination tokens")
struct ReplyPartsTests {
    @Test("an error body has the code and the message, and no message where there is none")
    func errorBody() {
        let both = ErrorBody.render(AWSServiceError("ValidationException", "Say \"why\""))
        #expect(String(decoding: both, as: UTF8.self) == #"{"__type":"ValidationException","message":"Say \"why\""}"#)
        let bare = ErrorBody.render(.malformedBody)
        #expect(String(decoding: bare, as: UTF8.self) == #"{"__type":"SerializationException"}"#)
    }

    @Test("a request id is a version 4 UUID in lower case that keeps the other 122 bits")
    func requestID() {
        #expect(RequestID(randomBits: 0, 0).description == "00000000-0000-4000-8000-000000000000")
        #expect(RequestID(randomBits: .max, .max).description == "ffffffff-ffff-4fff-bfff-ffffffffffff")
        #expect(
            RequestID(randomBits: 0x0123_4567_89AB_CDEF, 0xFEDC_BA98_7654_3210).description
                == "01234567-89ab-4def-bedc-ba9876543210")
    }

    @Test("a token leads back to its position, in the operation and scope that sent it")
    func token() {
        for position in ["", "a", "ab", "my-pipeline", "漢字/😀", String(repeating: "x", count: 1400)] {
            let text = PaginationToken(position: position).encoded(operation: "ListPipelines", scope: "s")
            #expect(PaginationToken(decoding: text, operation: "ListPipelines", scope: "s")?.position == position)
            #expect(text.utf8.count <= 2048)
            #expect(text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") })
        }
    }

    @Test("a token of another operation or scope, or a changed one, leads nowhere")
    func forgedToken() {
        let text = PaginationToken(position: "my-pipeline").encoded(operation: "ListPipelines")
        #expect(PaginationToken(decoding: text, operation: "ListActionTypes") == nil)
        #expect(PaginationToken(decoding: text, operation: "ListPipelines", scope: "x") == nil)
        #expect(PaginationToken(decoding: text, operation: "ListPipeline", scope: "s") == nil)
        let characters = Array(text)
        for place in characters.indices {
            for character in "Aa0_" where character != characters[place] {
                var changed = characters
                changed[place] = character
                #expect(PaginationToken(decoding: String(changed), operation: "ListPipelines") == nil, "\(place)")
            }
        }
        for other in ["", "A", "next", "====", text + "A", text + "=", String(text.dropLast()), "eyJhIjoxfQ", "é"] {
            #expect(PaginationToken(decoding: other, operation: "ListPipelines") == nil, "\(other)")
        }
    }
}
