//! Answers in EDIFACT: what is to be answered, what was, and what came.

use rusqlite::{Connection, OptionalExtension, Row, params};
use sha2::{Digest, Sha256};

use super::failed;
use super::read::count;
use super::write::{append, hex, put_document};
use crate::edifact::{self, Event, Interchange, Options};
use crate::store::{
    Addressed, AnswerIn, Answering, AnswersOf, EdiAnswer, Millis, PartOf, Result, StoreError, ToldBy, Unanswered, Want,
};

type Sql<T> = rusqlite::Result<T>;

/// As much of a document as is looked at for its references: they stand at its head.
const HEAD: usize = 64 * 1024;
/// Looked at on the way to the first INVOIC.
const EVENTS: usize = 64;

/// A new document: if it is EDIFACT, by what an answer may name it.
pub(super) fn index(db: &Connection, invoice: &str, bytes: &[u8], part_of: Option<&PartOf>) -> Sql<()> {
    let Some(mut named) = addressed(invoice, bytes) else { return Ok(()) };
    if let Some(part) = part_of {
        (named.interchange, named.message) = (part.reference.clone(), part.message.clone());
    }
    let sql = "INSERT INTO edi_messages (invoice, sender, recipient, interchange, message) VALUES (?1, ?2, ?3, ?4, ?5)
               ON CONFLICT DO NOTHING";
    let Addressed { invoice, sender, recipient, interchange, message } = named;
    db.prepare_cached(sql)?.execute(params![invoice, sender, recipient, interchange, message])?;
    Ok(())
}

fn addressed(invoice: &str, bytes: &[u8]) -> Option<Addressed> {
    if !edifact::is_edifact(bytes) {
        return None;
    }
    let mut reader = Interchange::new(bytes.get(..HEAD).unwrap_or(bytes), Options::default());
    let mut found: Option<Addressed> = None;
    for _ in 0..EVENTS {
        match reader.next_event() {
            Ok(Some(Event::Begin(envelope))) if found.is_none() => {
                found = Some(Addressed {
                    invoice: invoice.to_owned(),
                    sender: envelope.sender.id.clone(),
                    recipient: envelope.recipient.id.clone(),
                    interchange: envelope.reference.clone(),
                    message: String::new(),
                });
            }
            Ok(Some(Event::Message(message))) => {
                let is_invoice = message.kind.name.trim().eq_ignore_ascii_case("INVOIC");
                if let Some(found) = found.as_mut().filter(|found| found.message.is_empty() || is_invoice) {
                    found.message.clone_from(&message.reference);
                }
                if is_invoice {
                    break;
                }
            }
            Ok(Some(_)) => {}
            Ok(None) | Err(_) => break,
        }
    }
    found
}

/// A file that is to be answered.
pub(super) fn file(db: &Connection, sha256: &str, at: Millis, invoices: &[&str]) -> Sql<()> {
    let sql = "INSERT INTO edi_files (sha256, at, invoices, pending) VALUES (?1, ?2, ?3, 1) ON CONFLICT DO NOTHING";
    let invoices = serde_json::json!(invoices).to_string();
    db.prepare_cached(sql)?.execute(params![sha256, at, invoices])?;
    Ok(())
}

/// Keeps the answers of a file; false where they were kept before.
pub(super) fn answer(db: &Connection, done: &Answering) -> Sql<bool> {
    let sql = "UPDATE edi_files SET pending = 0 WHERE sha256 = ?1 AND pending = 1";
    if db.prepare_cached(sql)?.execute([&done.file])? == 0 {
        return Ok(false);
    }
    for (kind, bytes, messages) in &done.answers {
        let answer = AnswerIn {
            bytes: bytes.clone(),
            kind: kind.clone(),
            at: done.at,
            source: "facteur".to_owned(),
            names: Vec::new(),
            alone: false,
        };
        let (id, _) = insert(db, &answer, Some(&done.file), *messages)?;
        let sql = "INSERT INTO edi_answer_invoices (answer, message, invoice) SELECT ?1, 0, value FROM json_each(
                   (SELECT invoices FROM edi_files WHERE sha256 = ?2)) WHERE true ON CONFLICT DO NOTHING";
        db.prepare_cached(sql)?.execute(params![id, done.file])?;
    }
    for (invoice, event) in &done.events {
        append(db, invoice, done.at, event)?;
    }
    Ok(true)
}

