//! The one transaction in which everything is written, each step in its own savepoint.

use rusqlite::{Connection, OptionalExtension, Savepoint, Transaction, TransactionBehavior, params};
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::read::{self, ROW, count, row_of};
use super::{edi, failed, inbox, lookup, mentions, outbox};
use crate::edifact;
use crate::lifecycle::State;
use crate::store::{
    Accepted, AcceptedPart, AcceptedSeveral, Claim, Incoming, InvoiceRow, Keyed, Lease, Millis, NewEvent, NumberKey,
    PIECE, PartOf, Problem, Result, Several, Step, StoreError, Write, Written,
};

pub(super) fn commit(db: &mut Connection, writes: &[Write]) -> Result<Vec<Written>> {
    let mut tx = db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    let mut answers = Vec::with_capacity(writes.len());
    for write in writes {
        answers.push(match write {
            Write::Accept(incoming) => Written::Accepted(accept(&tx, incoming)?),
            Write::AcceptSeveral(several) => Written::AcceptedSeveral(accept_several(&tx, several)?),
            Write::Answer(done) => Written::Answered(edi::answer(&tx, done).map_err(failed)?),
            Write::TakeAnswer(came) => {
                let (id, known) = edi::take(&tx, came).map_err(failed)?;
                Written::AnswerTaken(id, known)
            }
            Write::Tried(want) => {
                edi::tried(&tx, want).map_err(failed)?;
                Written::Tried
            }
            Write::Collect(page) => Written::Messages(inbox::collect(&tx, page).map_err(failed)?),
            Write::Looked(looked) => {
                inbox::looked(&tx, looked).map_err(failed)?;
                Written::Messages(1)
            }
            Write::Anew { reader, one, now } => {
                Written::Messages(inbox::anew(&tx, reader, *one, *now).map_err(failed)?)
            }
            Write::Keep { lookups, now } => {
                lookup::keep(&tx, lookups, *now).map_err(failed)?;
                Written::Kept
            }
            Write::Claim(wanted) => Written::Claimed(claim(&tx, wanted).map_err(failed)?),
            Write::Forget { before, most } => Written::Forgotten(forget(&tx, *before, *most).map_err(failed)?),
            Write::Record(step) => Written::Recorded(record(&mut tx, step)?),
        });
    }
    tx.commit().map_err(failed)?;
    Ok(answers)
}

pub(super) fn probe(db: &mut Connection) -> Result<()> {
    let mut write = || -> rusqlite::Result<bool> {
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let sql = "INSERT INTO probe (id, at) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET at = at + 1 RETURNING at";
        let wrote: i64 = tx.query_row(sql, [], |row| row.get(0))?;
        tx.commit()?;
        let found: i64 = db.query_row("SELECT at FROM probe WHERE id = 1", [], |row| row.get(0))?;
        Ok(wrote == found)
    };
    match write().map_err(failed)? {
        true => Ok(()),
        false => Err(StoreError::Failed("a probe was not read back as written".into())),
    }
}

fn accept(tx: &Transaction<'_>, incoming: &Incoming) -> Result<Accepted> {
    let sha256 = hex(&Sha256::digest(&incoming.bytes));
    if let Some(key) = &incoming.idempotency_key
        && let Some(first_sha256) = used_for_another(tx, key, &sha256)?
    {
        return Ok(Accepted::KeyConflict { first_sha256, this_sha256: sha256 });
    }
    let (id, known) = keep(tx, &sha256, incoming, None)?;
    if !known && edifact::is_edifact(&incoming.bytes) {
        edi::file(tx, &sha256, incoming.received_at, &[&id]).map_err(failed)?;
    }
    if let Some(key) = &incoming.idempotency_key {
        use_key(tx, key, &sha256, incoming.received_at)?;
    }
    Ok(if known { Accepted::Known { id } } else { Accepted::New { id } })
}

