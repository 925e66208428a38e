//! Lists of invoices: whatever is asked for, a page costs little more than its rows.
//!
//! Words go through the full-text index. Everything else goes by facets: the combinations of state, verdict and platform that
//! exist are few, each is an ordered stretch of one index, and a page is the newest rows of the wanted stretches, merged.
//! Days are filtered on the way; where they lie far from the end of the list, their own index takes over.

use rusqlite::{Connection, OptionalExtension, ToSql, params_from_iter};

use super::read::{ROW, row_of};
use crate::lifecycle::State;
use crate::limits::PAGE_ROWS;
use crate::store::{Excused, Facts, InvoiceFilter, InvoiceRow, Matched, Order};

type Sql<T> = rusqlite::Result<T>;

/// Rows looked at in the order of the list before the index of days is asked instead.
const LOOKED_AT: usize = 20_000;
/// As the index of those that are valid by somebody's word alone has it.
const EXCUSED: &str = "((i.record ->> '$.waived') = 1 OR (i.record ->> '$.lowered') = 1)";
/// Fewest hexadecimal digits that are taken for the beginning of an id.
const ID_DIGITS: usize = 6;

pub(super) fn invoices(db: &Connection, filter: &InvoiceFilter) -> Sql<Vec<InvoiceRow>> {
    let limit = if filter.limit == 0 { PAGE_ROWS } else { filter.limit.min(PAGE_ROWS) };
    let Some(from) = start(db, filter)? else { return Ok(Vec::new()) };
    let seqs = Search { db, filter, from, limit }.seqs()?;
    let mut query = db.prepare_cached(&format!("SELECT {ROW} FROM invoices i WHERE i.seq = ?1"))?;
    seqs.into_iter().map(|seq| query.query_row([seq], row_of)).collect()
}

pub(super) fn matched(db: &Connection, filter: &InvoiceFilter, most: usize) -> Sql<Matched> {
    let whole = InvoiceFilter { after: None, order: Order::NewestFirst, ..filter.clone() };
    let limit = most.saturating_add(1);
    let mut seqs = Search { db, filter: &whole, from: i64::MAX, limit }.seqs()?;
    let more = seqs.len() > most;
    seqs.truncate(most);
    let mut found = Matched { invoices: seqs.len(), more, ..Matched::default() };
    let mut query = db.prepare_cached(
        "SELECT record ->> '$.facts.currency', record ->> '$.facts.payable', record ->> '$.facts.syntax',
            record ->> '$.facts.kind', state = 'cancelled' OR record ->> '$.replaced_by' IS NOT NULL
         FROM invoices WHERE seq = ?1",
    )?;
    for seq in seqs {
        let (currency, facts, void): (Option<String>, Facts, bool) = query.query_row([seq], |row| {
            let facts = Facts { payable: row.get(1)?, syntax: row.get(2)?, kind: row.get(3)?, ..Facts::default() };
            Ok((row.get(0)?, facts, row.get(4)?))
        })?;
        if void {
            found.void += 1;
            continue;
        }
        let (Some(currency), Some(amount)) = (currency, facts.amount()) else {
            found.unread += 1;
            continue;
        };
        found.credits += usize::from(facts.is_credit());
        match found.amounts.iter_mut().find(|(known, _)| *known == currency) {
            Some((_, sum)) => *sum = *sum + amount,
            None => found.amounts.push((currency, amount)),
        }
    }
    found.amounts.sort();
    Ok(found)
}

/// The place in the order of arrival after which the page begins; none where it is after a row that is not there.
fn start(db: &Connection, filter: &InvoiceFilter) -> Sql<Option<i64>> {
    let Some(after) = &filter.after else {
        return Ok(Some(if filter.order == Order::NewestFirst { i64::MAX } else { 0 }));
    };
    db.prepare_cached("SELECT seq FROM invoices WHERE id = ?1")?.query_row([after], |row| row.get(0)).optional()
}

struct Search<'s> {
    db: &'s Connection,
    filter: &'s InvoiceFilter,
    from: i64,
    limit: usize,
}

/// State, verdict and platform of an invoice.
type Facets = (&'static str, Option<&'static str>, Option<String>);