/// Keeps an answer that came: its id, and whether it was here before.
pub(super) fn take(db: &Connection, came: &AnswerIn) -> Sql<(String, bool)> {
    let messages = u32::try_from(came.names.len()).unwrap_or(u32::MAX);
    let (id, known) = insert(db, came, None, messages)?;
    if !known {
        let sql =
            "INSERT INTO edi_answer_wants (answer, message, number, interchange, seen) VALUES (?1, ?2, ?3, ?4, -1)";
        let mut want = db.prepare_cached(sql)?;
        for (n, (number, interchange)) in came.names.iter().enumerate() {
            want.execute(params![id, n as i64, number, interchange])?;
        }
        // Its sender may ask for a CONTRL of its own (0031).
        if came.alone {
            file(db, &hex(&Sha256::digest(&came.bytes)), came.at, &[])?;
        }
    }
    Ok((id, known))
}

fn insert(db: &Connection, answer: &AnswerIn, subject: Option<&str>, messages: u32) -> Sql<(String, bool)> {
    let sha256 = hex(&Sha256::digest(&answer.bytes));
    put_document(db, &sha256, &answer.bytes)?;
    let id = sha256.get(..32).unwrap_or(&sha256).to_owned();
    let sql = "INSERT INTO edi_answers (id, sha256, kind, written, subject, at, source, messages)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (id) DO NOTHING";
    let AnswerIn { kind, at, source, .. } = answer;
    let new =
        db.prepare_cached(sql)?.execute(params![id, sha256, kind, subject.is_some(), subject, at, source, messages])?;
    Ok((id, new == 0))
}

/// That a message of an answer was looked for when so many could be meant.
pub(super) fn tried(db: &Connection, want: &Want) -> Sql<()> {
    let sql = "UPDATE edi_answer_wants SET seen = ?3 WHERE answer = ?1 AND message = ?2";
    db.prepare_cached(sql)?.execute(params![want.answer, want.message, want.seen as i64])?;
    Ok(())
}

/// That a step of an invoice tells what a message says, once.
pub(super) fn told(db: &Connection, invoice: &str, by: &ToldBy) -> Result<()> {
    let sql = "INSERT INTO edi_answer_invoices (answer, message, invoice) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    let values = params![by.answer, by.message, invoice];
    let new = db.prepare_cached(sql).and_then(|mut insert| insert.execute(values)).map_err(failed)?;
    if new == 0 {
        return Err(StoreError::Stale(format!("what answer {} says of invoice {invoice}", by.answer)));
    }
    let sql = "DELETE FROM edi_answer_wants WHERE answer = ?1 AND message = ?2";
    let mut delete = db.prepare_cached(sql).map_err(failed)?;
    delete.execute(params![by.answer, by.message]).map_err(failed)?;
    Ok(())
}

pub(super) fn unanswered(db: &Connection, limit: usize) -> Sql<Vec<Unanswered>> {
    let sql = "SELECT sha256, at, invoices FROM edi_files WHERE pending = 1 ORDER BY at LIMIT ?1";
    let mut query = db.prepare_cached(sql)?;
    let rows = query.query_map([i64::try_from(limit).unwrap_or(i64::MAX)], |row| {
        Ok(Unanswered { sha256: row.get(0)?, at: row.get(1)?, invoices: super::read::json(row, 2)? })
    });
    rows?.collect()
}

pub(super) fn is_unanswered(db: &Connection, sha256: &str) -> Sql<bool> {
    db.prepare_cached("SELECT 1 FROM edi_files WHERE sha256 = ?1 AND pending = 1")?.exists([sha256])
}

