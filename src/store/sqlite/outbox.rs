//! Statements of ours, each step of one in the commit of what is said of it.

use rusqlite::{Connection, Row, params};

use super::failed;
use crate::store::{LOOKED_AT, Millis, Result, Statement, StatementsOf, StoreError};

type Sql<T> = rusqlite::Result<T>;

/// What was said of the invoice `?2` so far, as [`Statement::times`] counts it.
const TIMES: &str = "(SELECT coalesce(sum(1 + coalesce(json_extract(one.record, '$.again'), 0)), 0)
    FROM (SELECT record FROM statements WHERE invoice = ?2 ORDER BY seq LIMIT ?3) one)";

/// Keeps a new statement, or the next step of one.
pub(super) fn put(db: &Connection, statement: &Statement) -> Result<()> {
    let mut next = statement.clone();
    next.version += 1;
    let record = serde_json::to_string(&next).map_err(|e| StoreError::Failed(e.to_string()))?;
    let Statement { id, invoice, platform, sha256, state, due_at, version, .. } = statement;
    let (most, before) = (LOOKED_AT as i64, statement.before as i64);
    let changed = match version {
        0 => {
            let sql = format!(
                "INSERT INTO statements (id, invoice, platform, sha256, state, due_at, version, record)
                SELECT ?1, ?2, ?5, ?6, ?7, ?8, 1, ?9 WHERE {TIMES} = ?4 ON CONFLICT (id) DO NOTHING"
            );
            let values = params![id, invoice, most, before, platform, sha256, state.as_str(), due_at, record];
            db.prepare_cached(&sql).and_then(|mut insert| insert.execute(values))
        }
        version => {
            // Taken up again after a refusal, it is said anew.
            let sql = format!(
                "UPDATE statements SET state = ?5, due_at = ?6, version = version + 1, record = ?7
                WHERE id = ?1 AND version = ?8 AND (coalesce(json_extract(record, '$.again'), 0) = ?9 OR {TIMES} = ?4)"
            );
            let (version, again) = (*version as i64, statement.again);
            let values = params![id, invoice, most, before, state.as_str(), due_at, record, version, again];
            db.prepare_cached(&sql).and_then(|mut update| update.execute(values))
        }
    };
    match changed.map_err(failed)? {
        0 => Err(StoreError::Stale(format!("statement {id}"))),
        _ => Ok(()),
    }
}

/// When the next is due at a platform.
pub(super) fn next(db: &Connection, platform: &str) -> Sql<Option<Millis>> {
    let sql = "SELECT min(due_at) FROM statements WHERE platform = ?1 AND due_at IS NOT NULL";
    db.prepare_cached(sql)?.query_row([platform], |row| row.get(0))
}

pub(super) fn statements(db: &Connection, of: &StatementsOf) -> Sql<Vec<(u64, Statement)>> {
    let small = |limit: &usize| i64::try_from(*limit).unwrap_or(i64::MAX);
    let before = |before: &Option<u64>| before.and_then(|seq| i64::try_from(seq).ok()).unwrap_or(i64::MAX);
    match of {
        StatementsOf::One(id) => all(db, "WHERE id = ?1", params![id]),
        StatementsOf::Invoice(id) => all(db, "WHERE invoice = ?1 ORDER BY seq LIMIT 500", params![id]),
        StatementsOf::Due { platform, now, limit } => {
            let rest = "WHERE platform = ?1 AND due_at IS NOT NULL AND due_at <= ?2 ORDER BY due_at, seq LIMIT ?3";
            all(db, rest, params![platform, now, small(limit)])
        }
        StatementsOf::List { state: None, before: seq, limit } => {
            all(db, "WHERE seq < ?1 ORDER BY seq DESC LIMIT ?2", params![before(seq), small(limit)])
        }
        StatementsOf::List { state: Some(state), before: seq, limit } => {
            let rest = "WHERE state = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3";
            all(db, rest, params![state.as_str(), before(seq), small(limit)])
        }
    }
}

fn all(db: &Connection, rest: &str, values: impl rusqlite::Params) -> Sql<Vec<(u64, Statement)>> {
    let mut query = db.prepare_cached(&format!("SELECT seq, record FROM statements {rest}"))?;
    query.query_map(values, statement_of)?.collect()
}

fn statement_of(row: &Row<'_>) -> Sql<(u64, Statement)> {
    let record: String = row.get(1)?;
    let read =
        |e: serde_json::Error| rusqlite::Error::FromSqlConversionFailure(1, rusqlite::types::Type::Text, Box::new(e));
    Ok((super::read::count(row, 0)?, serde_json::from_str(&record).map_err(read)?))
}
