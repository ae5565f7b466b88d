-- Old executions are cleaned with all that belongs to them: what is over is found by its age, the rest by its execution.
ALTER TABLE jobs ADD COLUMN execution_id TEXT NOT NULL DEFAULT '';
UPDATE jobs SET execution_id = json_extract(CAST(record AS TEXT), '$.executionID');
CREATE INDEX jobs_by_execution ON jobs (execution_id);
DROP INDEX jobs_by_pipeline;
CREATE INDEX start_tokens_by_execution ON start_tokens (execution_id);
CREATE INDEX executions_ended ON executions (updated_ms, id)
    WHERE status IN ('Succeeded', 'Superseded', 'Failed', 'Cancelled', 'Stopped');
