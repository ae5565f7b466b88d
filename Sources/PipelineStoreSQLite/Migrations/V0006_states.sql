-- Live states have some thousand bytes, and an update of a pipeline at rest leaves its state alone: in a table of its own its page
-- is not written then, and the rows of pipelines are close together.
CREATE TABLE pipeline_states (
    pipeline_id INTEGER PRIMARY KEY,
    state BLOB NOT NULL
) STRICT;
INSERT INTO pipeline_states (pipeline_id, state) SELECT id, state FROM pipelines;
-- Written anew, for a row would stay in the page that its state was in. The table stays: it knows which ids were used.
CREATE TABLE moved_pipelines AS
    SELECT id, name, version, execution_mode, pipeline_type, created_ms, updated_ms, resting_outline FROM pipelines;
DELETE FROM pipelines;
ALTER TABLE pipelines DROP COLUMN state;
INSERT INTO pipelines (id, name, version, execution_mode, pipeline_type, created_ms, updated_ms, resting_outline)
    SELECT id, name, version, execution_mode, pipeline_type, created_ms, updated_ms, resting_outline FROM moved_pipelines;
DROP TABLE moved_pipelines;