/// A file with several invoices: the file itself, and each invoice as a document of its own.
fn accept_several(tx: &Transaction<'_>, several: &Several) -> Result<AcceptedSeveral> {
    let Several { file, received_at, source, idempotency_key, .. } = several;
    let sha256 = hex(&Sha256::digest(file));
    if let Some(key) = idempotency_key
        && let Some(first_sha256) = used_for_another(tx, key, &sha256)?
    {
        return Ok(AcceptedSeveral::KeyConflict { first_sha256, this_sha256: sha256 });
    }
    let mut query = tx.prepare_cached("SELECT 1 FROM documents WHERE sha256 = ?1").map_err(failed)?;
    let known = query.exists([&sha256]).map_err(failed)?;
    put_document(tx, &sha256, file).map_err(failed)?;
    let mut parts = Vec::with_capacity(several.split.parts().len());
    let mut seen = std::collections::HashSet::new();
    for (origin, bytes) in several.parts(&sha256) {
        let (received_at, source) = (*received_at, source.clone());
        let incoming = Incoming { bytes: bytes.into(), received_at, source, idempotency_key: None };
        let own = hex(&Sha256::digest(&incoming.bytes));
        let (id, before) = keep(tx, &own, &incoming, Some(&origin))?;
        let own_again = !seen.insert(id.clone());
        let named = several.named.clone();
        let told = match (before, known || own_again) {
            (false, _) => named.map(|named| ("file", named)),
            // It came in another file before, or alone: where it stands in this one is kept, too.
            (true, false) => {
                let mut data = named.unwrap_or_else(|| json!({ "source": incoming.source }));
                data["part_of"] = json!(origin);
                Some(("received-again", data))
            }
            (true, true) => None,
        };
        if let Some((kind, data)) = told {
            let event = NewEvent { kind: kind.into(), actor: "facteur".into(), data };
            append(tx, &id, received_at, &event).map_err(failed)?;
        }
        parts.push(AcceptedPart { id, sha256: own, known: before, origin });
    }
    if !known && edifact::is_edifact(file) {
        let ids: Vec<&str> = parts.iter().map(|part| part.id.as_str()).collect();
        edi::file(tx, &sha256, *received_at, &ids).map_err(failed)?;
    }
    if let Some(key) = idempotency_key {
        use_key(tx, key, &sha256, *received_at)?;
    }
    Ok(AcceptedSeveral::Kept { sha256, known, parts })
}

/// The SHA-256 of what a key was used for, where that is something else.
fn used_for_another(tx: &Transaction<'_>, key: &str, sha256: &str) -> Result<Option<String>> {
    // A key of an act is taken, too: what was asked under it was something else.
    let of_act = read::answered(tx, key).map_err(failed)?.map(|keyed| keyed.request);
    let first = key_of_document(tx, key)?.or(of_act);
    Ok(first.filter(|first| first != sha256))
}

fn use_key(tx: &Transaction<'_>, key: &str, sha256: &str, at: Millis) -> Result<()> {
    let sql = "INSERT INTO idempotency (key, sha256, at) VALUES (?1, ?2, ?3) ON CONFLICT (key) DO NOTHING";
    let mut insert = tx.prepare_cached(sql).map_err(failed)?;
    insert.execute(params![key, sha256, at]).map_err(failed)?;
    Ok(())
}

/// Keeps a document as an invoice where it is not one yet: its id, and whether it was.
fn keep(tx: &Transaction<'_>, sha256: &str, incoming: &Incoming, part_of: Option<&PartOf>) -> Result<(String, bool)> {
    let id = sha256[..32].to_owned();
    let known = read::invoice(tx, &id).map_err(failed)?;
    if known.as_ref().is_some_and(|row| row.sha256 != sha256) {
        return Err(StoreError::Failed(format!("two documents share the first 128 bits of their SHA-256: {id}")));
    }
    if known.is_none() {
        insert(tx, &id, sha256, incoming, part_of).map_err(failed)?;
    }
    Ok((id, known.is_some()))
}

/// Keeps a document under its SHA-256, once: one that was written of another may also come by itself, in either order.
pub(super) fn put_document(db: &Connection, sha256: &str, bytes: &[u8]) -> rusqlite::Result<()> {
    // SQLite copies what it is given: a large document goes there a piece at a time.
    let whole = bytes.len() <= PIECE;
    let sql = "INSERT INTO documents (sha256, size, bytes) VALUES (?1, ?2, ?3) ON CONFLICT (sha256) DO NOTHING";
    let kept = db.prepare_cached(sql)?.execute(params![sha256, bytes.len() as i64, if whole { bytes } else { &[] }])?;
    if kept > 0 && !whole {
        let mut insert = db.prepare_cached("INSERT INTO document_pieces (sha256, at, bytes) VALUES (?1, ?2, ?3)")?;
        for (n, piece) in bytes.chunks(PIECE).enumerate() {
            insert.execute(params![sha256, (n * PIECE) as i64, piece])?;
        }
    }
    Ok(())
}

