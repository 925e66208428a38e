//! Messages of platforms: a page and its mark in one commit; what was looked at; what a step tells of.

use rusqlite::{Connection, OptionalExtension, Row, params};
use sha2::{Digest, Sha256};

use super::failed;
use super::read::count;
use super::write::{hex, put_document};
use crate::store::{Collected, Looked, MessageState, MessagesOf, Millis, PlatformMessage, Result, StoreError, Turn};

type Sql<T> = rusqlite::Result<T>;

/// Keeps a page: how many of its messages were new, or came with a content that was missing.
pub(super) fn collect(db: &Connection, page: &Collected) -> Sql<usize> {
    let mut fresh = 0;
    for one in &page.messages {
        let (sha256, why) = match &one.content {
            Ok(bytes) => {
                let sha256 = hex(&Sha256::digest(bytes));
                put_document(db, &sha256, bytes)?;
                (Some(sha256), "")
            }
            Err(why) => (None, why.as_str()),
        };
        // What is not here is fetched at once; what is known stays, but for a content that was missing.
        let sql = "INSERT INTO platform_messages
                (platform, flow, kind, name, tracking, updated_at, at, sha256, state, why, due_at, tries, reader, handed_by)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'new', ?9, ?7, 0, '', ?10)
            ON CONFLICT (platform, flow) DO UPDATE SET sha256 = excluded.sha256, state = 'new', why = '', due_at = excluded.due_at,
                tries = 0
            WHERE platform_messages.sha256 IS NULL AND excluded.sha256 IS NOT NULL";
        let values = params![
            page.platform,
            one.flow,
            one.kind,
            one.name,
            one.tracking,
            one.updated_at,
            page.at,
            sha256,
            why,
            page.handed_by
        ];
        fresh += db.prepare_cached(sql)?.execute(values)?;
    }
    let Some(mark) = &page.mark else { return Ok(fresh) };
    let sql = "INSERT INTO platform_marks (platform, mark, at) VALUES (?1, ?2, ?3)
        ON CONFLICT (platform) DO UPDATE SET mark = excluded.mark, at = excluded.at";
    db.prepare_cached(sql)?.execute(params![page.platform, mark, page.at])?;
    Ok(fresh)
}

/// Where the listing of a platform's messages goes on, and since when.
pub(super) fn mark(db: &Connection, platform: &str) -> Sql<Option<(String, Millis)>> {
    let mut query = db.prepare_cached("SELECT mark, at FROM platform_marks WHERE platform = ?1")?;
    query.query_row([platform], |row| Ok((row.get(0)?, row.get(1)?))).optional()
}

/// When the next is due for a look.
pub(super) fn next(db: &Connection, turn: &Turn) -> Sql<Option<Millis>> {
    let (whose, value) = whose(turn);
    let sql = format!("SELECT min(due_at) FROM platform_messages WHERE due_at IS NOT NULL AND {whose}");
    db.prepare_cached(&sql)?.query_row([value], |row| row.get(0))
}

/// The condition on a message, and the value that it speaks of as `?1`.
fn whose(turn: &Turn) -> (&'static str, String) {
    match turn {
        Turn::Read { fetched_from } => {
            let names = serde_json::Value::from(fetched_from.clone()).to_string();
            ("(sha256 IS NOT NULL AND refetch = 0 OR platform NOT IN (SELECT value FROM json_each(?1)))", names)
        }
        Turn::Fetch(platform) => ("(sha256 IS NULL OR refetch = 1) AND platform = ?1", platform.clone()),
    }
}

/// That a message was looked at and is not told. One that was told meanwhile stays told.
pub(super) fn looked(db: &Connection, looked: &Looked) -> Sql<()> {
    let sha256 = looked.content.as_ref().map(|bytes| (hex(&Sha256::digest(bytes)), bytes));
    if let Some((sha256, bytes)) = &sha256 {
        put_document(db, sha256, bytes)?;
    }
    let state = if looked.again.is_some() { MessageState::Waiting } else { MessageState::Parked };
    let sql = "UPDATE platform_messages SET state = ?2, why = ?3, due_at = ?4, reader = ?5, tries = ?7,
        sha256 = coalesce(?6, sha256), refetch = ?8 WHERE seq = ?1 AND state <> 'told'";
    let sha256 = sha256.map(|(sha256, _)| sha256);
    let values = params![
        looked.seq as i64,
        state.as_str(),
        looked.why,
        looked.again,
        looked.reader,
        sha256,
        looked.tries,
        looked.refetch
    ];
    db.prepare_cached(sql)?.execute(values)?;
    Ok(())
}

