-- What is here of a message could not be read: it is fetched once more, and what comes takes its place. The bytes that were here stay in the store.
ALTER TABLE platform_messages ADD COLUMN refetch INTEGER NOT NULL DEFAULT 0;
