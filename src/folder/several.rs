//! A file with several invoices: where it goes, and a report for each invoice beside it.

use std::ffi::OsStr;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::Serialize;

use super::desk::Key;
use super::end::{self, End, Place};
use super::names;
use super::reply::Letters;
use crate::clock::Clock;
use crate::formats::Other;
use crate::report::Verdict;
use crate::store::{Handle, InvoiceRow, StoreError};
use crate::story::words;
use crate::text::{Lang, visible};

/// A file with several invoices that is in the store.
pub(super) struct Whole {
    /// Of the file.
    pub sha256: String,
    pub parts: Vec<Part>,
    pub others: Vec<Other>,
    /// How many of them, from the first, are known to be judged.
    judged: AtomicUsize,
}

/// An invoice of it.
pub(super) struct Part {
    pub id: String,
    pub sha256: String,
    /// 0062 of its message.
    pub message: String,
    /// The same bytes had come before.
    pub before: bool,
}

impl Whole {
    pub fn new(sha256: String, parts: Vec<Part>, others: Vec<Other>) -> Self {
        Self { sha256, parts, others, judged: AtomicUsize::new(0) }
    }

    /// Where the file goes, once each of its invoices is judged: with the worst of them. One that does not leave puts the file where somebody looks.
    pub async fn place(&self, store: &Handle) -> Result<Option<Place>, StoreError> {
        // Those that were judged a moment ago are asked for again only once all are.
        let from = self.judged.load(Ordering::Relaxed);
        for part in self.parts.iter().skip(from) {
            if end::place(&row_of(store, &part.id).await?, part.before).is_none() {
                return Ok(None);
            }
            self.judged.fetch_add(1, Ordering::Relaxed);
        }
        let mut worst = Place::Done;
        for part in &self.parts {
            match end::place(&row_of(store, &part.id).await?, part.before) {
                Some(Place::Done) => {}
                Some(Place::Refused) => worst = Place::Refused,
                // It is judged anew at this moment.
                None => return Ok(None),
            }
        }
        Ok(Some(worst))
    }
}

async fn row_of(store: &Handle, id: &str) -> Result<InvoiceRow, StoreError> {
    store.invoice(id).await?.ok_or_else(|| StoreError::NoInvoice(id.to_owned()))
}

/// A file with several invoices at its end. Reports are read from the store as they are written: there may be thousands.
pub(super) struct SeveralEnd {
    pub key: Key,
    pub place: Place,
    pub whole: Arc<Whole>,
    pub letters: Letters,
    store: Handle,
    clock: Arc<dyn Clock>,
    runtime: tokio::runtime::Handle,
}

/// `NAME.report.json` of the file.
#[derive(Serialize)]
struct Shown<'s> {
    schema: &'static str,
    sha256: &'s str,
    verdict: &'static str,
    invoices: &'s [Told],
    others: Vec<OtherShown<'s>>,
}

#[derive(Serialize)]
struct OtherShown<'s> {
    kind: &'s str,
    reference: &'s str,
    offset: u64,
}

/// What is told of one invoice in the report of the file.
#[derive(Serialize)]
struct Told {
    position: usize,
    message: String,
    id: String,
    verdict: Option<String>,
    state: String,
    before: bool,
    /// The name of its own report.
    report: String,
}

impl SeveralEnd {
    /// To be used in a thread that may wait, within the runtime that is current now.
    pub fn new(
        key: Key,
        place: Place,
        whole: Arc<Whole>,
        letters: Letters,
        store: Handle,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { key, place, whole, letters, store, clock, runtime: tokio::runtime::Handle::current() }
    }