/// That a step of an invoice tells what a message says, once.
pub(super) fn told(db: &Connection, invoice: &str, seq: u64) -> Result<()> {
    let sql = "UPDATE platform_messages SET state = 'told', invoice = ?2, why = '', due_at = NULL, tries = tries + 1
        WHERE seq = ?1 AND state <> 'told'";
    let changed = db.prepare_cached(sql).and_then(|mut update| update.execute(params![seq as i64, invoice]));
    match changed.map_err(failed)? {
        0 => Err(StoreError::Stale(format!("message {seq} of a platform"))),
        _ => Ok(()),
    }
}

/// Those that another reader could not read, or a person asks for again, are due now: how many there were.
pub(super) fn anew(db: &Connection, reader: &str, one: Option<u64>, now: Millis) -> Sql<usize> {
    let sql = "UPDATE platform_messages SET state = 'new', due_at = ?3 WHERE state = 'parked'
        AND CASE WHEN ?2 IS NULL THEN reader <> ?1 ELSE seq = ?2 END";
    db.prepare_cached(sql)?.execute(params![reader, one.map(|seq| seq as i64), now])
}

pub(super) fn messages(db: &Connection, of: &MessagesOf) -> Sql<Vec<PlatformMessage>> {
    const ALL: &str =
        "SELECT seq, platform, flow, kind, name, tracking, updated_at, at, sha256, state, why, due_at, tries, invoice, handed_by
        FROM platform_messages";
    if let MessagesOf::Named { platform, flow } = of {
        let mut query = db.prepare_cached(&format!("{ALL} WHERE platform = ?1 AND flow = ?2"))?;
        return query.query_map(params![platform, flow], message_of)?.collect();
    }
    let small = |limit: &usize| i64::try_from(*limit).unwrap_or(i64::MAX);
    if let MessagesOf::Due { turn, now, limit } = of {
        let (whose, value) = whose(turn);
        let sql = format!("{ALL} WHERE due_at IS NOT NULL AND due_at <= ?2 AND {whose} ORDER BY due_at, seq LIMIT ?3");
        return db.prepare_cached(&sql)?.query_map(params![value, now, small(limit)], message_of)?.collect();
    }
    if let MessagesOf::Stuck { tries, before, limit } = of {
        let before = before.and_then(|seq| i64::try_from(seq).ok()).unwrap_or(i64::MAX);
        let sql = format!(
            "{ALL} WHERE seq < ?1 AND (state = 'parked' OR state = 'waiting' AND tries >= ?2) ORDER BY seq DESC LIMIT ?3"
        );
        return db.prepare_cached(&sql)?.query_map(params![before, tries, small(limit)], message_of)?.collect();
    }
    let (rest, value, limit): (&str, rusqlite::types::Value, i64) = match of {
        MessagesOf::Named { .. } | MessagesOf::Due { .. } | MessagesOf::Stuck { .. } => ("LIMIT ?2", 0.into(), 0),
        MessagesOf::One(seq) => ("WHERE seq = ?1 LIMIT ?2", (*seq as i64).into(), 1),
        MessagesOf::Invoice(id) => ("WHERE invoice = ?1 ORDER BY seq LIMIT ?2", id.clone().into(), 500),
        MessagesOf::List { state: None, before, limit } => {
            let before = before.and_then(|seq| i64::try_from(seq).ok()).unwrap_or(i64::MAX);
            ("WHERE seq < ?1 ORDER BY seq DESC LIMIT ?2", before.into(), small(limit))
        }
        MessagesOf::List { state: Some(state), before, limit } => {
            let before = before.and_then(|seq| i64::try_from(seq).ok()).unwrap_or(i64::MAX);
            let rest = match state {
                MessageState::New => "WHERE seq < ?1 AND state = 'new' ORDER BY seq DESC LIMIT ?2",
                MessageState::Waiting => "WHERE seq < ?1 AND state = 'waiting' ORDER BY seq DESC LIMIT ?2",
                MessageState::Told => "WHERE seq < ?1 AND state = 'told' ORDER BY seq DESC LIMIT ?2",
                MessageState::Parked => "WHERE seq < ?1 AND state = 'parked' ORDER BY seq DESC LIMIT ?2",
            };
            (rest, before.into(), small(limit))
        }
    };
    db.prepare_cached(&format!("{ALL} {rest}"))?.query_map(params![value, limit], message_of)?.collect()
}

fn message_of(row: &Row<'_>) -> Sql<PlatformMessage> {
    let state: String = row.get(9)?;
    Ok(PlatformMessage {
        seq: count(row, 0)?,
        platform: row.get(1)?,
        flow: row.get(2)?,
        kind: row.get(3)?,
        name: row.get(4)?,
        tracking: row.get(5)?,
        updated_at: row.get(6)?,
        at: row.get(7)?,
        sha256: row.get(8)?,
        state: MessageState::parse(&state).unwrap_or(MessageState::Parked),
        why: row.get(10)?,
        due_at: row.get(11)?,
        tries: row.get(12)?,
        invoice: row.get(13)?,
        handed_by: row.get(14)?,
    })
}
