-- The embedded object store. Keys are blobs: their order is that of their bytes, and no byte has a meaning.
CREATE TABLE buckets (
    name TEXT PRIMARY KEY CHECK (length(name) BETWEEN 3 AND 63),
    created_ms INTEGER NOT NULL,
    versioning TEXT NOT NULL CHECK (versioning IN ('off', 'enabled', 'suspended'))
) STRICT, WITHOUT ROWID;

-- Of a key's versions the one with the highest sequence is what the key shows.
CREATE TABLE object_versions (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    bucket TEXT NOT NULL REFERENCES buckets (name),
    key BLOB NOT NULL CHECK (length(key) BETWEEN 1 AND 1024),
    version_id TEXT NOT NULL,
    is_latest INTEGER NOT NULL CHECK (is_latest IN (0, 1)),
    is_delete_marker INTEGER NOT NULL CHECK (is_delete_marker IN (0, 1)),
    size INTEGER NOT NULL CHECK (size >= 0),
    etag TEXT NOT NULL,
    modified_ms INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    file_name TEXT CHECK ((file_name IS NULL) = (is_delete_marker = 1)),
    attributes TEXT NOT NULL,
    checksums TEXT NOT NULL,
    -- CRC32C of each MiB, four bytes each, big-endian. Last, so that other reads skip its pages.
    chunk_checksums BLOB NOT NULL
) STRICT;

CREATE UNIQUE INDEX object_versions_by_id ON object_versions (bucket, key, version_id);
CREATE UNIQUE INDEX object_versions_by_age ON object_versions (bucket, key, sequence DESC);
CREATE UNIQUE INDEX object_versions_latest ON object_versions (bucket, key) WHERE is_latest = 1;
CREATE UNIQUE INDEX object_versions_shown ON object_versions (bucket, key) WHERE is_latest = 1 AND is_delete_marker = 0;
CREATE UNIQUE INDEX object_versions_by_file ON object_versions (file_name) WHERE file_name IS NOT NULL;

CREATE TABLE multipart_uploads (
    id TEXT PRIMARY KEY,
    bucket TEXT NOT NULL REFERENCES buckets (name),
    key BLOB NOT NULL CHECK (length(key) BETWEEN 1 AND 1024),
    initiated_ms INTEGER NOT NULL,
    attributes TEXT NOT NULL,
    checksum_algorithm TEXT,
    is_full_object_checksum INTEGER NOT NULL CHECK (is_full_object_checksum IN (0, 1)),
    -- The job that began it; only it may go on.
    owner TEXT
) STRICT;

CREATE UNIQUE INDEX multipart_uploads_by_key ON multipart_uploads (bucket, key, id);

CREATE INDEX multipart_uploads_by_age ON multipart_uploads (initiated_ms);

CREATE TABLE upload_parts (
    upload_id TEXT NOT NULL REFERENCES multipart_uploads (id) ON DELETE CASCADE,
    number INTEGER NOT NULL CHECK (number BETWEEN 1 AND 10000),
    file_name TEXT NOT NULL UNIQUE,
    size INTEGER NOT NULL CHECK (size >= 0),
    etag TEXT NOT NULL,
    modified_ms INTEGER NOT NULL,
    checksums TEXT NOT NULL,
    chunk_checksums BLOB NOT NULL,
    PRIMARY KEY (upload_id, number)
) STRICT;
