-- The outline of a pipeline's current version, where an update to a version with the same one leaves the live state as it is
-- but for its instant, which updated_ms has; NULL where it does not, or where it is not known.
ALTER TABLE pipelines ADD COLUMN resting_outline TEXT;
