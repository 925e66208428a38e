//! Queries.

use bytes::Bytes;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::de::DeserializeOwned;

use crate::limits;
use crate::problems;
use crate::store::{Due, Event, InvoiceRow, Keyed, NumberKey, PIECE, Problem, ProblemFilter};

type Sql<T> = rusqlite::Result<T>;

/// Columns that [`row_of`] reads, in its order.
pub(super) const ROW: &str = "i.record, i.version, i.seq";

pub(super) fn row_of(row: &Row<'_>) -> Sql<InvoiceRow> {
    let mut record: InvoiceRow = json(row, 0)?;
    record.version = count(row, 1)?;
    record.seq = count(row, 2)?;
    Ok(record)
}

/// A document, in one buffer of its own size.
pub(super) fn document(db: &Connection, sha256: &str) -> Sql<Option<Bytes>> {
    let tx = db.unchecked_transaction()?;
    let Some(size) = size(&tx, sha256)? else { return Ok(None) };
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let mut all = Vec::with_capacity(size.min(limits::DOCUMENT_BYTES));
    while let Some(part) = piece(&tx, sha256, all.len() as u64, PIECE)?.filter(|part| !part.is_empty()) {
        all.extend_from_slice(&part);
    }
    Ok(Some(all.into()))
}

/// Its length, without its bytes.
pub(super) fn size(db: &Connection, sha256: &str) -> Sql<Option<u64>> {
    let mut query = db.prepare_cached("SELECT size FROM documents WHERE sha256 = ?1")?;
    query.query_row([sha256], |row| count(row, 0)).optional()
}

/// At most `most` bytes from `from` on, as far as they lie in one piece; empty at the end.
pub(super) fn piece(db: &Connection, sha256: &str, from: u64, most: usize) -> Sql<Option<Bytes>> {
    let at = i64::try_from(from).unwrap_or(i64::MAX);
    let mut query = db.prepare_cached(
        "SELECT at, bytes FROM document_pieces WHERE sha256 = ?1 AND at <= ?2 ORDER BY at DESC LIMIT 1",
    )?;
    let cut = |bytes: &[u8], skip: usize| {
        let rest = bytes.get(skip..).unwrap_or_default();
        Bytes::copy_from_slice(&rest[..rest.len().min(most)])
    };
    let found = query.query_row(params![sha256, at], |row| {
        let skip = usize::try_from(from.saturating_sub(count(row, 0)?)).unwrap_or(usize::MAX);
        Ok(cut(row.get_ref(1)?.as_blob()?, skip))
    });
    if let Some(found) = found.optional()? {
        return Ok(Some(found));
    }
    // Kept whole: a small one, or one from before documents were kept in pieces.
    let mut query = db.prepare_cached("SELECT rowid FROM documents WHERE sha256 = ?1")?;
    let Some(row) = query.query_row([sha256], |row| row.get::<_, i64>(0)).optional()? else { return Ok(None) };
    let blob = db.blob_open("main", "documents", "bytes", row, true)?;
    let skip = usize::try_from(from).unwrap_or(usize::MAX).min(blob.len());
    let mut bytes = vec![0; (blob.len() - skip).min(most)];
    blob.read_at_exact(&mut bytes, skip)?;
    Ok(Some(bytes.into()))
}

pub(super) fn invoice(db: &Connection, id: &str) -> Sql<Option<InvoiceRow>> {
    let mut query = db.prepare_cached(&format!("SELECT {ROW} FROM invoices i WHERE i.id = ?1"))?;
    query.query_row([id], row_of).optional()
}

pub(super) fn report(db: &Connection, id: &str) -> Sql<Option<String>> {
    let mut query = db.prepare_cached("SELECT report FROM reports WHERE invoice = ?1 ORDER BY seq DESC LIMIT 1")?;
    query.query_row([id], |row| row.get(0)).optional()
}

pub(super) fn seal(db: &Connection, id: &str) -> Sql<Option<Vec<u8>>> {
    let mut query = db.prepare_cached("SELECT bytes FROM seals WHERE invoice = ?1 ORDER BY seq DESC LIMIT 1")?;
    query.query_row([id], |row| row.get(0)).optional()
}

pub(super) fn events(db: &Connection, id: Option<&str>, after: u64, limit: usize) -> Sql<Vec<Event>> {
    let condition = if id.is_some() { "invoice = ?1 AND" } else { "?1 IS NULL AND" };
    let mut query = db.prepare_cached(&format!(
        "SELECT cursor, invoice, at, kind, actor, data FROM events WHERE {condition} cursor > ?2 ORDER BY cursor LIMIT ?3"
    ))?;
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    query.query_map(params![id, after, limit], event)?.collect()
}

pub(super) fn latest(db: &Connection, limit: usize) -> Sql<Vec<Event>> {
    let sql = "SELECT cursor, invoice, at, kind, actor, data FROM events ORDER BY cursor DESC LIMIT ?1";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    db.prepare_cached(sql)?.query_map([limit], event)?.collect()
}

fn event(row: &Row<'_>) -> Sql<Event> {
    Ok(Event {
        cursor: count(row, 0)?,
        invoice_id: row.get(1)?,
        at: row.get(2)?,
        kind: row.get(3)?,
        actor: row.get(4)?,
        data: json(row, 5)?,
    })
}

