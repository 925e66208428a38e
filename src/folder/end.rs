//! Where a file ends, and what stands in the reports beside it.

use serde_json::{Value, json};

use super::desk::Key;
use super::reply::Letters;
use crate::clock::{Clock, Millis, day_of};
use crate::day::Day;
use crate::formats::Unreadable;
use crate::lifecycle::State;
use crate::report::{self, NotRun, Report, Verdict};
use crate::store::{InvoiceRow, PartOf};
use crate::story::{sentences, words};
use crate::text::{Lang, Text, visible};
use crate::validate;

/// Where a file goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Done,
    Refused,
}

/// What became of a file, and what to tell of it.
pub(super) struct End {
    pub key: Key,
    pub place: Place,
    /// The report as `GET /v1/invoices/{id}/report` gives it, and as it is written there.
    report: Value,
    written: String,
    told: Told,
    letters: Letters,
}

/// What the reports say besides: which invoice it is, and how that stands.
#[derive(Default)]
struct Told {
    id: Option<String>,
    state: Option<State>,
    at: Option<Millis>,
    source: Option<String>,
    /// The same bytes had come before.
    before: bool,
    parked_why: Option<String>,
    /// Where it stood in the file it came in, where that had several invoices.
    part_of: Option<PartOf>,
}

/// Where the file of an invoice goes; none as long as it is not judged. What a platform says later moves no file: that
/// becomes a billing problem.
pub(super) fn place(row: &InvoiceRow, before: bool) -> Option<Place> {
    let state = row.state.unwrap_or(State::Received);
    let may_leave = row.verdict.as_deref() == Some(Verdict::Valid.as_str()) || row.released.is_some();
    match state {
        State::Received => None,
        State::Blocked => Some(Place::Refused),
        // Nothing more happens to these because the same bytes were put there again.
        State::Refused | State::Cancelled if before => Some(Place::Refused),
        State::Parked | State::Cancelled if !may_leave => Some(Place::Refused),
        _ => Some(Place::Done),
    }
}

impl End {
    /// A document that was judged. The caller asked [`place`] first; one that has no place yet is refused as not judged.
    pub fn judged(key: Key, row: &InvoiceRow, report: Option<&str>, before: bool, clock: &dyn Clock) -> Self {
        let why = row.parked_why.as_deref().unwrap_or_default();
        let written = report.map_or_else(|| json_of(&without_judgement(row, why, day_of(clock.now()))), str::to_owned);
        let told = Told {
            id: Some(row.id.clone()),
            state: row.state,
            at: Some(row.received_at),
            source: Some(row.source.clone()),
            before,
            parked_why: row.parked_why.clone(),
            part_of: row.part_of.clone(),
        };
        Self::new(key, place(row, before).unwrap_or(Place::Refused), written, told)
    }

    /// A file that never became an invoice.
    pub fn unread(key: Key, why: &Unreadable, clock: &dyn Clock) -> Self {
        let judged = validate::unread(why, "", String::new(), day_of(clock.now()));
        Self::new(key, Place::Refused, json_of(&judged.report), Told::default())
    }

    fn new(key: Key, place: Place, written: String, told: Told) -> Self {
        let report = serde_json::from_str(&written).unwrap_or_default();
        Self { key, place, report, written, told, letters: Letters::default() }
    }

    /// With what it is answered in EDIFACT.
    pub fn with(self, letters: Letters) -> Self {
        Self { letters, ..self }
    }

    pub fn letters(&self) -> &Letters {
        &self.letters
    }

    /// SHA-256 of the document, where it was read.
    pub fn sha256(&self) -> &str {
        self.report["sha256"].as_str().unwrap_or("")
    }

    pub fn id(&self) -> Option<&str> {
        self.told.id.as_deref()
    }

