import PipelineEngine
import PipelineModel
import Testing

@Suite("Artifacts, types and variables at the start of an action") struct ActionStartTests {
    @Test("An output lies under pipeline and artifact, cut to 20 and 10 letters, with 7 random ones")
    func outputKey() throws {
        var pipeline = TestPipeline(
            [StageDefinition("Source", .source(output: "SourceDockerImage")), threeStages[1]],
            name: "SIT12-RnL-Build_pipeline02")
        try pipeline.create()
        let output = try #require(try pipeline.job("Source", "Checkout").outputs.first)
        #expect(output.bucket == "artifacts")
        let parts = output.key.split(separator: "/")
        #expect(parts.prefix(2) == ["SIT12-RnL-Build_pipe", "SourceDock"])
        #expect(parts.last?.count == 7)
        #expect(parts.last?.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) } == true)
    }

    @Test("The output of a source in the object store keeps the extension of its object; others have none")
    func outputExtension() throws {
        func outputs(_ provider: String) throws -> [String] {
            var source = ActionDefinition.source()
            source.typeID = ActionTypeID(category: "Source", owner: "AWS", provider: provider)
            source.configuration = ["S3Bucket": "b", "S3ObjectKey": "src/app.tar.gz"]
            var pipeline = TestPipeline([StageDefinition("Source", source), threeStages[1]])
            try pipeline.create()
            return try pipeline.job("Source", "Checkout").outputs.map(\.key)
        }
        #expect(try outputs("S3").allSatisfy { $0.hasSuffix(".tar.gz") })
        #expect(try outputs("CodeCommit").allSatisfy { !$0.contains(".") })
    }

    @Test("Every consumer gets the place that the producer wrote to, with the revision of a source")
    func consumersGetTheSamePlace() throws {
        var pipeline = TestPipeline([
            StageDefinition("Source", .source()),
            StageDefinition("Build", .build("A", inputs: ["Code"], outputs: ["App"]), .build("B", inputs: ["Code"])),
            StageDefinition("Deploy", .build("Ship", inputs: ["App", "Code"])),
        ])
        try pipeline.create()
        let place = try #require(try pipeline.job("Source", "Checkout").outputs.first?.key)
        try pipeline.succeed(
            "Source", "Checkout", JobSuccess(currentRevision: .init(revision: "abc", changeIdentifier: "x")))
        for action in ["A", "B"] {
            #expect(try pipeline.job("Build", action).inputs.map(\.key) == [place])
            #expect(try pipeline.job("Build", action).inputs.map(\.revision) == ["abc"])
        }
        try pipeline.succeed("Build", "A")
        try pipeline.succeed("Build", "B")
        let inputs = try pipeline.job("Deploy", "Ship").inputs
        #expect(inputs.map(\.name) == ["App", "Code"])
        #expect(inputs.map(\.revision) == [nil, "abc"])
    }

    @Test("A missing input artifact fails the attempt and names artifact and producer") func missingInput() throws {
        var pipeline = TestPipeline([
            StageDefinition("Source", .source()),
            StageDefinition("Build", .build("A", inputs: ["App"]), .build("B", runOrder: 2, outputs: ["App"])),
        ])
        let id = try pipeline.create()
        try pipeline.succeed("Source", "Checkout")
        let error = try #require(try pipeline.attempt("Build", "A").error)
        #expect(error.code == "ConfigurationError")
        #expect(error.message.contains("'App'"))
        #expect(error.message.contains("action 'B' in stage 'Build'"))
        #expect(pipeline.status(id) == .failed)
        #expect(pipeline.timers.isEmpty)
    }

    @Test("An action whose stage asks for what this version does not carry out fails at once and says what to do")
    func unservedStage() throws {
        var gated = threeStages
        gated[1].actions[0].unservedReason = "Stage 'Build' has beforeEntry conditions."
        var pipeline = TestPipeline(gated)
        let id = try pipeline.create()
        try pipeline.succeed("Source", "Checkout")
        let error = try pipeline.attempt("Build", gated[1].actions[0].name).error
        #expect(error == ActionError(code: "ConfigurationError", message: "Stage 'Build' has beforeEntry conditions."))
        #expect(pipeline.status(id) == .failed)
    }

