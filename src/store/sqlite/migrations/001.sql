-- Documents apart from the queue's rows, so that the rows stay small. Named by their SHA-256.
CREATE TABLE documents (
    sha256 TEXT NOT NULL PRIMARY KEY,
    size   INTEGER NOT NULL,
    bytes  BLOB NOT NULL
);

-- One row an invoice. `record` is the whole row as JSON; the columns beside it are what is searched, and the lease.
CREATE TABLE invoices (
    seq         INTEGER PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE,
    sha256      TEXT NOT NULL UNIQUE REFERENCES documents (sha256),
    version     INTEGER NOT NULL,
    state       TEXT NOT NULL,
    number      TEXT,
    key_seller  TEXT,
    key_number  TEXT,
    key_year    INTEGER,
    replaced_by TEXT,
    lane        TEXT NOT NULL,
    due_at      INTEGER,
    fence       INTEGER NOT NULL DEFAULT 0,
    takes       INTEGER NOT NULL DEFAULT 0,
    lease_until INTEGER,
    -- When it can be claimed next: due, and no lease in the way.
    next_at     INTEGER GENERATED ALWAYS AS
                (CASE WHEN due_at IS NULL THEN NULL ELSE max(due_at, coalesce(lease_until, due_at)) END) VIRTUAL,
    record      TEXT NOT NULL
);
CREATE INDEX invoices_due ON invoices (lane, next_at) WHERE next_at IS NOT NULL;
CREATE INDEX invoices_leased ON invoices (lease_until) WHERE lease_until IS NOT NULL;
CREATE INDEX invoices_state ON invoices (state, seq);
CREATE INDEX invoices_number ON invoices (number) WHERE number IS NOT NULL;
CREATE INDEX invoices_key ON invoices (key_number, key_seller, key_year) WHERE key_number IS NOT NULL;

-- Who holds a number: seller, BT-1, year of BT-2.
CREATE TABLE numbers (
    seller  TEXT NOT NULL,
    number  TEXT NOT NULL,
    year    INTEGER NOT NULL,
    invoice TEXT NOT NULL UNIQUE REFERENCES invoices (id),
    UNIQUE (seller, number, year)
);

CREATE TABLE idempotency (
    key    TEXT NOT NULL PRIMARY KEY,
    sha256 TEXT NOT NULL REFERENCES documents (sha256),
    at     INTEGER NOT NULL
) WITHOUT ROWID;

-- What happened, in order. Nothing changes or leaves, so the cursor has no holes.
CREATE TABLE events (
    cursor  INTEGER PRIMARY KEY,
    invoice TEXT NOT NULL REFERENCES invoices (id),
    at      INTEGER NOT NULL,
    kind    TEXT NOT NULL,
    actor   TEXT NOT NULL,
    data    TEXT NOT NULL
);
CREATE INDEX events_invoice ON events (invoice, cursor);
CREATE TRIGGER events_no_update BEFORE UPDATE ON events BEGIN SELECT raise(ABORT, 'events are append-only'); END;
CREATE TRIGGER events_no_delete BEFORE DELETE ON events BEGIN SELECT raise(ABORT, 'events are append-only'); END;

-- Every report that was ever made; the highest seq of an invoice is its present one.
CREATE TABLE reports (
    seq     INTEGER PRIMARY KEY,
    invoice TEXT NOT NULL REFERENCES invoices (id),
    at      INTEGER NOT NULL,
    report  TEXT NOT NULL
);
CREATE INDEX reports_invoice ON reports (invoice, seq);

CREATE TABLE problems (
    seq       INTEGER PRIMARY KEY,
    id        TEXT NOT NULL UNIQUE,
    invoice   TEXT NOT NULL REFERENCES invoices (id),
    cause     TEXT NOT NULL,
    customer  TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    closed_at INTEGER,
    record    TEXT NOT NULL,
    UNIQUE (invoice, cause)
);
CREATE INDEX problems_cause ON problems (cause, closed_at);
CREATE INDEX problems_customer ON problems (customer);

CREATE TABLE probe (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    at INTEGER NOT NULL
);