    /// `NAME.report.json`: the report, and in `received` which invoice it is.
    pub fn json(&self) -> String {
        let told = &self.told;
        let at = told.at.and_then(|at| jiff::Timestamp::from_millisecond(at).ok()).map(|at| format!("{at:.3}"));
        let mut received = json!({
            "id": told.id, "state": told.state, "at": at, "source": told.source, "before": told.before,
            "parked_why": told.parked_why,
        });
        if let Some(part_of) = &told.part_of {
            received["part_of"] = json!(part_of);
        }
        // One member more, and the order of the others stays.
        let open = self.written.trim_end().strip_suffix('}').unwrap_or("{\"schema\":\"facteur-report/1\"");
        format!("{open},\"received\":{received}}}\n")
    }

    /// `NAME.report.txt`, for persons; both languages where none is chosen.
    pub fn text(&self, name: &str, lang: Option<Lang>) -> String {
        match lang {
            Some(lang) => self.in_language(name, lang),
            None => format!("{}\n--\n\n{}", self.in_language(name, Lang::Fr), self.in_language(name, Lang::En)),
        }
    }

    fn in_language(&self, name: &str, lang: Lang) -> String {
        let mut out = String::new();
        for line in self.lines() {
            out += &visible(line.get(lang));
            out.push('\n');
        }
        if let Ok(mut report) = serde_json::from_value::<Report>(self.report.clone()) {
            report.file = name.to_owned();
            out.push('\n');
            out += &report::text(&report, lang);
        }
        out
    }

    fn lines(&self) -> Vec<Text> {
        let told = &self.told;
        let Some(id) = &told.id else {
            return vec![Text::new(
                "Ce fichier n'a pas pu être reçu ; facteur n'en garde rien. Corrigez, puis déposez-le à nouveau.",
                "This file could not be received; facteur keeps nothing of it. Mend it, then put it there again.",
            )];
        };
        let state = told.state.unwrap_or(State::Received);
        let mut lines = vec![Text::new(
            format!("Facture {id}, état : {}.", words::state(state.as_str(), Lang::Fr)),
            format!("Invoice {id}, state: {state}."),
        )];
        if told.before {
            let at = told.at.map(|at| day_of(at).to_string()).unwrap_or_default();
            let source = |lang| words::source(told.source.as_deref().unwrap_or("?"), lang);
            let (fr, en) = (source(Lang::Fr), source(Lang::En));
            lines.push(Text::new(
                format!("Les mêmes octets avaient déjà été reçus le {at} ({fr}) : rien n'est envoyé deux fois."),
                format!("The same bytes had been received on {at} ({en}): nothing is sent twice."),
            ));
        }
        if let Some(why) = &told.parked_why {
            let why = sentences::both(why);
            lines.push(Text::new(
                format!("Mise de côté jusqu'à ce que quelqu'un s'en occupe dans facteur : {}", why.fr),
                format!("Set aside until somebody sees to it in facteur: {}", why.en),
            ));
        }
        lines.push(match self.place {
            Place::Done => Text::new(
                "facteur s'en charge ; la suite est dans facteur (facteur status, facteur problems).",
                "facteur has it in charge; what follows is in facteur (facteur status, facteur problems).",
            ),
            Place::Refused => Text::new(
                "Elle ne part pas. Corrigez la facture, puis déposez la version corrigée dans le dossier.",
                "It does not leave. Correct the invoice, then put the corrected one into the folder.",
            ),
        });
        lines
    }
}

/// The report of a document that facteur failed to judge.
fn without_judgement(row: &InvoiceRow, why: &str, as_of: Day) -> Report {
    Report {
        schema: "facteur-report/1".to_owned(),
        tool: concat!("facteur ", env!("CARGO_PKG_VERSION")).to_owned(),
        file: row.id.clone(),
        sha256: row.sha256.clone(),
        as_of,
        verdict: Verdict::NotJudged,
        syntax: None,
        profile: None,
        invoice: None,
        message: None,
        packs: Vec::new(),
        findings: Vec::new(),
        waived: None,
        lowered: None,
        not_run: vec![NotRun {
            pack: "structure".to_owned(),
            reason: Text::new(format!("facteur n'a pas pu juger : {why}"), format!("facteur could not judge: {why}")),
        }],
    }
}

fn json_of(report: &Report) -> String {
    // Strings, numbers and lists alone: this cannot fail.
    serde_json::to_string(report).unwrap_or_default()
}