pub(super) fn problems(db: &Connection, filter: &ProblemFilter) -> Sql<Vec<Problem>> {
    let mut sql = String::from("SELECT record FROM problems WHERE 1");
    if filter.invoice_id.is_some() {
        sql += " AND invoice = ?1";
    }
    if filter.cause.is_some() {
        sql += " AND cause = ?2";
    }
    if filter.customer.is_some() {
        sql += " AND customer = ?3";
    }
    if filter.category.is_some() {
        sql += " AND cause IN (SELECT value FROM json_each(?4))";
    }
    if filter.open_only {
        sql += " AND closed_at IS NULL";
    }
    if filter.closed_only {
        sql += " AND closed_at IS NOT NULL";
    }
    if filter.after.is_some() {
        // A cursor that is nobody's shows nothing, rather than everything again.
        sql += " AND seq > coalesce((SELECT seq FROM problems WHERE id = ?5), 9223372036854775807)";
    }
    sql += " ORDER BY seq LIMIT ?6";
    let mut query = db.prepare_cached(&sql)?;
    let category = filter.category.as_deref().map(|category| {
        let inside = problems::causes().iter().filter(|cause| cause.category == category);
        serde_json::Value::from_iter(inside.map(|cause| cause.id.as_str())).to_string()
    });
    let limit = if filter.limit == 0 { -1 } else { i64::try_from(filter.limit).unwrap_or(i64::MAX) };
    let values = params![filter.invoice_id, filter.cause, filter.customer, category, filter.after, limit];
    query.query_map(values, |row| json(row, 0))?.collect()
}

pub(super) fn problem(db: &Connection, id: &str) -> Sql<Option<Problem>> {
    let mut query = db.prepare_cached("SELECT record FROM problems WHERE id = ?1")?;
    query.query_row([id], |row| json(row, 0)).optional()
}

pub(super) fn answered(db: &Connection, key: &str) -> Sql<Option<Keyed>> {
    let mut query = db.prepare_cached("SELECT key, request, answer FROM answers WHERE key = ?1")?;
    let read = |row: &Row<'_>| Ok(Keyed { key: row.get(0)?, request: row.get(1)?, answer: row.get(2)? });
    query.query_row([key], read).optional()
}

pub(super) fn bearers(db: &Connection, key: &NumberKey) -> Sql<Vec<InvoiceRow>> {
    let mut query = db.prepare_cached(&format!(
        "SELECT {ROW} FROM invoices i WHERE i.key_number = ?1 AND i.key_seller = ?2 AND i.key_year = ?3
         AND i.replaced_by IS NULL AND i.state IN ('blocked', 'refused') ORDER BY i.seq DESC LIMIT ?4"
    ))?;
    query.query_map(params![key.number, key.seller, key.year, limits::BEARERS as i64], row_of)?.collect()
}

pub(super) fn holder(db: &Connection, key: &NumberKey) -> Sql<Option<InvoiceRow>> {
    let mut query = db.prepare_cached(&format!(
        "SELECT {ROW} FROM numbers n JOIN invoices i ON i.id = n.invoice
         WHERE n.seller = ?1 AND n.number = ?2 AND n.year = ?3 ORDER BY n.beside, n.rowid LIMIT 1"
    ))?;
    query.query_row(params![key.seller, key.number, key.year], row_of).optional()
}

pub(super) fn due(db: &Connection) -> Sql<Vec<Due>> {
    // From lane to lane by the index, however many invoices each has.
    let mut query = db.prepare_cached(
        "WITH RECURSIVE lanes (lane) AS (
             SELECT min(lane) FROM invoices WHERE next_at IS NOT NULL
             UNION ALL
             SELECT (SELECT min(i.lane) FROM invoices i WHERE i.lane > lanes.lane AND i.next_at IS NOT NULL)
             FROM lanes WHERE lanes.lane IS NOT NULL)
         SELECT lane, (SELECT min(i.next_at) FROM invoices i WHERE i.lane = lanes.lane AND i.next_at IS NOT NULL)
         FROM lanes WHERE lane IS NOT NULL",
    )?;
    let rows = query.query_map([], |row| {
        let lane: String = row.get(0)?;
        Ok(Due { lane: (!lane.is_empty()).then_some(lane), at: row.get(1)? })
    })?;
    rows.collect()
}

pub(super) fn counts(db: &Connection) -> Sql<Vec<(String, u64)>> {
    let mut query = db.prepare_cached("SELECT state, count(*) FROM invoices GROUP BY state ORDER BY state")?;
    query.query_map([], |row| Ok((row.get(0)?, count(row, 1)?)))?.collect()
}

/// Reads a column that holds JSON.
pub(super) fn json<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> Sql<T> {
    let text = row.get_ref(column)?.as_str()?;
    serde_json::from_str(text).map_err(|e| {
        // Its own words may quote what stands there.
        let told = format!("JSON of another shape ({:?}) at character {}", e.classify(), e.column());
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, told.into())
    })
}

/// Reads a column that never goes below zero; SQLite knows signed numbers only.
pub(super) fn count(row: &Row<'_>, column: usize) -> Sql<u64> {
    row.get::<_, i64>(column).map(i64::unsigned_abs)
}
