-- The answer to what was done under an Idempotency-Key, written in the commit that did it. `key` begins with the name of the
-- token that bore it; `request` is the SHA-256 of what was asked; `answer` is what was told, to be told again.
CREATE TABLE answers (
    key     TEXT NOT NULL PRIMARY KEY,
    request TEXT NOT NULL,
    answer  TEXT NOT NULL,
    invoice TEXT NOT NULL REFERENCES invoices (id),
    at      INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX answers_invoice ON answers (invoice);

-- Pages of one customer's problems, and of those open or closed, go by seq as well.
DROP INDEX problems_cause;
DROP INDEX problems_customer;
CREATE INDEX problems_cause ON problems (cause, seq);
CREATE INDEX problems_customer ON problems (customer, seq);
CREATE INDEX problems_open ON problems (seq) WHERE closed_at IS NULL;
