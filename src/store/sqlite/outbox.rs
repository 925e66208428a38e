//! Statements of ours, each step of one in the commit of what is said of it.

use rusqlite::{Connection, Row, params};

use super::failed;
use crate::store::{BEFORE, Millis, Result, Statement, StatementsOf, StoreError};

type Sql<T> = rusqlite::Result<T>;

/// Keeps a new statement, or the next step of one.
pub(super) fn put(db: &Connection, statement: &Statement) -> Result<()> {
    let mut next = statement.clone();
    next.version += 1;
    let record = serde_json::to_string(&next).map_err(|e| StoreError::Failed(e.to_string()))?;
    let Statement { id, invoice, platform, sha256, state, due_at, version, .. } = statement;
    let changed = match version {
        0 => {
            let sql = "INSERT INTO statements (id, invoice, platform, sha256, state, due_at, version, record)
                SELECT ?1, ?2, ?3, ?4, ?5, ?6, 1, ?7
                WHERE min((SELECT count(*) FROM statements WHERE invoice = ?2), ?8) = ?9 ON CONFLICT (id) DO NOTHING";
            let (most, before) = (BEFORE as i64, statement.before as i64);
            let values = params![id, invoice, platform, sha256, state.as_str(), due_at, record, most, before];
            db.prepare_cached(sql).and_then(|mut insert| insert.execute(values))
        }
        version => {
            let sql = "UPDATE statements SET state = ?2, due_at = ?3, version = version + 1, record = ?4
                WHERE id = ?1 AND version = ?5";
            let values = params![id, state.as_str(), due_at, record, *version as i64];
            db.prepare_cached(sql).and_then(|mut update| update.execute(values))
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
