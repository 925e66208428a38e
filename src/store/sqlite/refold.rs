//! The step of migration 6: keys of numbers that were kept as written are folded, so that look-alikes meet.

use rusqlite::{Connection, params};

use crate::store::NumberKey;

type Sql<T> = rusqlite::Result<T>;

/// Rows taken at a time.
const BATCH: i64 = 1_000;

/// Folds the keys of all invoices and of the numbers they hold. Two that look alike and are both held stay so: the later stands
/// beside the first. Nothing here can fail but the disk.
pub(super) fn refold(db: &Connection) -> Sql<()> {
    let mut after = 0;
    while let Some(last) = invoices(db, after)? {
        after = last;
    }
    numbers(db)?;
    db.execute_batch("CREATE UNIQUE INDEX numbers_once ON numbers (seller, number, year) WHERE beside = 0")
}

/// Folds the keys of the next invoices; the last of them, none at the end.
fn invoices(db: &Connection, after: i64) -> Sql<Option<i64>> {
    let sql = "SELECT seq, key_seller, key_number, key_year FROM invoices
               WHERE seq > ?1 AND key_number IS NOT NULL ORDER BY seq LIMIT ?2";
    let mut query = db.prepare_cached(sql)?;
    let read =
        query.query_map([after, BATCH], |row| Ok((row.get::<_, i64>(0)?, (row.get(1)?, row.get(2)?, row.get(3)?))))?;
    let read: Vec<(i64, Key)> = read.collect::<Sql<_>>()?;
    let sql = "UPDATE invoices SET key_seller = ?2, key_number = ?3,
               record = json_set(record, '$.number_key.seller', ?2, '$.number_key.number', ?3) WHERE seq = ?1";
    let mut update = db.prepare_cached(sql)?;
    for (seq, key) in &read {
        if let Some(folded) = changed(key) {
            update.execute(params![seq, folded.seller, folded.number])?;
        }
    }
    Ok(read.last().map(|(seq, _)| *seq))
}

fn numbers(db: &Connection) -> Sql<()> {
    let mut query = db.prepare("SELECT rowid, seller, number, year FROM numbers ORDER BY rowid")?;
    let read = query.query_map([], |row| Ok((row.get::<_, i64>(0)?, (row.get(1)?, row.get(2)?, row.get(3)?))))?;
    let read: Vec<(i64, Key)> = read.collect::<Sql<_>>()?;
    for (row, key) in &read {
        if let Some(folded) = changed(key) {
            let sql = "UPDATE numbers SET seller = ?2, number = ?3 WHERE rowid = ?1";
            db.prepare_cached(sql)?.execute(params![row, folded.seller, folded.number])?;
        }
    }
    db.execute_batch(
        "UPDATE numbers SET beside = 1 WHERE EXISTS (SELECT 1 FROM numbers first WHERE first.seller = numbers.seller
             AND first.number = numbers.number AND first.year = numbers.year AND first.rowid < numbers.rowid)",
    )
}

type Key = (String, String, i16);

/// The folded key where it differs. One that comes to nothing stays as it is.
fn changed((seller, number, year): &Key) -> Option<NumberKey> {
    NumberKey::of(seller, number, *year).filter(|key| key.seller != *seller || key.number != *number)
}
