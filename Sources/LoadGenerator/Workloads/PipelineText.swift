/// Declarations of pipelines as users write them: a source stage and further stages, one custom action each.
struct PipelineText {
    /// Digits of a pipeline's number in its name.
    static let digits = 6

    let prefix: String
    let provider: String
    /// At least two.
    let stages: Int
    let roleArn: String
    /// Bytes of configuration in each action, which make GetPipeline's reply as large as that of a real pipeline.
    let configurationSize: Int
    /// Nil for AWS's default.
    let executionMode: String?
    /// The object that the source stage releases; nil for a source of the custom type.
    let object: (bucket: String, keyPrefix: String)?

    private let beginning: [UInt8]
    /// The prefix's bytes.
    let nameBeginning: [UInt8]
    /// Scratch, for names that are looked for.
    let soughtName = ByteBuffer(capacity: 128)

    init(
        prefix: String, provider: String, stages: Int = 3, configurationSize: Int = 60,
        roleArn: String = "arn:aws:iam::111111111111:role/penstock", executionMode: String? = nil,
        object: (bucket: String, keyPrefix: String)? = nil
    ) {
        self.prefix = prefix
        self.provider = provider
        self.stages = stages
        self.configurationSize = configurationSize
        self.roleArn = roleArn
        self.executionMode = executionMode
        self.object = object
        nameBeginning = Array(prefix.utf8)
        beginning = Array(#"{"pipeline":{"name":"\#(prefix)"#.utf8)
    }

    func name(_ number: Int) -> String {
        let digits = String(number)
        return prefix + String(repeating: "0", count: max(0, Self.digits - digits.count)) + digits
    }

    /// The number in a name; nil for a pipeline of another prefix.
    func number(of name: some StringProtocol) -> Int? {
        name.hasPrefix(prefix) ? Int(name.dropFirst(prefix.count)) : nil
    }

    static func stageName(_ stage: Int) -> String { stage == 0 ? "Source" : "Stage\(stage)" }

    /// Writes the body of CreatePipeline and UpdatePipeline.
    ///
    /// - Parameter revision: stands in the configuration, so that every update changes something.
    func write(_ number: Int, revision: Int, to body: ByteBuffer) {
        body.append(beginning)
        body.append(decimal: number, digits: Self.digits)
        body.append(#"","roleArn":""#)
        body.append(roleArn)
        body.append(#"","artifactStore":{"type":"S3","location":""#)
        body.append("load-artifacts")
        body.append(#""},"#)
        if let executionMode { body.append(#""executionMode":"\#(executionMode)","pipelineType":"V2","#) }
        body.append(#""stages":["#)
        for stage in 0..<stages {
            if stage > 0 { body.append(",") }
            write(stage: stage, number, revision: revision, to: body)
        }
        body.append("]}}")
    }

    private func write(stage: Int, _ number: Int, revision: Int, to body: ByteBuffer) {
        let name = Self.stageName(stage)
        body.append(#"{"name":"\#(name)","actions":[{"name":"\#(name)Action","actionTypeId":{"category":""#)
        if stage == 0, let object {
            body.append(
                #"Source","owner":"AWS","provider":"S3","version":"1"},"configuration":{"S3Bucket":"\#(object.bucket)","#
                    + #""PollForSourceChanges":"false","S3ObjectKey":"\#(object.keyPrefix)"#)
            body.append(decimal: number, digits: Self.digits)
        } else {
            body.append(stage == 0 ? "Source" : "Build")
            body.append(
                #"","owner":"Custom","provider":"\#(provider)","version":"1"},"configuration":{"Parameters":"r"#)
            body.append(decimal: revision, digits: 9)
            body.append(String(repeating: "-", count: configurationSize))
        }
        body.append(#""},"inputArtifacts":["#)
        if stage > 0 { body.append(#"{"name":"Source"}"#) }
        body.append(#"],"outputArtifacts":["#)
        if stage == 0 { body.append(#"{"name":"Source"}"#) }
        body.append(#"],"runOrder":1}]}"#)
    }

    /// Registers the custom action types of the provider, one a category.
    func register(with client: BlockingClient) throws(LoadError) {
        for category in ["Source", "Build"] {
            let inputs = category == "Source" ? 0 : 1
            _ = try client.call(
                "CreateCustomActionType",
                #"{"category":"\#(category)","provider":"\#(provider)","version":"1","configurationProperties":"#
                    + #"[{"name":"Parameters","required":false,"key":false,"secret":false}],"#
                    + #""inputArtifactDetails":{"minimumCount":\#(inputs),"maximumCount":1},"#
                    + #""outputArtifactDetails":{"minimumCount":0,"maximumCount":1}}"#)
        }
    }

    /// What a worker names the custom action type of a stage in its polls.
    static func actionType(_ category: String, provider: String) -> String {
        #"{"category":"\#(category)","owner":"Custom","provider":"\#(provider)","version":"1"}"#
    }
}
