//! The schema and its versions.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use super::{failed, refold};
use crate::store::{Result, StoreError};

/// "fact" in ASCII: the mark of our files among all SQLite files.
const APPLICATION: i32 = 0x6661_6374;

/// Each brings the schema to the version of its position, counted from 1. Never edited once released.
pub(super) const MIGRATIONS: [&str; 15] = [
    include_str!("migrations/001.sql"),
    include_str!("migrations/002.sql"),
    include_str!("migrations/003.sql"),
    include_str!("migrations/004.sql"),
    include_str!("migrations/005.sql"),
    include_str!("migrations/006.sql"),
    include_str!("migrations/007.sql"),
    include_str!("migrations/008.sql"),
    include_str!("migrations/009.sql"),
    include_str!("migrations/010.sql"),
    include_str!("migrations/011.sql"),
    include_str!("migrations/012.sql"),
    include_str!("migrations/013.sql"),
    include_str!("migrations/014.sql"),
    include_str!("migrations/015.sql"),
];

/// The version whose step is more than SQL can say.
const FOLDING: u32 = 6;

/// Makes the file ours and brings it to the present schema, or says why not.
pub(super) fn prepare(db: &mut Connection, path: &Path) -> Result<()> {
    let found = version(db, path)?;
    let mode: String = db.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0)).map_err(failed)?;
    if mode != "wal" {
        let name = path.display();
        return Err(StoreError::Open(format!(
            "{name}: journal mode is {mode}, WAL is needed: is it a network folder?"
        )));
    }
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    let migrate = |from: u32| -> rusqlite::Result<()> {
        if from == 0 {
            tx.pragma_update(None, "application_id", APPLICATION)?;
            tx.execute_batch(
                "CREATE TABLE schema_version (version INTEGER NOT NULL PRIMARY KEY, program TEXT NOT NULL)",
            )?;
        }
        for (version, sql) in (1u32..).zip(MIGRATIONS).skip(from as usize) {
            tx.execute_batch(sql)?;
            if version == FOLDING {
                refold::refold(&tx)?;
            }
            let program = env!("CARGO_PKG_VERSION");
            tx.execute("INSERT INTO schema_version (version, program) VALUES (?1, ?2)", (version, program))?;
        }
        Ok(())
    };
    migrate(found).map_err(failed)?;
    tx.commit().map_err(failed)
}

/// Refuses a file that this program cannot read as it stands.
pub(super) fn verify(db: &Connection, path: &Path) -> Result<()> {
    match version(db, path)? {
        n if n as usize == MIGRATIONS.len() => Ok(()),
        n => Err(StoreError::Open(format!(
            "{}: schema {n} where {} is expected: start the daemon once, it upgrades the store",
            path.display(),
            MIGRATIONS.len()
        ))),
    }
}

/// The schema's version; 0 for an empty file.
fn version(db: &Connection, path: &Path) -> Result<u32> {
    let name = path.display();
    let read = || -> rusqlite::Result<(i32, i64, Option<u32>)> {
        let application = db.query_row("PRAGMA application_id", [], |row| row.get(0))?;
        let tables = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        let ours = application == APPLICATION;
        let version = if ours {
            db.query_row("SELECT max(version) FROM schema_version", [], |row| row.get(0)).optional()?.flatten()
        } else {
            None
        };
        Ok((application, tables, version))
    };
    let (application, tables, version) = read().map_err(|e| StoreError::Open(format!("{name}: {e}")))?;
    match version {
        Some(found) if found as usize > MIGRATIONS.len() => {
            Err(StoreError::Newer { found, known: MIGRATIONS.len() as u32 })
        }
        Some(found) => Ok(found),
        None if tables == 0 && application == 0 => Ok(0),
        None => Err(StoreError::Open(format!("{name}: an SQLite file of another program, not a facteur store"))),
    }
}
