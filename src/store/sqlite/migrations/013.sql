-- What directories said of recipients, by connection, kind and key; `entry` is JSON, null where the directory does not know it. A cache: a row counts until
-- `expires_at`, and is deleted after.
CREATE TABLE lookups (
    platform   TEXT NOT NULL,
    kind       TEXT NOT NULL,
    key        TEXT NOT NULL,
    entry      TEXT NOT NULL,
    asked_at   INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (platform, kind, key)
) WITHOUT ROWID;
CREATE INDEX lookups_expires ON lookups (expires_at);