    /// Writes the reports of each invoice, then those of the file as a whole, the text before the JSON: `write` is given the name and what to
    /// write. `name` is the file's where it will be, `shown` as it came.
    ///
    /// # Errors
    /// The disk's or the store's.
    pub fn write(
        &self,
        name: &OsStr,
        shown: &str,
        lang: Option<Lang>,
        write: &dyn Fn(&OsStr, &[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut told = Vec::with_capacity(self.whole.parts.len());
        for (n, part) in self.whole.parts.iter().enumerate() {
            let position = n + 1;
            let asked = self.runtime.block_on(async {
                Ok::<_, StoreError>((row_of(&self.store, &part.id).await?, self.store.report(&part.id).await?))
            });
            let (row, report) = asked.map_err(io::Error::other)?;
            let end = End::judged(self.key, &row, report.as_deref(), part.before, &*self.clock);
            let (json, text) = names::reports(&names::part(name, position));
            write(&text, end.text(&format!("{shown}#{position}"), lang).as_bytes())?;
            write(&json, end.json().as_bytes())?;
            told.push(Told {
                position,
                message: part.message.clone(),
                id: part.id.clone(),
                verdict: row.verdict.clone(),
                state: row.state.map(|state| state.as_str()).unwrap_or("received").to_owned(),
                before: part.before,
                report: json.to_string_lossy().into_owned(),
            });
        }
        self.letters.write(name, write)?;
        let (json, text) = names::reports(name);
        let said = match lang {
            Some(lang) => self.text(&told, lang),
            None => format!("{}\n--\n\n{}", self.text(&told, Lang::Fr), self.text(&told, Lang::En)),
        };
        write(&text, said.as_bytes())?;
        write(&json, self.json(&told).as_bytes())
    }

    /// `NAME.report.json` of the file: which documents became of it. As `POST /v1/validate` names the verdict of several.
    fn json(&self, told: &[Told]) -> String {
        let has = |verdict: Verdict| told.iter().any(|one| one.verdict.as_deref() == Some(verdict.as_str()));
        let verdict = match () {
            () if has(Verdict::Invalid) => Verdict::Invalid,
            () if told.iter().any(|one| one.verdict.as_deref() != Some(Verdict::Valid.as_str())) => Verdict::NotJudged,
            () => Verdict::Valid,
        };
        let others = self.whole.others.iter();
        let others = others.map(|o| OtherShown { kind: &o.kind, reference: &o.reference, offset: o.offset });
        let shown = Shown {
            schema: "facteur-interchange/1",
            sha256: &self.whole.sha256,
            verdict: verdict.as_str(),
            invoices: told,
            others: others.collect(),
        };
        // Strings, numbers and lists alone: this cannot fail.
        serde_json::to_string(&shown).unwrap_or_default() + "\n"
    }

    fn text(&self, told: &[Told], lang: Lang) -> String {
        let count = told.len();
        let mut out = match lang {
            Lang::Fr => format!("Facture par facture : ce fichier en contient {count}, et chacune a son rapport.\n"),
            Lang::En => format!("Invoice by invoice: this file holds {count}, and each has its report.\n"),
        };
        for one in told {
            let (state, report) = (words::state(&one.state, lang), &one.report);
            let before = match (one.before, lang) {
                (false, _) => "",
                (true, Lang::Fr) => ", déjà reçue",
                (true, Lang::En) => ", received before",
            };
            let report = report.strip_suffix(".json").unwrap_or(report);
            let (n, message, id) = (one.position, &one.message, &one.id);
            let line = match lang {
                Lang::Fr => format!("{n}. message {message} : facture {id}, état : {state}{before} ({report}.txt)"),
                Lang::En => format!("{n}. message {message}: invoice {id}, state: {state}{before} ({report}.txt)"),
            };
            out += &visible(&line);
            out.push('\n');
        }
        for other in &self.whole.others {
            let (kind, reference, offset) = (&other.kind, &other.reference, other.offset);
            let line = match lang {
                Lang::Fr => format!("{kind} {reference} (octet {offset}) n'est pas une facture : conservé, non jugé."),
                Lang::En => format!("{kind} {reference} (byte {offset}) is no invoice: kept, not judged."),
            };
            out += &visible(&line);
            out.push('\n');
        }
        out += match (self.place, lang) {
            (Place::Done, Lang::Fr) => "facteur se charge de toutes.\n",
            (Place::Done, Lang::En) => "facteur has all of them in charge.\n",
            (Place::Refused, Lang::Fr) => {
                "Au moins une ne part pas. Les autres suivent leur cours : ne renvoyez que celles qui sont corrigées.\n"
            }
            (Place::Refused, Lang::En) => {
                "At least one does not leave. The others go their way: send again only those that were corrected.\n"
            }
        };
        out
    }
}
