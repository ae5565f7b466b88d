import AWSProtocol
import CodePipelineWire
import Testing

@Suite("Constraints of inputs")
struct ConstraintTests {
    @Test("a required member that is absent or null must not be null, whatever else is missing")
    func required() {
        let missing = Requests.validation(("pipeline", "Member must not be null"))
        #expect(Requests.problem(of: .createPipeline, "{}") == missing)
        #expect(Requests.problem(of: .createPipeline, #"{"pipeline":null}"#) == missing)
        #expect(
            Requests.problem(of: .acknowledgeJob, #"{"nonce":""}"#)
                == Requests.validation(
                    ("jobId", "Member must not be null"),
                    ("nonce", "Member must have length greater than or equal to 1")))
    }

    @Test("unknown members and __type are ignored at every depth")
    func unknownMembers() {
        let body = #"{"name":"web","__type":"X","more":{"__type":1,"a":[true]}}"#
        #expect(Requests.problem(of: .getPipeline, body) == nil)
        let nested = #"""
            {"actionTypeId":{"__type":"ActionTypeId","category":"Test","owner":"Custom","provider":"P","version":"1","x":0}}
            """#
        #expect(Requests.problem(of: .pollForJobs, nested) == nil)
    }

    @Test("a configuration value may have 50,000 characters, and not one more")
    func configurationValue() {
        func problem(_ count: Int) -> AWSServiceError? {
            Requests.problem { $0.stages[0].actions[0].configuration = ["K": String(repeating: "v", count: count)] }
        }
        #expect(problem(50_000) == nil)
        #expect(
            problem(50_001)?.message?.contains("Map value must satisfy constraint: [Member must have length") == true)
    }

    @Test("the description of a property may have 2,048 characters, and not one more")
    func propertyDescription() {
        func problem(_ count: Int) -> AWSServiceError? {
            let input = CreateCustomActionTypeInput(
                category: "Test", provider: "P", version: "1",
                configurationProperties: [
                    ActionConfigurationProperty(
                        name: "K", required: true, key: true, secret: false,
                        description: String(repeating: "d", count: count))
                ],
                inputArtifactDetails: ArtifactDetails(minimumCount: 0, maximumCount: 5),
                outputArtifactDetails: ArtifactDetails(minimumCount: 0, maximumCount: 5))
            let body = String(decoding: encodeDocument(input), as: UTF8.self)
            return Requests.problem(of: .createCustomActionType, body)
        }
        #expect(problem(2048) == nil)
        #expect(
            problem(2049)
                == Requests.validation(
                    (
                        "configurationProperties.1.member.description",
                        "Member must have length less than or equal to 2048"
                    )))
        #expect(problem(0) != nil)
    }

    @Test("queryable values have 1 to 50 characters of the set, and there is at most one")
    func queryParam() {
        func problem(_ queryParam: [String: String]) -> AWSServiceError? {
            let input = PollForJobsInput(
                actionTypeId: ActionTypeId(category: "Test", owner: "Custom", provider: "P", version: "1"),
                queryParam: queryParam)
            return Requests.problem(of: .pollForJobs, String(decoding: encodeDocument(input), as: UTF8.self))
        }
        let bracket =
            "Map value must satisfy constraint: [Member must have length less than or equal to 50, "
            + "Member must have length greater than or equal to 1, "
            + "Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+]"
        #expect(problem(["Project": String(repeating: "p", count: 50)]) == nil)
        #expect(problem([:]) == nil)
        for value in ["", "a b", String(repeating: "p", count: 51)] {
            #expect(problem(["Project": value]) == Requests.validation(("queryParam", bracket)), "\(value)")
        }
        #expect(
            problem(["A": "1", "B": "2"])
                == Requests.validation(("queryParam", "Member must have length less than or equal to 1")))
    }

    @Test("a structure in a map is named by the map's key")
    func artifactStores() {
        let error = Requests.problem {
            $0.artifactStores = ["us-east-1": ArtifactStore(type: "S3", location: "ab")]
        }
        #expect(
            error
                == Requests.validation(
                    (
                        "pipeline.artifactStores.us-east-1.member.location",
                        "Member must have length greater than or equal to 3"
                    )))
    }

    @Test("the value that breaks a constraint is never shown")
    func noEcho() throws {
        let secret = "hunter2 ☃"
        let message = try #require(
            Requests.problem {
                $0.name = secret
                $0.roleArn = secret
                $0.stages[0].actions[0].configuration = [String(repeating: secret, count: 20): secret]
            }?.message)
        #expect(message.hasPrefix("3 validation errors detected: "))
        #expect(!message.contains("hunter2"))
    }
}
