//! Answers of directories.

use rusqlite::{Connection, OptionalExtension, params};

use crate::store::{Lookup, Millis};

type Sql<T> = rusqlite::Result<T>;

/// Keeps answers, each in the place of an earlier one, and deletes what has expired by `now`.
pub(super) fn keep(db: &Connection, lookups: &[Lookup], now: Millis) -> Sql<()> {
    db.prepare_cached("DELETE FROM lookups WHERE expires_at <= ?1")?.execute([now])?;
    let sql = "INSERT INTO lookups (platform, kind, key, entry, asked_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
        ON CONFLICT (platform, kind, key)
        DO UPDATE SET entry = excluded.entry, asked_at = excluded.asked_at, expires_at = excluded.expires_at
        WHERE excluded.asked_at >= lookups.asked_at";
    let mut insert = db.prepare_cached(sql)?;
    for one in lookups {
        insert.execute(params![one.platform, one.kind, one.key, one.entry, one.asked_at, one.expires_at])?;
    }
    Ok(())
}

/// The answer of this connection, where one is kept that counts at `now`.
pub(super) fn one(db: &Connection, named: [&str; 3], now: Millis) -> Sql<Option<Lookup>> {
    let sql = "SELECT platform, kind, key, entry, asked_at, expires_at FROM lookups
        WHERE platform = ?1 AND kind = ?2 AND key = ?3 AND expires_at > ?4";
    let [platform, kind, key] = named;
    let mut query = db.prepare_cached(sql)?;
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Lookup {
            platform: row.get(0)?,
            kind: row.get(1)?,
            key: row.get(2)?,
            entry: row.get(3)?,
            asked_at: row.get(4)?,
            expires_at: row.get(5)?,
        })
    };
    query.query_row(params![platform, kind, key, now], read).optional()
}