    @Test("An action whose type is gone fails at once and names the type") func typeIsGone() throws {
        var pipeline = TestPipeline(threeStages, types: { $0.category == "Build" ? nil : ActionTypeFacts(timeout: 60) })
        let id = try pipeline.create()
        try pipeline.succeed("Source", "Checkout")
        let attempt = try pipeline.attempt("Build", "Compile")
        #expect(attempt.status == .failed)
        #expect(attempt.error?.code == "ConfigurationError")
        #expect(
            attempt.error?.message.contains(
                "ActionType (Category: 'Build', Owner: 'Custom', Provider: 'Jenkins', Version: '1') is not available")
                == true)
        #expect(attempt.jobID == nil)
        #expect(pipeline.status(id) == .failed)
    }

    private func pipeline(
        configuration: [String: String], secrets: Set<String> = [], type: ActionTypeID? = nil
    ) -> TestPipeline {
        var source = ActionDefinition.source()
        source.namespace = "Source-1"
        var build = ActionDefinition.build(configuration: configuration)
        if let type { build.typeID = type }
        return TestPipeline(
            [StageDefinition("Source", source), StageDefinition("Build", build)],
            types: { _ in
                let properties = secrets.map { ActionType.Property(name: $0, required: true, secret: true) }
                return ActionTypeFacts(timeout: 60, properties: properties)
            })
    }

    private func resolved(
        _ configuration: [String: String], variables: [String: String], secrets: Set<String> = [],
        type: ActionTypeID? = nil
    ) throws -> (CopyOnWrite<ActionAttempt>, execution: String) {
        var pipeline = pipeline(configuration: configuration, secrets: secrets, type: type)
        let id = try pipeline.create()
        try pipeline.succeed("Source", "Checkout", JobSuccess(outputVariables: variables))
        return (try pipeline.attempt("Build", "Compile"), id)
    }

    @Test("References are replaced by output variables and the execution's id, several in one value")
    func references() throws {
        let (attempt, id) = try resolved(
            ["Tag": "v#{Source-1.Branch}-#{Source-1.Commit}", "Run": "#{codepipeline.PipelineExecutionId}"],
            variables: ["Branch": "main", "Commit": "abc"])
        #expect(attempt.configuration == ["Tag": "vmain-abc", "Run": id])
    }

    @Test("A value that looks like a reference is not resolved again") func singlePass() throws {
        let (attempt, _) = try resolved(
            ["Tag": "#{Source-1.Branch}"], variables: ["Branch": "#{codepipeline.PipelineExecutionId}"])
        #expect(attempt.configuration == ["Tag": "#{codepipeline.PipelineExecutionId}"])
    }

    @Test(
        "In CodeBuild's EnvironmentVariables a value is the content of a JSON string, whatever it holds",
        arguments: [
            ("plain, ü and 日本", "plain, ü and 日本"), ("a \"quote\" and \\", #"a \"quote\" and \\"#),
            ("two\nlines\r\n\tand \u{1}", #"two\nlines\r\n\tand \u0001"#),
            (
                #"x","type":"PLAINTEXT"},{"name":"EVIL","value":"injected"#,
                #"x\",\"type\":\"PLAINTEXT\"},{\"name\":\"EVIL\",\"value\":\"injected"#
            ),
        ])
    func environmentVariables(value: String, content: String) throws {
        let text = #"[{"name":"MSG","value":"say: #{Source-1.Message}","type":"PLAINTEXT"}]"#
        let configuration = ["EnvironmentVariables": text, "ProjectName": "#{Source-1.Message}"]
        let resolved = try resolved(
            configuration, variables: ["Message": value],
            type: ActionTypeID(category: "Build", owner: "AWS", provider: "CodeBuild"))
        #expect(
            resolved.0.configuration == [
                "EnvironmentVariables": #"[{"name":"MSG","value":"say: \#(content)","type":"PLAINTEXT"}]"#,
                "ProjectName": value,
            ])
        // Another type's property of this name is text as any other.
        #expect(
            try self.resolved(configuration, variables: ["Message": value]).0.configuration["EnvironmentVariables"]
                == #"[{"name":"MSG","value":"say: \#(value)","type":"PLAINTEXT"}]"#)
    }

    @Test(
        "What is not of the form of a reference stays as it is",
        arguments: [
            "#{}", "#{a}", "#{a.}", "#{.b}", "${a.b}", "#{a.b", "# {a.b}", "#{a b.c}", "a#", "#{#{a.", "#{a.b.c}",
        ])
    func noReference(text: String) throws {
        #expect(try resolved(["Tag": text], variables: [:]).0.configuration == ["Tag": text])
    }

    @Test("An unresolved reference fails the attempt with the service's text and names what is missing")
    func unresolved() throws {
        let (attempt, _) = try resolved(
            ["Tag": "#{Source-1.Branch} #{Source-1.Nope}", "Other": "#{Nobody.Key}"], variables: ["Branch": "main"])
        #expect(attempt.status == .failed)
        #expect(
            attempt.error?.message
                == "An action in this pipeline failed because one or more variables could not be resolved: "
                + "Action name=Compile. This can result when a variable is referenced that does not exist. Validate "
                + "the configuration for this action. Not resolved: #{Nobody.Key}, #{Source-1.Nope}.")
        #expect(attempt.configuration["Tag"] == "#{Source-1.Branch} #{Source-1.Nope}")
    }

    @Test("A secret is never resolved") func secrets() throws {
        let (attempt, _) = try resolved(
            ["Password": "#{Source-1.Branch}"], variables: ["Branch": "main"], secrets: ["Password"])
        #expect(attempt.configuration == ["Password": "#{Source-1.Branch}"])
    }

    @Test("Variables of succeeded actions remain for a retry") func variablesRemain() throws {
        var pipeline = pipeline(configuration: ["Tag": "#{Source-1.Branch}"])
        let id = try pipeline.create()
        try pipeline.succeed("Source", "Checkout", JobSuccess(outputVariables: ["Branch": "main"]))
        try pipeline.fail("Build", "Compile")
        try pipeline.apply(.retryStage(stage: "Build", executionID: id))
        #expect(try pipeline.job("Build", "Compile").configuration == ["Tag": "main"])
    }

    @Test("The link to the worker's own run is rendered percent-encoded; secret and optional values stay out of it")
    func executionUrl() throws {
        let build = ActionDefinition.build(configuration: ["Name": "my job", "Token": "****", "Extra": "x"])
        var pipeline = TestPipeline(
            [StageDefinition("Source", .source()), StageDefinition("Build", build)],
            types: { _ in
                ActionTypeFacts(
                    timeout: 60,
                    executionUrlTemplate:
                        "https://ci/{Config:Name}/{Config:Token}/{Config:Extra}/{Config:No}/{ExternalExecutionId}{x",
                    properties: [
                        .init(name: "Name", required: true), .init(name: "Token", required: true, secret: true),
                        .init(name: "Extra", required: false),
                    ])
            })
        try pipeline.create()
        try pipeline.succeed("Source", "Checkout")
        try pipeline.succeed("Build", "Compile", JobSuccess(externalExecutionID: "a/ü"))
        #expect(
            try pipeline.attempt("Build", "Compile").externalExecutionUrl
                == "https://ci/my%20job/{Config:Token}/{Config:Extra}/{Config:No}/a%2F%C3%BC{x")
        #expect(try pipeline.attempt("Source", "Checkout").externalExecutionUrl == nil)
    }
}
