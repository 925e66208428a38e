-- Messages that a platform had for us, such as what it says of the life of an invoice: each once, by its own name there, and whole before anything is
-- understood of it. `sha256` is none where it could not be fetched yet. `state`: new, waiting (its invoice is not known yet, or it is to be fetched again),
-- told (the timeline of `invoice` has it), parked (a person looks; `why` says what for, `reader` which reader could not read it).
CREATE TABLE platform_messages (
    seq        INTEGER PRIMARY KEY,
    platform   TEXT NOT NULL,
    flow       TEXT NOT NULL,
    kind       TEXT NOT NULL,
    name       TEXT NOT NULL,
    tracking   TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    at         INTEGER NOT NULL,
    sha256     TEXT REFERENCES documents (sha256),
    state      TEXT NOT NULL,
    why        TEXT NOT NULL,
    due_at     INTEGER,
    tries      INTEGER NOT NULL,
    reader     TEXT NOT NULL,
    invoice    TEXT REFERENCES invoices (id),
    UNIQUE (platform, flow)
);
CREATE INDEX platform_messages_due ON platform_messages (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX platform_messages_invoice ON platform_messages (invoice) WHERE invoice IS NOT NULL;
CREATE INDEX platform_messages_state ON platform_messages (state, seq);

-- Where the listing of each platform's messages goes on: moved in the same commit as what was listed.
CREATE TABLE platform_marks (
    platform TEXT NOT NULL PRIMARY KEY,
    mark     TEXT NOT NULL,
    at       INTEGER NOT NULL
) WITHOUT ROWID;