impl Search<'_> {
    fn seqs(&self) -> Sql<Vec<i64>> {
        let filter = self.filter;
        if let Some(words) = &filter.words {
            return self.by_words(words);
        }
        if filter.number.is_some() {
            return self.plain("i.number = ?", &[&filter.number]);
        }
        if filter.excused.is_some() {
            return self.plain(EXCUSED, &[]);
        }
        let asks = !filter.states.is_empty() || filter.verdict.is_some() || filter.platform.is_some();
        if !asks && filter.customer.is_none() && !self.has_days() {
            return self.plain("1", &[]);
        }
        match self.by_facets()? {
            Some(seqs) => Ok(seqs),
            None => self.by_days(),
        }
    }

    fn has_days(&self) -> bool {
        let (issued, received) = (&self.filter.issued, &self.filter.received);
        issued.0.is_some() || issued.1.is_some() || received.0.is_some() || received.1.is_some()
    }

    /// The newest of each stretch, merged. None where the days asked for lie too far down to go on like this.
    fn by_facets(&self) -> Sql<Option<Vec<i64>>> {
        let (beyond, order) = self.order();
        let of_customer = if self.filter.customer.is_some() { "customer = ?5 AND" } else { "?5 IS NULL AND" };
        let mut query = self.db.prepare_cached(&format!(
            "SELECT seq, issued, received_at FROM invoices
             WHERE {of_customer} state = ?1 AND verdict IS ?2 AND platform IS ?3 AND seq {beyond} ?4 ORDER BY seq {order}"
        ))?;
        let has_days = self.has_days();
        let (mut seqs, mut looked_at) = (Vec::new(), 0);
        for (state, verdict, platform) in self.facets()? {
            let mut rows = query.query((state, verdict, platform, self.from, &self.filter.customer))?;
            let mut of_this = 0;
            while of_this < self.limit
                && let Some(row) = rows.next()?
            {
                looked_at += 1;
                if has_days && looked_at > LOOKED_AT && self.filter.customer.is_none() {
                    return Ok(None);
                }
                if !has_days || self.in_days(row.get_ref(1)?.as_str_or_null().unwrap_or_default(), row.get(2)?) {
                    seqs.push(row.get(0)?);
                    of_this += 1;
                }
            }
        }
        self.first(&mut seqs);
        Ok(Some(seqs))
    }

    fn in_days(&self, issued: Option<&str>, received_at: i64) -> bool {
        let (from, to) = &self.filter.issued;
        let (since, until) = self.filter.received;
        let day = |ask: &dyn Fn(&str) -> bool| issued.is_some_and(|day| is_day(day) && ask(day));
        from.is_none_or(|from| day(&|day| day >= from.to_string().as_str()))
            && to.is_none_or(|to| day(&|day| day <= to.to_string().as_str()))
            && since.is_none_or(|since| received_at >= since)
            && until.is_none_or(|until| received_at <= until)
    }

    fn by_days(&self) -> Sql<Vec<i64>> {
        let (issued, _) = (&self.filter.issued, ());
        let by_issue = issued.0.is_some() || issued.1.is_some();
        // What is not driven by gets a `+`, so that the planner does not drive by it.
        let mut wheres = Wheres::default();
        wheres.days(self.filter, if by_issue { ("", "+") } else { ("+", "") });
        wheres.facets(self.filter);
        self.run(wheres)
    }

    /// The combinations that exist among those asked for.
    fn facets(&self) -> Sql<Vec<Facets>> {
        let filter = self.filter;
        let states: Vec<State> = if filter.states.is_empty() { State::ALL.into() } else { filter.states.clone() };
        let mut next = self.db.prepare_cached(
            "SELECT platform FROM invoices WHERE state = ?1 AND verdict IS ?2 AND platform > ?3 ORDER BY platform LIMIT 1",
        )?;
        let mut found = Vec::new();
        for state in State::ALL.into_iter().filter(|state| states.contains(state)).map(State::as_str) {
            for verdict in [None, Some("valid"), Some("invalid"), Some("not-judged")] {
                if filter.verdict.is_some() && filter.verdict.as_deref() != verdict {
                    continue;
                }
                if let Some(platform) = &filter.platform {
                    found.push((state, verdict, Some(platform.clone())));
                    continue;
                }
                found.push((state, verdict, None));
                let mut last = String::new();
                while let Some(platform) =
                    next.query_row((state, verdict, &last), |row| row.get::<_, String>(0)).optional()?
                {
                    last.clone_from(&platform);
                    found.push((state, verdict, Some(platform)));
                }
            }
        }
        Ok(found)
    }

    fn by_words(&self, text: &str) -> Sql<Vec<i64>> {
        let mut seqs = match query_of(text) {
            None => Vec::new(),
            Some(query) => {
                let (beyond, order) = self.order();
                let mut wheres = Wheres::default();
                wheres.facets(self.filter);
                wheres.days(self.filter, ("+", "+"));
                let mut values: Vec<&dyn ToSql> = vec![&query, &self.from];
                values.extend(wheres.values.iter().map(|value| &**value));
                let limit = i64::try_from(self.limit).unwrap_or(i64::MAX);
                values.push(&limit);
                let mut query = self.db.prepare_cached(&format!(
                    "SELECT w.rowid FROM invoice_words w CROSS JOIN invoices i ON i.seq = w.rowid
                     WHERE w.invoice_words MATCH ? AND w.rowid {beyond} ?{} ORDER BY w.rowid {order} LIMIT ?",
                    wheres.sql
                ))?;
                query.query_map(params_from_iter(values), |row| row.get(0))?.collect::<Sql<Vec<i64>>>()?
            }
        };
        let id = text.trim().to_ascii_lowercase();
        if id.len() >= ID_DIGITS && id.len() <= 32 && id.bytes().all(|b| b.is_ascii_hexdigit()) {
            // `g` comes after every hexadecimal digit.
            seqs.extend(self.plain("i.id >= ? AND i.id < ? || 'g'", &[&id, &id])?);
        }
        self.first(&mut seqs);
        Ok(seqs)
    }

    /// By one condition with an index of its own, the rest checked on each row.
    fn plain(&self, condition: &str, values: &[&dyn ToSql]) -> Sql<Vec<i64>> {
        let mut wheres = Wheres::default();
        wheres.facets(self.filter);
        wheres.days(self.filter, ("+", "+"));
        let (beyond, order) = self.order();
        let limit = i64::try_from(self.limit).unwrap_or(i64::MAX);
        let mut all: Vec<&dyn ToSql> = values.to_vec();
        all.push(&self.from);
        all.extend(wheres.values.iter().map(|value| &**value));
        all.push(&limit);
        let mut query = self.db.prepare_cached(&format!(
            "SELECT i.seq FROM invoices i WHERE {condition} AND i.seq {beyond} ?{} ORDER BY i.seq {order} LIMIT ?",
            wheres.sql
        ))?;
        query.query_map(params_from_iter(all), |row| row.get(0))?.collect()
    }

    fn run(&self, wheres: Wheres) -> Sql<Vec<i64>> {
        let (beyond, order) = self.order();
        let limit = i64::try_from(self.limit).unwrap_or(i64::MAX);
        let mut all: Vec<&dyn ToSql> = vec![&self.from];
        all.extend(wheres.values.iter().map(|value| &**value));
        all.push(&limit);
        // `+i.seq`: by the index of days, then sorted, not down the whole list.
        let mut query = self.db.prepare_cached(&format!(
            "SELECT i.seq FROM invoices i WHERE +i.seq {beyond} ?{} ORDER BY +i.seq {order} LIMIT ?",
            wheres.sql
        ))?;
        query.query_map(params_from_iter(all), |row| row.get(0))?.collect()
    }

    fn order(&self) -> (&'static str, &'static str) {
        match self.filter.order {
            Order::NewestFirst => ("<", "DESC"),
            Order::OldestFirst => (">", "ASC"),
        }
    }

    fn first(&self, seqs: &mut Vec<i64>) {
        seqs.sort_unstable();
        seqs.dedup();
        if self.filter.order == Order::NewestFirst {
            seqs.reverse();
        }
        seqs.truncate(self.limit);
    }
}

