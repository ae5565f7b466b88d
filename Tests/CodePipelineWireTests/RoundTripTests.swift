import AWSProtocol
import CodePipelineWire
import Foundation
import Testing

@Suite("Structures on the wire")
struct RoundTripTests {
    private static let declaration = #"""
        {"pipeline":{"name":"web","roleArn":"arn:aws:iam::111111111111:role/p","artifactStore":{"type":"S3",
        "location":"artifacts","encryptionKey":{"id":"alias/k","type":"KMS"}},"stages":[{"name":"Source","blockers":[
        {"name":"b","type":"Schedule"}],"actions":[{"name":"Fetch","actionTypeId":{"category":"Source","owner":"AWS",
        "provider":"S3","version":"1"},"runOrder":1,"configuration":{"B":"2","A":"1"},"outputArtifacts":[{"name":"Tree",
        "files":["a","b"]}],"inputArtifacts":[],"region":"us-east-1","namespace":"Vars","timeoutInMinutes":5}]},
        {"name":"Build","actions":[{"name":"Compile","actionTypeId":{"category":"Compute","owner":"AWS",
        "provider":"Commands","version":"1"},"commands":["make"],"outputVariables":["V"],"inputArtifacts":[{"name":"Tree"}],
        "environmentVariables":[{"name":"N","value":"v"}]}],"onFailure":{"result":"RETRY","retryConfiguration":
        {"retryMode":"ALL_ACTIONS"}},"beforeEntry":{"conditions":[{"result":"FAIL","rules":[{"name":"r","ruleTypeId":
        {"category":"Rule","owner":"AWS","provider":"Window","version":"1"},"configuration":{"Cron":"* * * * ? *"}}]}]}}],
        "version":3,"executionMode":"QUEUED","pipelineType":"V2","variables":[{"name":"Tag","defaultValue":"1",
        "description":""}],"triggers":[{"providerType":"CodeStarSourceConnection","gitConfiguration":{"sourceActionName":
        "Fetch","push":[{"tags":{"includes":["v*"]},"branches":{"excludes":["x"]}}],"pullRequest":[{"events":["OPEN"],
        "filePaths":{"includes":["src/**"]}}]}}]},"tags":[{"key":"team","value":""}]}
        """#

    @Test("a declaration with every part comes out as it went in: members in the order of the model, maps by key")
    func declaration() throws {
        let text = Self.declaration.split(separator: "\n").joined()
        let input = try decodeInput(CreatePipelineInput.self, from: Array(text.utf8))
        #expect(input.pipeline.stages[0].actions[0].configuration == ["A": "1", "B": "2"])
        #expect(input.pipeline.stages[1].beforeEntry?.conditions[0].rules?[0].ruleTypeId.provider == "Window")
        #expect(input.pipeline.triggers?[0].gitConfiguration.push?[0].tags?.includes == ["v*"])
        let bytes = encodeDocument(input)
        #expect(try decodeInput(CreatePipelineInput.self, from: bytes) == input)
        #expect(try decodeDocument(PipelineDeclaration.self, from: encodeDocument(input.pipeline)) == input.pipeline)
        let before = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? NSDictionary
        let after = try JSONSerialization.jsonObject(with: Data(bytes)) as? NSDictionary
        #expect(before == after)
        #expect(String(decoding: bytes, as: UTF8.self).contains(#""configuration":{"A":"1","B":"2"}"#))
    }

    @Test("absent members are left out, and an output without members is an empty object")
    func absence() {
        let output = ListPipelinesOutput(pipelines: [PipelineSummary(name: "web", version: 1)])
        #expect(
            String(decoding: encodeDocument(output), as: UTF8.self) == #"{"pipelines":[{"name":"web","version":1}]}"#)
        #expect(encodeDocument(ListPipelinesOutput()) == Array("{}".utf8))
        #expect(encodeDocument(DeleteWebhookOutput()) == Array("{}".utf8))
    }

    @Test("timestamps stand in seconds")
    func timestamps() {
        let summary = PipelineSummary(name: "web", created: AWSTimestamp(milliseconds: 1_446_137_312_204))
        #expect(
            String(decoding: encodeDocument(summary), as: UTF8.self) == #"{"name":"web","created":1446137312.204}"#)
    }

    @Test("the members that webhooks write with a capital stay so")
    func webhooks() throws {
        let input = try decodeInput(
            ListWebhooksInput.self, from: Array(#"{"NextToken":"t","MaxResults":7,"nextToken":"no"}"#.utf8))
        #expect(input == ListWebhooksInput(NextToken: "t", MaxResults: 7))
        let authentication = WebhookAuthConfiguration(AllowedIPRange: "10.0.0.0/8", SecretToken: "s")
        #expect(
            String(decoding: encodeDocument(authentication), as: UTF8.self)
                == #"{"AllowedIPRange":"10.0.0.0/8","SecretToken":"s"}"#)
    }

    @Test("session credentials do not show when they are printed, also inside of what holds them")
    func secrets() {
        let data = JobData(
            artifactCredentials: AWSSessionCredentials(
                accessKeyId: "hunter1", secretAccessKey: "hunter2", sessionToken: "hunter3"))
        var dumped = ""
        dump(data, to: &dumped)
        for text in ["\(data)", String(reflecting: data), dumped] {
            #expect(!text.contains("hunter"), "\(text)")
        }
    }

    @Test("a stored document is held to its types and required members, not to bounds")
    func documents() throws {
        let masked = Array(#"{"name":"","roleArn":"none","stages":[]}"#.utf8)
        #expect(try decodeDocument(PipelineDeclaration.self, from: masked).roleArn == "none")
        for broken in ["{}", #"{"name":"a","roleArn":"b","stages":{}}"#, #"{"name":"a","stages":[]}"#, "[]", ""] {
            #expect(throws: AWSServiceError.self) {
                try decodeDocument(PipelineDeclaration.self, from: Array(broken.utf8))
            }
        }
    }
}
