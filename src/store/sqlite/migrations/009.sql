-- EDIFACT that came: each file is answered once (CONTRL, APERAK); `pending` until that was decided. `invoices` is a JSON list of ids, in the order of the file.
CREATE TABLE edi_files (
    sha256   TEXT NOT NULL PRIMARY KEY REFERENCES documents (sha256),
    at       INTEGER NOT NULL,
    invoices TEXT NOT NULL,
    pending  INTEGER NOT NULL
);
CREATE INDEX edi_files_pending ON edi_files (at) WHERE pending = 1;

-- By what a CONTRL names an invoice: sender and recipient (UNB 0004, 0010), reference of the interchange (0020) and of the message (0062).
CREATE TABLE edi_messages (
    invoice     TEXT NOT NULL REFERENCES invoices (id),
    sender      TEXT NOT NULL,
    recipient   TEXT NOT NULL,
    interchange TEXT NOT NULL,
    message     TEXT NOT NULL,
    PRIMARY KEY (interchange, sender, recipient, message, invoice)
) WITHOUT ROWID;
CREATE INDEX edi_messages_invoice ON edi_messages (invoice);

-- Answers: those that facteur wrote (`subject` is the file that they answer), and those that came. The id is the beginning of the SHA-256.
CREATE TABLE edi_answers (
    seq      INTEGER PRIMARY KEY,
    id       TEXT NOT NULL UNIQUE,
    sha256   TEXT NOT NULL REFERENCES documents (sha256),
    kind     TEXT NOT NULL,
    written  INTEGER NOT NULL,
    subject  TEXT,
    at       INTEGER NOT NULL,
    source   TEXT NOT NULL,
    messages INTEGER NOT NULL
);
CREATE UNIQUE INDEX edi_answers_once ON edi_answers (subject, kind) WHERE subject IS NOT NULL;

-- Of which invoice which message of an answer speaks.
CREATE TABLE edi_answer_invoices (
    answer  TEXT NOT NULL REFERENCES edi_answers (id),
    message INTEGER NOT NULL,
    invoice TEXT NOT NULL REFERENCES invoices (id),
    PRIMARY KEY (answer, message, invoice)
) WITHOUT ROWID;
CREATE INDEX edi_answer_invoices_invoice ON edi_answer_invoices (invoice);

-- Messages of answers that came and whose invoice was not found yet: the number or the interchange that they name, and how many could
-- have been meant when it was looked for last.
CREATE TABLE edi_answer_wants (
    answer      TEXT NOT NULL REFERENCES edi_answers (id),
    message     INTEGER NOT NULL,
    number      TEXT NOT NULL,
    interchange TEXT NOT NULL,
    seen        INTEGER NOT NULL,
    PRIMARY KEY (answer, message)
) WITHOUT ROWID;
