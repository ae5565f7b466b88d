-- Instants are milliseconds since 1970. Records are JSON texts of the engine's types; what is searched for has a column.
CREATE TABLE pipelines (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL CHECK (version >= 1),
    execution_mode TEXT NOT NULL,
    pipeline_type TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL,
    state BLOB NOT NULL
) STRICT;

-- A pipeline's id is never used again, so rows of a deleted pipeline can be cleaned later, in small steps.
CREATE TABLE pipeline_versions (
    pipeline_id INTEGER NOT NULL,
    version INTEGER NOT NULL,
    declaration BLOB NOT NULL,
    definition BLOB NOT NULL,
    sealed_secrets BLOB,
    created_ms INTEGER NOT NULL,
    PRIMARY KEY (pipeline_id, version)
) STRICT;

CREATE TABLE executions (
    id TEXT NOT NULL PRIMARY KEY,
    pipeline_id INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    status TEXT NOT NULL,
    started_ms INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL,
    record BLOB NOT NULL,
    UNIQUE (pipeline_id, sequence)
) STRICT;

CREATE TABLE attempts (
    action_execution_id TEXT NOT NULL PRIMARY KEY,
    pipeline_id INTEGER NOT NULL,
    execution_id TEXT NOT NULL,
    stage TEXT NOT NULL,
    action TEXT NOT NULL,
    status TEXT NOT NULL,
    started_ms INTEGER NOT NULL,
    record BLOB NOT NULL
) STRICT;
CREATE INDEX attempts_by_execution ON attempts (execution_id, started_ms);

CREATE TABLE jobs (
    id TEXT NOT NULL PRIMARY KEY,
    pipeline_id INTEGER NOT NULL,
    pipeline TEXT NOT NULL,
    status TEXT NOT NULL,
    action_type TEXT NOT NULL,
    query_value TEXT,
    client_id TEXT,
    created_ms INTEGER NOT NULL,
    available_ms INTEGER NOT NULL,
    record BLOB NOT NULL
) STRICT;
CREATE INDEX jobs_queued ON jobs (action_type, created_ms) WHERE status = 'Queued';
CREATE INDEX jobs_live ON jobs (status) WHERE status IN ('Dispatched', 'InProgress');
CREATE INDEX jobs_by_pipeline ON jobs (pipeline_id);

CREATE TABLE timers (
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    pipeline TEXT NOT NULL,
    due_ms INTEGER NOT NULL,
    PRIMARY KEY (kind, subject)
) STRICT;
CREATE INDEX timers_by_due ON timers (due_ms);

CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    payload BLOB NOT NULL,
    due_ms INTEGER NOT NULL,
    deliveries INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX outbox_by_due ON outbox (due_ms);

CREATE TABLE custom_action_types (
    category TEXT NOT NULL,
    provider TEXT NOT NULL,
    version TEXT NOT NULL,
    definition BLOB NOT NULL,
    deleted INTEGER NOT NULL DEFAULT 0 CHECK (deleted IN (0, 1)),
    PRIMARY KEY (category, provider, version)
) STRICT;

-- The source actions of each pipeline's current version: which a put of an object starts, which are polled.
CREATE TABLE sources (
    pipeline_id INTEGER NOT NULL,
    pipeline TEXT NOT NULL,
    stage TEXT NOT NULL,
    action TEXT NOT NULL,
    bucket TEXT,
    object_key TEXT,
    polled INTEGER NOT NULL CHECK (polled IN (0, 1)),
    PRIMARY KEY (pipeline_id, stage, action)
) STRICT;
CREATE INDEX sources_by_object ON sources (bucket, object_key);
CREATE INDEX sources_polled ON sources (pipeline) WHERE polled = 1;

-- What a source last showed to the poller, by action.
CREATE TABLE source_marks (
    pipeline_id INTEGER NOT NULL,
    stage TEXT NOT NULL,
    action TEXT NOT NULL,
    watch TEXT NOT NULL,
    revision TEXT NOT NULL,
    PRIMARY KEY (pipeline_id, stage, action)
) STRICT;

-- Replies of changing calls, for the same call sent again (reference README, Settled 10).
CREATE TABLE replies (
    call TEXT NOT NULL PRIMARY KEY,
    sealed_reply BLOB NOT NULL,
    created_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX replies_by_age ON replies (created_ms);

CREATE TABLE start_tokens (
    pipeline_id INTEGER NOT NULL,
    token TEXT NOT NULL,
    execution_id TEXT NOT NULL,
    PRIMARY KEY (pipeline_id, token)
) STRICT;
