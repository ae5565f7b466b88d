import PipelineModel
import Testing

@Suite("Variable references in a text")
struct VariableReferenceTests {
    @Test("references are found in their order, each occurrence")
    func find() {
        #expect(
            VariableReferences.references(in: "a #{x.y}#{codepipeline.PipelineExecutionId} b #{x.y}").map(\.text)
                == ["#{x.y}", "#{codepipeline.PipelineExecutionId}", "#{x.y}"])
    }

    @Test(
        "what isn't namespace and key with one dot between them is text",
        arguments: ["", "#", "#{", "#{}", "#{.}", "#{a}", "#{a.}", "#{.b}", "#{a.b", "#{a.b.c}", "#{a b.c}", "${a.b}"])
    func plainText(text: String) {
        #expect(VariableReferences.references(in: text).isEmpty)
        let resolution = VariableReferences.resolve(text) { _ in "wrong" }
        #expect(resolution.text == text)
        #expect(resolution.unresolved.isEmpty)
    }

    @Test("names have letters, digits, at signs, hyphens and underscores")
    func names() {
        let expected = VariableReference(namespace: "a-B_1@", key: "@2_c-D")
        #expect(VariableReferences.references(in: "#{a-B_1@.@2_c-D}") == [expected])
        #expect(VariableReferences.references(in: "#{ä.b}").isEmpty)
    }

    @Test("an opening inside an opening begins the reference")
    func nested() {
        #expect(VariableReferences.references(in: "#{a #{x.y}}").map(\.text) == ["#{x.y}"])
        #expect(VariableReferences.resolve("#{a #{x.y}}") { _ in "v" }.text == "#{a v}")
    }

    @Test("values are put in, and what has none stays as written and is named once")
    func resolve() {
        let values = ["#{x.y}": "1", "#{x.z}": ""]
        let resolution = VariableReferences.resolve("é#{x.y}-#{x.z}-#{a.b}-#{a.b}-#{c.d}}") { values[$0.text] }
        #expect(resolution.text == "é1--#{a.b}-#{a.b}-#{c.d}}")
        #expect(resolution.unresolved.map(\.text) == ["#{a.b}", "#{c.d}"])
    }

    @Test("a value that looks like a reference stays text")
    func singlePass() {
        let resolution = VariableReferences.resolve("#{x.y}") { $0.key == "y" ? "#{x.z}#{" : "wrong" }
        #expect(resolution.text == "#{x.z}#{")
        #expect(resolution.unresolved.isEmpty)
        let joined = VariableReferences.resolve("#{x.y}{a.b}") { $0.key == "y" ? "#" : "wrong" }
        #expect(joined.text == "#{a.b}")
    }
}