/// Conditions and their values, in the same order.
#[derive(Default)]
struct Wheres {
    sql: String,
    values: Vec<Box<dyn ToSql>>,
}

impl Wheres {
    fn add(&mut self, condition: &str, value: impl ToSql + 'static) {
        self.sql.push_str(" AND ");
        self.sql.push_str(condition);
        self.values.push(Box::new(value));
    }

    fn facets(&mut self, filter: &InvoiceFilter) {
        if !filter.states.is_empty() {
            let marks = vec!["?"; filter.states.len()].join(", ");
            self.sql.push_str(&format!(" AND +i.state IN ({marks})"));
            for state in &filter.states {
                self.values.push(Box::new(state.as_str()));
            }
        }
        self.sql.push_str(match filter.excused {
            None => "",
            Some(Excused::Waived) => " AND (i.record ->> '$.waived') = 1",
            Some(Excused::Lowered) => " AND (i.record ->> '$.lowered') = 1",
            Some(Excused::Either) => " AND ((i.record ->> '$.waived') = 1 OR (i.record ->> '$.lowered') = 1)",
        });
        for (column, value) in
            [("verdict", &filter.verdict), ("platform", &filter.platform), ("customer", &filter.customer)]
        {
            if let Some(value) = value {
                self.add(&format!("+i.{column} = ?"), value.clone());
            }
        }
    }

