import PipelineEngine
import Testing

@Suite("Durations") struct EngineSettingsTests {
    @Test("Where nothing is set, a worker has 60 seconds, a continuation 30, an approval 7 days, a job 24 hours")
    func defaults() {
        let settings = EngineSettings()
        #expect(settings.jobAcknowledgeTimeout == 60)
        #expect(settings.continuationDelay == 30)
        #expect(settings.approvalTimeout == 7 * 86_400)
        #expect(settings.customActionTimeout == 86_400)
    }

    @Test("Where nothing is set, a transition that was disabled for 30 days does not let its execution in")
    func transitionExpiry() {
        #expect(EngineSettings().transitionExpiry == 30 * 86_400)
    }
}