fn insert(
    tx: &Transaction<'_>,
    id: &str,
    sha256: &str,
    incoming: &Incoming,
    part_of: Option<&PartOf>,
) -> rusqlite::Result<()> {
    put_document(tx, sha256, &incoming.bytes)?;
    let row = InvoiceRow {
        id: id.into(),
        sha256: sha256.into(),
        version: 1,
        state: Some(State::Received),
        received_at: incoming.received_at,
        updated_at: incoming.received_at,
        source: incoming.source.clone(),
        part_of: part_of.cloned(),
        due_at: Some(incoming.received_at),
        ..InvoiceRow::default()
    };
    let sql =
        "INSERT INTO invoices (id, sha256, version, state, lane, due_at, record) VALUES (?1, ?2, 1, ?3, '', ?4, ?5)";
    tx.prepare_cached(sql)?.execute(params![id, sha256, State::Received.as_str(), row.due_at, text(&row)?])?;
    let mut data = json!({ "sha256": sha256, "bytes": incoming.bytes.len(), "source": incoming.source, "key": incoming.idempotency_key });
    if let Some(part_of) = part_of {
        data["part_of"] = json!(part_of);
    }
    let received = NewEvent { kind: "received".into(), actor: "facteur".into(), data };
    append(tx, id, incoming.received_at, &received)?;
    edi::index(tx, id, &incoming.bytes, part_of)
}

fn claim(tx: &Transaction<'_>, wanted: &Claim) -> rusqlite::Result<Vec<Lease>> {
    let mut query = tx.prepare_cached(&format!(
        "SELECT {ROW}, i.fence + 1, i.takes + 1 FROM invoices i
         WHERE i.lane = ?1 AND i.next_at <= ?2 ORDER BY i.next_at, i.seq LIMIT ?3"
    ))?;
    let limit = i64::try_from(wanted.limit).unwrap_or(i64::MAX);
    let lane = wanted.lane.as_deref().unwrap_or("");
    let found = query.query_map(params![lane, wanted.now, limit], |row| {
        Ok(Lease { row: row_of(row)?, fence: count(row, 3)?, takes: row.get(4)? })
    })?;
    let found = found.collect::<rusqlite::Result<Vec<_>>>()?;
    let mut take = tx.prepare_cached("UPDATE invoices SET fence = ?2, takes = ?3, lease_until = ?4 WHERE seq = ?1")?;
    for lease in &found {
        take.execute(params![lease.row.seq as i64, lease.fence as i64, lease.takes, wanted.until])?;
    }
    Ok(found)
}

/// The outer error takes the whole commit with it (the disk failed), the inner one only this step.
fn record(tx: &mut Transaction<'_>, step: &Step) -> Result<Result<()>> {
    let mut savepoint = tx.savepoint().map_err(failed)?;
    let result = apply(&savepoint, step);
    match &result {
        Ok(()) => savepoint.commit().map_err(failed)?,
        Err(_) => {
            savepoint.rollback().map_err(failed)?;
            savepoint.commit().map_err(failed)?;
        }
    }
    // A machine failure inside a step leaves nothing to build on: the commit as a whole fails.
    match result {
        Err(StoreError::Failed(why)) => Err(StoreError::Failed(why)),
        result => Ok(result),
    }
}