    fn days(&mut self, filter: &InvoiceFilter, (issued, received): (&str, &str)) {
        let day = |day: &crate::day::Day| day.to_string();
        if filter.issued.0.is_some() || filter.issued.1.is_some() {
            self.sql.push_str(" AND i.issued GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'");
        }
        for (column, sign, value) in [("issued", ">=", &filter.issued.0), ("issued", "<=", &filter.issued.1)] {
            if let Some(value) = value {
                self.add(&format!("{issued}i.{column} {sign} ?"), day(value));
            }
        }
        for (sign, value) in [(">=", filter.received.0), ("<=", filter.received.1)] {
            if let Some(value) = value {
                self.add(&format!("{received}i.received_at {sign} ?"), value);
            }
        }
    }
}

/// A date that could not be read stands in the column as it was written.
fn is_day(text: &str) -> bool {
    crate::day::Day::parse_iso(text).is_some()
}

/// What people type as a full-text query: each word begins a word, all of them must be there. None where there is no word.
fn query_of(text: &str) -> Option<String> {
    // A SIRET is often written in groups.
    let digits: String = text.split_whitespace().collect();
    let grouped = digits.len() >= 9 && digits.bytes().all(|b| b.is_ascii_digit());
    let words: Vec<&str> = if grouped { vec![&digits] } else { text.split_whitespace().collect() };
    let words = words.into_iter().filter(|word| word.chars().any(char::is_alphanumeric)).take(8);
    // Quoted, a word is no operator; what is no letter or digit in it separates a phrase.
    let quoted: Vec<String> = words.map(|word| format!("\"{}\" *", word.replace('"', " ").replace('\0', ""))).collect();
    (!quoted.is_empty()).then(|| quoted.join(" AND "))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::store::Store as _;
    use crate::store::sqlite::Sqlite;

    /// Prints what a page costs in a store of many invoices: `FACTEUR_ROWS=200000 cargo test --lib pages_of_many -- --nocapture`.
    #[test]
    fn pages_of_many_invoices_come_at_once() {
        let rows: u32 = std::env::var("FACTEUR_ROWS").ok().and_then(|n| n.parse().ok()).unwrap_or(3_000);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("facteur.db");
        drop(Sqlite::open(&path).unwrap());
        let began = Instant::now();
        fill(&path, rows);
        println!("{rows} rows written in {:?}", began.elapsed());
        let store = Sqlite::open(&path).unwrap();
        let day = |text: &str| crate::day::Day::parse_iso(text);
        let of = |words: &str| InvoiceFilter { words: Some(words.into()), ..Default::default() };
        let middle = Some(format!("{:032x}", rows / 2));
        let filters = [
            ("newest", InvoiceFilter::default()),
            ("from the middle", InvoiceFilter { after: middle.clone(), ..Default::default() }),
            ("one rare state", InvoiceFilter { states: vec![State::Disputed], ..Default::default() }),
            (
                "common state, rare verdict",
                InvoiceFilter {
                    states: vec![State::Delivered, State::Accepted],
                    verdict: Some("not-judged".into()),
                    ..Default::default()
                },
            ),
            (
                "platform, middle",
                InvoiceFilter { platform: Some("pa".into()), after: middle.clone(), ..Default::default() },
            ),
            ("customer", InvoiceFilter { customer: Some("21690123100017".into()), ..Default::default() }),
            (
                "customer, rare state",
                InvoiceFilter {
                    customer: Some("21690123100017".into()),
                    states: vec![State::Disputed],
                    ..Default::default()
                },
            ),
            ("issued long ago", InvoiceFilter { issued: (day("2024-01-03"), day("2024-01-09")), ..Default::default() }),
            (
                "issued in a year",
                InvoiceFilter { issued: (day("2024-01-01"), day("2024-12-31")), ..Default::default() },
            ),
            ("received long ago", InvoiceFilter { received: (Some(1_000), Some(90_000)), ..Default::default() }),
            ("a number", of("FA-2024-001234")),
            ("a common word", of("mairie")),
            ("two words", of("mairie 17")),
            ("one letter", of("m")),
            ("common word, rare state", InvoiceFilter { states: vec![State::Disputed], ..of("mairie") }),
            ("common word, middle", InvoiceFilter { after: middle, ..of("mairie") }),
            ("no such word", of("xylophone")),
        ];
        for (name, filter) in filters {
            let filter = InvoiceFilter { limit: 50, ..filter };
            let began = Instant::now();
            let found = store.invoices(&filter).unwrap().len();
            let page = began.elapsed();
            let began = Instant::now();
            let matched = store.matched(&filter, 1_000).unwrap();
            println!("{name:28} {found:3} rows {page:>12?}   counted {} in {:?}", matched.invoices, began.elapsed());
            // No timing test: only what would be a whole walk over a large store on a slow machine.
            assert!(page < Duration::from_secs(5), "{name}");
        }
        let began = Instant::now();
        println!("counts {:?} in {:?}", store.counts().unwrap().len(), began.elapsed());
    }

    /// Rows as the store writes them, in few statements.
    fn fill(path: &std::path::Path, rows: u32) {
        let mut db = Connection::open(path).unwrap();
        let tx = db.transaction().unwrap();
        {
            let mut document = tx.prepare("INSERT INTO documents VALUES (?1, 0, x'')").unwrap();
            let mut insert = tx
                .prepare("INSERT INTO invoices (id, sha256, version, state, number, lane, record) VALUES (?1, ?1, 1, ?2, ?3, '', ?4)")
                .unwrap();
            for n in 0..rows {
                let id = format!("{n:032x}");
                let state = match n % 1_000 {
                    0 => State::Disputed,
                    1..=20 => State::Blocked,
                    21..=500 => State::Accepted,
                    _ => State::Delivered,
                };
                let year = 2024 + n * 3 / rows;
                let number = format!("FA-{year}-{n:06}");
                let row = InvoiceRow {
                    id: id.clone(),
                    sha256: id.clone(),
                    state: Some(state),
                    received_at: i64::from(n) * 10,
                    verdict: Some(if n % 5_000 == 7 { "not-judged" } else { "valid" }.into()),
                    platform: Some(if n % 3 == 0 { "pa" } else { "chorus-pro" }.into()),
                    reference: Some(format!("CPP{n:08}")),
                    facts: crate::store::Facts {
                        number: Some(number.clone()),
                        issued: Some(format!("{year}-{:02}-{:02}", n / 40 % 12 + 1, n % 28 + 1)),
                        seller: Some("Papeterie Dorée SAS".into()),
                        customer: Some(format!("216901231{:05}", n % 400)),
                        customer_name: Some(format!("Mairie de Saint-Aubin {}", n % 400)),
                        payable: Some("1200.00".into()),
                        currency: Some("EUR".into()),
                        ..Default::default()
                    },
                    ..InvoiceRow::default()
                };
                document.execute([&id]).unwrap();
                insert.execute((&id, state.as_str(), &number, serde_json::to_string(&row).unwrap())).unwrap();
            }
        }
        tx.commit().unwrap();
    }
}
