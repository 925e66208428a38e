-- Documents beyond one piece, in pieces: so that none is ever whole in the store's own memory, and that each part is found at
-- once. `documents.bytes` is then empty, while `size` tells the length; documents kept before are whole there.
CREATE TABLE document_pieces (
    sha256 TEXT NOT NULL REFERENCES documents (sha256),
    at     INTEGER NOT NULL,
    bytes  BLOB NOT NULL,
    PRIMARY KEY (sha256, at)
);

-- Keys of idempotency are kept for a while only; they are found by their age.
CREATE INDEX answers_at ON answers (at);
CREATE INDEX idempotency_at ON idempotency (at);
