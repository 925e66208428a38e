-- What lists search by, read out of `record`: nothing here is written by hand, so that it can never differ from the row.
ALTER TABLE invoices ADD COLUMN verdict TEXT GENERATED ALWAYS AS (record ->> '$.verdict') VIRTUAL;
ALTER TABLE invoices ADD COLUMN platform TEXT GENERATED ALWAYS AS (record ->> '$.platform') VIRTUAL;
ALTER TABLE invoices ADD COLUMN customer TEXT GENERATED ALWAYS AS (record ->> '$.facts.customer') VIRTUAL;
ALTER TABLE invoices ADD COLUMN issued TEXT GENERATED ALWAYS AS (record ->> '$.facts.issued') VIRTUAL;
ALTER TABLE invoices ADD COLUMN received_at INTEGER GENERATED ALWAYS AS (record ->> '$.received_at') VIRTUAL;
-- Numbers, names and references, for the words people type into a search box.
ALTER TABLE invoices ADD COLUMN words TEXT GENERATED ALWAYS AS (trim(
    coalesce(record ->> '$.facts.number', '') || ' ' || coalesce(record ->> '$.facts.customer', '') || ' ' ||
    coalesce(record ->> '$.facts.customer_name', '') || ' ' || coalesce(record ->> '$.facts.seller', '') || ' ' ||
    coalesce(record ->> '$.facts.seller_key', '') || ' ' || coalesce(record ->> '$.reference', '') || ' ' ||
    coalesce(record ->> '$.platform_invoice', ''))) VIRTUAL;

-- A list is the newest rows of each combination of state, verdict and platform that it wants, merged: few combinations exist,
-- so that each list costs its page, however many invoices there are. The days ride along, so that they are filtered here too.
CREATE INDEX invoices_facets ON invoices (state, verdict, platform, seq, issued, received_at);
CREATE INDEX invoices_customer ON invoices (customer, state, verdict, platform, seq, issued, received_at)
    WHERE customer IS NOT NULL;
CREATE INDEX invoices_issued ON invoices (issued, seq, state, verdict, platform, received_at) WHERE issued IS NOT NULL;
CREATE INDEX invoices_received ON invoices (received_at, seq, state, verdict, platform, issued);

CREATE VIRTUAL TABLE invoice_words USING fts5 (
    words, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3');
CREATE TRIGGER invoice_words_new AFTER INSERT ON invoices WHEN new.words <> '' BEGIN
    INSERT INTO invoice_words (rowid, words) VALUES (new.seq, new.words);
END;
CREATE TRIGGER invoice_words_changed AFTER UPDATE OF record ON invoices WHEN old.words <> new.words BEGIN
    DELETE FROM invoice_words WHERE rowid = old.seq;
    INSERT INTO invoice_words (rowid, words) VALUES (new.seq, new.words);
END;
INSERT INTO invoice_words (rowid, words) SELECT seq, words FROM invoices WHERE words <> '';
