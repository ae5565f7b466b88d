import AWSProtocol
import CodePipelineWire
import Testing

/// Texts that callers of the service were shown, and what they had sent (semantics-core 2.3).
@Suite("Captured constraint messages")
struct CapturedMessagesTests {
    private static let action = "pipeline.stages.1.member.actions.1.member"
    private static let second = "pipeline.stages.2.member.actions.1.member"

    @Test("the request that the others break is sound")
    func sound() {
        #expect(Requests.problem { _ in } == nil)
    }

    @Test("1: an empty configuration value")
    func emptyConfigurationValue() {
        let error = Requests.problem { $0.stages[0].actions[0].configuration?["S3Bucket"] = "" }
        #expect(
            error?.message
                == "1 validation error detected: Value at 'pipeline.stages.1.member.actions.1.member.configuration' failed "
                + "to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal "
                + "to 50000, Member must have length greater than or equal to 1]")
        #expect(error?.code == "ValidationException")
        #expect(error?.httpStatus == 400)
    }

    @Test("2: a blank in the name of an action")
    func actionName() {
        #expect(
            Requests.problem { $0.stages[1].actions[0].name = "My Build" }
                == Requests.validation(
                    (Self.second + ".name", #"Member must satisfy regular expression pattern: [A-Za-z0-9.@\-_]+"#)))
    }

    @Test("3: a slash in the provider")
    func provider() {
        #expect(
            Requests.problem { $0.stages[0].actions[0].actionTypeId.provider = "integrations/github" }?.message
                == "1 validation error detected: Value at 'pipeline.stages.1.member.actions.1.member.actionTypeId.provider' "
                + "failed to satisfy constraint: Member must satisfy regular expression pattern: [0-9A-Za-z_-]+")
    }

    @Test("4: an encryption key type in lower case")
    func keyType() {
        #expect(
            Requests.problem { $0.artifactStore?.encryptionKey = EncryptionKey(id: "key", type: "kms") }?.message
                == "1 validation error detected: Value at 'pipeline.artifactStore.encryptionKey.type' failed to satisfy "
                + "constraint: Member must satisfy enum value set: [KMS]")
    }

    @Test("5: an artifact name of 101 characters, where it is made and where it is used")
    func longArtifactName() {
        let name = String(repeating: "a", count: 101)
        #expect(
            Requests.problem {
                $0.stages[0].actions[0].outputArtifacts = [OutputArtifact(name: name)]
                $0.stages[1].actions[0].inputArtifacts = [InputArtifact(name: name)]
            }?.message
                == "2 validation errors detected: Value at "
                + "'pipeline.stages.1.member.actions.1.member.outputArtifacts.1.member.name' failed to satisfy constraint: "
                + "Member must have length less than or equal to 100; Value at "
                + "'pipeline.stages.2.member.actions.1.member.inputArtifacts.1.member.name' failed to satisfy constraint: "
                + "Member must have length less than or equal to 100")
    }

    @Test("6: a dot in an artifact name")
    func dottedArtifactName() {
        #expect(
            Requests.problem { $0.stages[0].actions[0].outputArtifacts = [OutputArtifact(name: "a.b")] }
                == Requests.validation(
                    (
                        Self.action + ".outputArtifacts.1.member.name",
                        #"Member must satisfy regular expression pattern: [a-zA-Z0-9_\-]+"#
                    )))
    }

    @Test("7: a stage name of 101 characters, and one with a blank")
    func stageName() {
        #expect(
            Requests.problem { $0.stages[1].name = String(repeating: "s", count: 101) }
                == Requests.validation(
                    ("pipeline.stages.2.member.name", "Member must have length less than or equal to 100")))
        #expect(
            Requests.problem { $0.stages[1].name = "Bad Name" }
                == Requests.validation(
                    (
                        "pipeline.stages.2.member.name",
                        #"Member must satisfy regular expression pattern: [A-Za-z0-9.@\-_]+"#
                    )))
    }

    @Test("8: run orders 0 and 1000")
    func runOrder() {
        #expect(
            Requests.problem { $0.stages[1].actions[0].runOrder = 0 }
                == Requests.validation(
                    (Self.second + ".runOrder", "Member must have value greater than or equal to 1")))
        #expect(
            Requests.problem { $0.stages[1].actions[0].runOrder = 1000 }
                == Requests.validation((Self.second + ".runOrder", "Member must have value less than or equal to 999")))
        #expect(Requests.problem { $0.stages[1].actions[0].runOrder = 999 } == nil)
    }

    @Test("9: a dot in a namespace")
    func namespace() {
        #expect(
            Requests.problem { $0.stages[0].actions[0].namespace = "source.vars" }
                == Requests.validation(
                    (Self.action + ".namespace", #"Member must satisfy regular expression pattern: [A-Za-z0-9@\-_]+"#)))
    }
}