pub(super) fn answers(db: &Connection, of: &AnswersOf) -> Sql<Vec<EdiAnswer>> {
    const ALL: &str = "SELECT a.seq, a.id, a.sha256, a.kind, a.written, a.subject, a.at, a.source, a.messages,
        (SELECT count(*) FROM edi_answer_wants w WHERE w.answer = a.id),
        (SELECT json_group_array(invoice) FROM
            (SELECT invoice FROM edi_answer_invoices i WHERE i.answer = a.id GROUP BY invoice ORDER BY min(message) LIMIT 500))
        FROM edi_answers a";
    let (sql, value, limit): (String, rusqlite::types::Value, i64) = match of {
        AnswersOf::One(id) => (format!("{ALL} WHERE a.id = ?1 LIMIT ?2"), id.clone().into(), 1),
        AnswersOf::Invoice(id) => (
            format!(
                "{ALL} WHERE a.id IN (SELECT answer FROM edi_answer_invoices WHERE invoice = ?1) ORDER BY a.seq LIMIT ?2"
            ),
            id.clone().into(),
            500,
        ),
        AnswersOf::File(sha256) => {
            (format!("{ALL} WHERE a.subject = ?1 ORDER BY a.seq LIMIT ?2"), sha256.clone().into(), 500)
        }
        AnswersOf::List { unmatched, before, limit } => {
            let only =
                if *unmatched { "AND EXISTS (SELECT 1 FROM edi_answer_wants w WHERE w.answer = a.id)" } else { "" };
            let before = before.and_then(|seq| i64::try_from(seq).ok()).unwrap_or(i64::MAX);
            let limit = i64::try_from(*limit).unwrap_or(i64::MAX);
            (format!("{ALL} WHERE a.seq < ?1 {only} ORDER BY a.seq DESC LIMIT ?2"), before.into(), limit)
        }
    };
    let read = |row: &Row<'_>| {
        Ok(EdiAnswer {
            seq: count(row, 0)?,
            id: row.get(1)?,
            sha256: row.get(2)?,
            kind: row.get(3)?,
            written: row.get(4)?,
            subject: row.get(5)?,
            at: row.get(6)?,
            source: row.get(7)?,
            messages: row.get(8)?,
            unmatched: row.get(9)?,
            invoices: super::read::json(row, 10)?,
        })
    };
    db.prepare_cached(&sql)?.query_map(params![value, limit], read)?.collect()
}

/// Messages to be looked for: not tried yet, or more or others can be meant by now.
pub(super) fn wants(db: &Connection, limit: usize) -> Sql<Vec<Want>> {
    let sql = "SELECT answer, sha256, message, now FROM (
            SELECT w.answer, a.sha256, a.seq, w.message, w.seen,
                (SELECT count(*) FROM invoices i WHERE i.number = w.number AND w.number <> '')
                + (SELECT count(*) FROM edi_messages m WHERE m.interchange = w.interchange AND w.interchange <> '')
                + (SELECT count(*) FROM invoices d WHERE length(w.interchange) = 14 AND d.id >= lower(substr(w.interchange, 1, 11))
                    AND d.id < lower(substr(w.interchange, 1, 11)) || 'g') AS now
            FROM edi_answer_wants w JOIN edi_answers a ON a.id = w.answer)
        WHERE seen <> now ORDER BY seq, message LIMIT ?1";
    let mut query = db.prepare_cached(sql)?;
    let rows = query.query_map([i64::try_from(limit).unwrap_or(i64::MAX)], |row| {
        Ok(Want { answer: row.get(0)?, sha256: row.get(1)?, message: row.get(2)?, seen: count(row, 3)? })
    });
    rows?.collect()
}

/// What was in interchanges of that reference, sender and recipient, the newest first.
pub(super) fn of_interchange(db: &Connection, named: [&str; 3], limit: usize) -> Sql<Vec<Addressed>> {
    let sql = "SELECT m.invoice, m.sender, m.recipient, m.interchange, m.message FROM edi_messages m
        JOIN invoices i ON i.id = m.invoice
        WHERE m.interchange = ?1 AND m.sender = ?2 AND m.recipient = ?3 ORDER BY i.seq DESC LIMIT ?4";
    let [reference, sender, recipient] = named;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    db.prepare_cached(sql)?.query_map(params![reference, sender, recipient, limit], addressed_of)?.collect()
}

pub(super) fn of_invoice(db: &Connection, invoice: &str) -> Sql<Option<Addressed>> {
    let sql = "SELECT invoice, sender, recipient, interchange, message FROM edi_messages WHERE invoice = ?1 LIMIT 1";
    db.prepare_cached(sql)?.query_row([invoice], addressed_of).optional()
}

fn addressed_of(row: &Row<'_>) -> Sql<Addressed> {
    Ok(Addressed {
        invoice: row.get(0)?,
        sender: row.get(1)?,
        recipient: row.get(2)?,
        interchange: row.get(3)?,
        message: row.get(4)?,
    })
}
