-- Numbers that look alike are one number: keys are folded, what is here already by the step that comes with this (refold.rs). Where
-- two that are here look alike, both stay: the later one stands `beside` the first, and the number is free once neither holds it.
CREATE TABLE numbers_folded (
    seller  TEXT NOT NULL,
    number  TEXT NOT NULL,
    year    INTEGER NOT NULL,
    invoice TEXT NOT NULL UNIQUE REFERENCES invoices (id),
    beside  INTEGER NOT NULL DEFAULT 0
);
INSERT INTO numbers_folded (seller, number, year, invoice) SELECT seller, number, year, invoice FROM numbers ORDER BY rowid;
DROP TABLE numbers;
ALTER TABLE numbers_folded RENAME TO numbers;
CREATE INDEX numbers_key ON numbers (number, seller, year, beside);

-- Whoever bears a number is asked for only where it was not replaced.
DROP INDEX invoices_key;
CREATE INDEX invoices_key ON invoices (key_number, key_seller, key_year) WHERE key_number IS NOT NULL AND replaced_by IS NULL;
