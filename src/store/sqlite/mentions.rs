//! What invoices name of others: kept as they are judged, so that a correction is found from what it corrects.

use rusqlite::{Connection, params};

use super::read::{ROW, row_of};
use crate::limits;
use crate::store::{InvoiceRow, NumberKey, Related};

type Sql<T> = rusqlite::Result<T>;

const CITED: &str = "cited";
const CONTRACT: &str = "contract";

/// Keeps what a row names by now.
pub(super) fn put(db: &Connection, row: &InvoiceRow) -> Sql<()> {
    db.prepare_cached("DELETE FROM mentions WHERE invoice = ?1")?.execute([&row.id])?;
    let facts = &row.facts;
    let cited = facts.cites.iter().filter_map(|cited| Some((CITED, facts.key_of(cited)?)));
    let contract = facts.contract_key().map(|key| (CONTRACT, key));
    let sql = "INSERT INTO mentions (invoice, kind, seller, value) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
    let mut insert = db.prepare_cached(sql)?;
    for (kind, key) in cited.chain(contract) {
        insert.execute(params![row.id, kind, key.seller, key.number])?;
    }
    Ok(())
}

pub(super) fn related(db: &Connection, how: &Related) -> Sql<Vec<InvoiceRow>> {
    let by_mention = |kind: &str, key: &NumberKey| {
        let mut query = db.prepare_cached(&format!(
            "SELECT {ROW} FROM mentions m JOIN invoices i ON i.id = m.invoice
             WHERE m.value = ?1 AND m.kind = ?2 AND m.seller = ?3 ORDER BY i.seq LIMIT ?4"
        ))?;
        query.query_map(params![key.number, kind, key.seller, limits::BEARERS as i64], row_of)?.collect()
    };
    match how {
        Related::Bearing(key) => {
            let mut query = db.prepare_cached(&format!(
                "SELECT {ROW} FROM invoices i WHERE i.key_number = ?1 AND i.key_seller = ?2 ORDER BY i.seq LIMIT ?3"
            ))?;
            query.query_map(params![key.number, key.seller, limits::BEARERS as i64], row_of)?.collect()
        }
        Related::Citing(key) => by_mention(CITED, key),
        Related::UnderContract(key) => by_mention(CONTRACT, key),
    }
}