fn apply(db: &Savepoint<'_>, step: &Step) -> Result<()> {
    // Before anything else: a step that was taken already is not stale, nor too late, but done.
    if let Some(under) = &step.under {
        key_is_free(db, under)?;
    }
    let stored = Stored::find(db, &step.invoice_id)?;
    stored.admit(step)?;
    if step.free_number {
        let mut delete = db.prepare_cached("DELETE FROM numbers WHERE invoice = ?1").map_err(failed)?;
        delete.execute([&step.invoice_id]).map_err(failed)?;
    }
    if let Some(key) = &step.take_number {
        take_number(db, &step.invoice_id, key)?;
    }
    if let Some(row) = &step.row {
        update(db, &stored, row).map_err(failed)?;
        // It was judged: what it names may have been read anew.
        if step.report.is_some() {
            mentions::put(db, row).map_err(failed)?;
        }
    }
    if step.row.is_some() || step.fence.is_some() {
        let keeps = step.fence.is_some() && step.keep_lease;
        let until = if keeps { step.lease_until.or(stored.lease_until) } else { None };
        // Without a lease of its own the step voids whatever expired lease there was.
        let fence = stored.fence + u64::from(step.fence.is_none());
        let sql = "UPDATE invoices SET lease_until = ?2, fence = ?3 WHERE id = ?1";
        let mut lease = db.prepare_cached(sql).map_err(failed)?;
        lease.execute(params![step.invoice_id, until, fence as i64]).map_err(failed)?;
    }
    for event in &step.events {
        append(db, &step.invoice_id, step.at, event).map_err(failed)?;
    }
    if let Some(report) = &step.report {
        let sql = "INSERT INTO reports (invoice, at, report) VALUES (?1, ?2, ?3)";
        let mut insert = db.prepare_cached(sql).map_err(failed)?;
        insert.execute(params![step.invoice_id, step.at, report]).map_err(failed)?;
    }
    if let Some(document) = &step.document {
        put_document(db, &hex(&Sha256::digest(document)), document).map_err(failed)?;
    }
    if let Some(seal) = &step.seal {
        let sql = "INSERT INTO seals (invoice, at, bytes) VALUES (?1, ?2, ?3)";
        let mut insert = db.prepare_cached(sql).map_err(failed)?;
        insert.execute(params![step.invoice_id, step.at, seal]).map_err(failed)?;
    }
    for problem in &step.problems {
        put_problem(db, &step.invoice_id, problem)?;
    }
    if let Some(Keyed { key, request, answer }) = &step.under {
        let sql = "INSERT INTO answers (key, request, answer, invoice, at) VALUES (?1, ?2, ?3, ?4, ?5)";
        let mut insert = db.prepare_cached(sql).map_err(failed)?;
        insert.execute(params![key, request, answer, step.invoice_id, step.at]).map_err(failed)?;
    }
    if let Some(by) = &step.told_by {
        edi::told(db, &step.invoice_id, by)?;
    }
    if let Some(message) = step.told_message {
        inbox::told(db, &step.invoice_id, message)?;
    }
    if let Some(statement) = &step.statement {
        outbox::put(db, statement)?;
    }
    step.also.iter().try_for_each(|other| apply(db, other))
}

/// What was done stays; only that the same request was answered before is told no more.
fn forget(tx: &Transaction<'_>, before: Millis, most: usize) -> rusqlite::Result<u64> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let mut forgotten = 0;
    for table in ["answers", "idempotency"] {
        let sql =
            format!("DELETE FROM {table} WHERE key IN (SELECT key FROM {table} WHERE at < ?1 ORDER BY at LIMIT ?2)");
        forgotten += tx.prepare_cached(&sql)?.execute(params![before, most])? as u64;
    }
    Ok(forgotten)
}

fn key_is_free(db: &Connection, under: &Keyed) -> Result<()> {
    if let Some(used) = read::answered(db, &under.key).map_err(failed)? {
        return Err(StoreError::KeyUsed(used));
    }
    match key_of_document(db, &under.key)? {
        None => Ok(()),
        Some(sha256) => {
            Err(StoreError::KeyUsed(Keyed { key: under.key.clone(), request: sha256, answer: String::new() }))
        }
    }
}

/// The document that was accepted under a key.
fn key_of_document(db: &Connection, key: &str) -> Result<Option<String>> {
    let mut query = db.prepare_cached("SELECT sha256 FROM idempotency WHERE key = ?1").map_err(failed)?;
    query.query_row([key], |row| row.get(0)).optional().map_err(failed)
}

/// What decides whether a step may be taken.
struct Stored {
    version: u64,
    fence: u64,
    lease_until: Option<Millis>,
}

impl Stored {
    fn find(db: &Connection, id: &str) -> Result<Self> {
        let sql = "SELECT version, fence, lease_until FROM invoices WHERE id = ?1";
        let mut query = db.prepare_cached(sql).map_err(failed)?;
        let found = query.query_row([id], |row| {
            Ok(Self { version: count(row, 0)?, fence: count(row, 1)?, lease_until: row.get(2)? })
        });
        found.optional().map_err(failed)?.ok_or_else(|| StoreError::NoInvoice(id.into()))
    }

