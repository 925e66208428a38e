-- Statements of ours: life-cycle messages about invoices that leave for a platform (a payment received, documents that complete an invoice). Kept before they
-- leave; `record` is the whole as JSON, the columns beside it are what is searched by.
CREATE TABLE statements (
    seq      INTEGER PRIMARY KEY,
    id       TEXT NOT NULL UNIQUE,
    invoice  TEXT NOT NULL REFERENCES invoices (id),
    platform TEXT NOT NULL,
    sha256   TEXT NOT NULL REFERENCES documents (sha256),
    state    TEXT NOT NULL,
    due_at   INTEGER,
    version  INTEGER NOT NULL,
    record   TEXT NOT NULL
);
CREATE INDEX statements_due ON statements (platform, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX statements_invoice ON statements (invoice, seq);
CREATE INDEX statements_state ON statements (state, seq);
