-- Who handed a message in, where it did not come over the connection of its platform: what it says is held against that. Null for what came over the connection, and for
-- what came before this was kept.
ALTER TABLE platform_messages ADD COLUMN handed_by TEXT;
