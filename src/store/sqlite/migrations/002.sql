-- Every seal that was ever made, named by its invoice; the highest seq of an invoice is the one in force. Apart from the
-- queue's rows, as documents are.
CREATE TABLE seals (
    seq     INTEGER PRIMARY KEY,
    invoice TEXT NOT NULL REFERENCES invoices (id),
    at      INTEGER NOT NULL,
    bytes   BLOB NOT NULL
);
CREATE INDEX seals_invoice ON seals (invoice, seq);
CREATE TRIGGER seals_no_update BEFORE UPDATE ON seals BEGIN SELECT raise(ABORT, 'seals are append-only'); END;
CREATE TRIGGER seals_no_delete BEFORE DELETE ON seals BEGIN SELECT raise(ABORT, 'seals are append-only'); END;
