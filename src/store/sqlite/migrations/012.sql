-- What invoices name of others, for the chain of corrections: numbers of invoices before them (BG-3), contracts (BT-12). All folded, as the keys of numbers are.
CREATE TABLE mentions (
    invoice TEXT NOT NULL REFERENCES invoices (id),
    kind    TEXT NOT NULL,
    seller  TEXT NOT NULL,
    value   TEXT NOT NULL,
    PRIMARY KEY (invoice, kind, value)
) WITHOUT ROWID;
CREATE INDEX mentions_value ON mentions (value, kind, seller);