    fn admit(&self, step: &Step) -> Result<()> {
        match (step.fence, self.lease_until) {
            (Some(fence), Some(_)) if fence == self.fence => {}
            (Some(_), _) => return Err(StoreError::LeaseLost),
            (None, Some(until)) if step.row.is_some() && until > step.at => {
                return Err(StoreError::Busy(step.invoice_id.clone()));
            }
            (None, _) => {}
        }
        match &step.row {
            Some(row) if row.version != self.version || row.id != step.invoice_id => {
                Err(StoreError::Stale(format!("invoice {}", step.invoice_id)))
            }
            _ => Ok(()),
        }
    }
}

fn take_number(db: &Connection, id: &str, key: &NumberKey) -> Result<()> {
    let holder = read::holder(db, key).map_err(failed)?;
    match holder {
        Some(holder) if holder.id == id => return Ok(()),
        Some(holder) => return Err(StoreError::NumberTaken { by: holder.id }),
        None => {}
    }
    // An invoice holds one number: a new one lets the former go.
    let sql = "INSERT INTO numbers (seller, number, year, invoice) VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT (invoice) DO UPDATE SET seller = ?1, number = ?2, year = ?3, beside = 0";
    let mut insert = db.prepare_cached(sql).map_err(failed)?;
    insert.execute(params![key.seller, key.number, key.year, id]).map_err(failed)?;
    Ok(())
}

fn update(db: &Connection, stored: &Stored, row: &InvoiceRow) -> rusqlite::Result<()> {
    let sql =
        "UPDATE invoices SET version = ?2, state = ?3, number = ?4, key_seller = ?5, key_number = ?6, key_year = ?7,
               replaced_by = ?8, lane = ?9, due_at = ?10, takes = 0, record = ?11 WHERE id = ?1";
    let key = row.number_key.as_ref();
    let row = InvoiceRow { version: stored.version + 1, ..row.clone() };
    db.prepare_cached(sql)?.execute(params![
        row.id,
        row.version as i64,
        row.state.map(State::as_str).unwrap_or(State::Received.as_str()),
        row.facts.number,
        key.map(|k| &k.seller),
        key.map(|k| &k.number),
        key.map(|k| k.year),
        row.replaced_by,
        row.lane().unwrap_or(""),
        row.due_at,
        text(&row)?
    ])?;
    Ok(())
}

fn put_problem(db: &Connection, invoice: &str, problem: &Problem) -> Result<()> {
    let stored = read::problem(db, &problem.id).map_err(failed)?;
    let stale = match &stored {
        Some(stored) => stored.invoice_id != invoice || !problem.changes.starts_with(&stored.changes),
        None => problem.invoice_id != invoice,
    };
    if stale {
        return Err(StoreError::Stale(format!("problem {}", problem.id)));
    }
    let sql = "SELECT id FROM problems WHERE invoice = ?1 AND cause = ?2 AND id <> ?3";
    let mut query = db.prepare_cached(sql).map_err(failed)?;
    if query.exists(params![invoice, problem.cause, problem.id]).map_err(failed)? {
        return Err(StoreError::Stale(format!("the list of problems of invoice {invoice}")));
    }
    let sql = "INSERT INTO problems (id, invoice, cause, customer, opened_at, closed_at, record)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
               ON CONFLICT (id) DO UPDATE SET cause = ?3, customer = ?4, opened_at = ?5, closed_at = ?6, record = ?7";
    let values = params![
        problem.id,
        invoice,
        problem.cause,
        problem.customer,
        problem.opened_at,
        problem.closed_at,
        text(problem).map_err(failed)?
    ];
    db.prepare_cached(sql).map_err(failed)?.execute(values).map_err(failed)?;
    Ok(())
}

pub(super) fn append(db: &Connection, invoice: &str, at: Millis, event: &NewEvent) -> rusqlite::Result<()> {
    let sql = "INSERT INTO events (invoice, at, kind, actor, data) VALUES (?1, ?2, ?3, ?4, ?5)";
    db.prepare_cached(sql)?.execute(params![invoice, at, event.kind, event.actor, event.data.to_string()])?;
    Ok(())
}

fn text<T: Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|e| rusqlite::Error::ToSqlConversionFailure(Box::new(e)))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        // Writing to a String cannot fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}
