//! How much there is of what, for metrics: counted by the indexes, never by reading rows.

use rusqlite::{Connection, params};

use super::read::count;
use crate::store::{Gauges, LaneDue, Millis};

type Sql<T> = rusqlite::Result<T>;

pub(super) fn gauges(db: &Connection, now: Millis) -> Sql<Gauges> {
    let sql = "SELECT lane, count(*), min(next_at) FROM invoices WHERE next_at IS NOT NULL AND next_at <= ?1
               GROUP BY lane ORDER BY lane";
    let mut query = db.prepare_cached(sql)?;
    let due = query.query_map([now], |row| {
        let lane: String = row.get(0)?;
        Ok(LaneDue { lane: (!lane.is_empty()).then_some(lane), count: count(row, 1)?, oldest: row.get(2)? })
    })?;
    let due = due.collect::<Sql<_>>()?;
    let sql = "SELECT count(*) FROM invoices WHERE lease_until IS NOT NULL AND lease_until > ?1";
    let leases = db.prepare_cached(sql)?.query_row([now], |row| count(row, 0))?;
    // Doubts are few: each of them is on the way to a person or to an answer.
    let sql = "SELECT min(e.at) FROM invoices i JOIN events e ON e.cursor =
               (SELECT max(cursor) FROM events WHERE invoice = i.id AND kind IN ('unknown', 'intent'))
               WHERE i.state = ?1";
    let unknown_since = db.prepare_cached(sql)?.query_row(params!["unknown"], |row| row.get(0))?;
    let sql = "SELECT cause, count(*) FROM problems WHERE closed_at IS NULL GROUP BY cause";
    let mut query = db.prepare_cached(sql)?;
    let problems = query.query_map([], |row| Ok((row.get(0)?, count(row, 1)?)))?;
    Ok(Gauges { due, leases, unknown_since, problems: problems.collect::<Sql<_>>()? })
}
