import ArgumentParser

/// Loads a server and says how it did: one line of JSON a run, and exit status 1 where any reply was wrong.
@main
struct LoadGenerator: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "LoadGenerator",
        abstract: "Measures an HTTP server with signed requests over raw sockets, on one thread.",
        subcommands: [
            CreatePipelines.self, GetPipeline.self, ListPipelines.self, UpdatePipeline.self, JobCycles.self,
            Executions.self, EmptyPolls.self, WaitingPolls.self, GetPipelineState.self, MakeBucket.self,
            PutObjects.self,
            GetObjects.self, WriteObjects.self, PutStarts.self, QueueCycles.self, FillUnfinished.self,
            CheckUnfinished.self, FirstReply.self, Hog.self, CommitRows.self, DiskWrites.self, HashRate.self,
            EngineExecutions.self,
            FillHistory.self, MicroPieces.self,
        ])
}
