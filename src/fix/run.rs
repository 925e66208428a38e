//! The corrections of one document: each looked for, tried, judged, guarded; kept or left.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use crate::formats::{self, Mend, Moves, Read, Unreadable};
use crate::invoice::Place;
use crate::limits;
use crate::rules::Finding;
use crate::text::Text;
use crate::xml::{self, NodeId};

use super::guard::{self, Change};
use super::look::{Asked, Candidate, Found, Reason, Scene};
use super::table::{Correction, corrections};
use super::{codes, frame, mention, notes, rate, scheme, seal, treatment};

/// What judging says of a document.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    pub findings: Vec<Finding>,
    /// Ids of the packs that ran.
    pub packs: Vec<String>,
    /// Packs that did not run, or not whole.
    pub not_run: Vec<String>,
}

/// Judges the bytes of a document, the same way each time.
pub type Judge<'j> = &'j dyn Fn(&[u8]) -> Standing;

/// A document with its corrections made.
#[derive(Debug)]
pub struct Fixed {
    /// The corrected document, in the encoding of the one given.
    pub bytes: Vec<u8>,
    /// In the order in which they were made.
    pub applied: Vec<Applied>,
    /// What would need correcting and is left.
    pub left: Vec<Left>,
    pub before: Standing,
    pub after: Standing,
    /// It bears a signature, which a change would break: nothing of this may be written.
    pub sealed: bool,
}

/// A correction that was made.
#[derive(Debug)]
pub struct Applied {
    pub correction: &'static Correction,
    /// With the place of each in the document given.
    pub changes: Vec<(Change, Place)>,
    /// Rules whose findings go with it, and how many.
    pub gone: BTreeMap<String, usize>,
}

/// What is left as it is.
#[derive(Debug)]
pub struct Left {
    pub correction: &'static Correction,
    pub term: &'static str,
    /// In the document given; none where it is the document as a whole.
    pub place: Option<Place>,
    pub why: Text,
}

/// Why a document has no corrections to propose.
#[derive(Debug)]
pub enum Trouble {
    Unreadable(Unreadable),
    /// A correction changed what it may not: facteur's own mistake, and nothing of it leaves.
    Fault(String),
}

/// Looks for corrections, and makes in a copy those that the guard and the rules allow.
///
/// # Errors
/// The document cannot be read, or facteur made a mistake.
pub fn fix(bytes: &[u8], asked: &Asked, judge: Judge<'_>) -> Result<Fixed, Trouble> {
    if let Some(looks_like) = formats::edi_name(bytes) {
        return Err(Trouble::Unreadable(Unreadable::NotXml { looks_like }));
    }
    let original = formats::read(bytes).map_err(Trouble::Unreadable)?;
    let source = original.invoice.tree().source();
    if xml::encode_as(bytes, source).as_deref() != Some(bytes) {
        return Err(Trouble::Fault("the encoding is not written as it was read".to_owned()));
    }
    let before = judge(bytes);
    let mut run = Run {
        bytes,
        original: &original,
        asked,
        judge,
        text: source.to_owned(),
        made: Vec::new(),
        standing: before.clone(),
        before,
        applied: Vec::new(),
        left: Vec::new(),
        may_read: limits::FIXES_TRIED_BYTES.max(source.len().saturating_mul(4 * corrections().len())),
    };
    // One correction may make way for another that was tried before it: again, until a round changes nothing.
    for _ in corrections() {
        let made = run.made.len();
        run.left.clear();
        run.round()?;
        if run.made.len() == made {
            break;
        }
    }
    run.end()
}

struct Run<'r> {
    bytes: &'r [u8],
    original: &'r Read<'r>,
    asked: &'r Asked,
    judge: Judge<'r>,
    /// As it stands.
    text: String,
    /// Every set of changes made so far, in order.
    made: Vec<Moves>,
    before: Standing,
    standing: Standing,
    applied: Vec<Applied>,
    left: Vec<Left>,
    /// Bytes that trials may still read.
    may_read: usize,
}

/// A set of changes that is in order.
struct Good {
    mends: Vec<Mend>,
    text: String,
    changes: Vec<Change>,
    standing: Standing,
}

/// Why a set of changes is not made.
enum Bad {
    Touching,
    Encoding,
    /// Rules that would speak, by their id.
    Adds(Vec<String>),
    Judged(String),
    Unneeded,
    TooLarge,
    Fault(String),
}

impl Run<'_> {
    /// Every correction, once.
    fn round(&mut self) -> Result<(), Trouble> {
        let asked = self.asked;
        let mut rest = corrections().iter().filter(|c| asked.wants(&c.id)).peekable();
        // Read anew only where the text has changed.
        while rest.peek().is_some() {
            let text = self.text.clone();
            let read = formats::read_text(Cow::Borrowed(&text)).map_err(|why| Trouble::Fault(why.rule().to_owned()))?;
            let made = self.made.len();
            while self.made.len() == made
                && let Some(correction) = rest.next()
            {
                self.take(correction, &read)?;
            }
        }
        Ok(())
    }

    fn take(&mut self, correction: &'static Correction, read: &Read<'_>) -> Result<(), Trouble> {
        let french = self.standing.packs.iter().any(|pack| pack == "fr" || pack.starts_with("fr-"));
        if correction.french && !french {
            let is_asked = match correction.id.as_str() {
                "FIX-TREATMENT" => self.asked.treatment.is_some(),
                "FIX-FRAME" => self.asked.frame.is_some(),
                _ => false,
            };
            if is_asked {
                let why = Text::new(
                    "les règles françaises ne jugent pas cette facture, et elles seules le demandent",
                    "the French rules do not judge this invoice, and they alone ask for it",
                );
                let term = correction.terms.last().map_or("", |term| term.id());
                self.left.push(Left { correction, term, place: None, why });
            }
            return Ok(());
        }
        let (mut candidates, mut reasons) = (Vec::new(), Vec::new());
        for found in look(correction, &Scene { read, asked: self.asked }) {
            match found {
                Found::Change(candidate) => candidates.push(candidate),
                Found::Left(reason) => reasons.push(reason),
            }
        }
        // What no rule refuses and nobody asked for needs no word either.
        let needed = |run: &Run<'_>| {
            let refuses = |f: &Finding| correction.rules.contains(&f.group);
            correction.asked.is_some() || correction.beyond && french || run.standing.findings.iter().any(refuses)
        };
        if needed(self) {
            for reason in reasons {
                self.leave(correction, read, reason);
            }
        }
        if candidates.is_empty() {
            return Ok(());
        }
        let unrefused = correction.asked.is_some() || correction.beyond && french;
        let whole = self.attempt(correction, read, &candidates, unrefused);
        match whole {
            // Of a few, each must be needed by itself; of many, that is told by all.
            Ok(good) if unrefused || candidates.len() == 1 || candidates.len() > limits::FIXES_TRIED => {
                self.keep(correction, good);
            }
            Err(Bad::Fault(what)) => return Err(Trouble::Fault(format!("{}: {what}", correction.id))),
            Err(bad) if candidates.len() == 1 => self.leave_all(correction, read, &candidates, &bad),
            _ => self.in_parts(correction, read, &candidates, unrefused)?,
        }
        Ok(())
    }

    /// Where not all together are in order: a few one by one, many by halves, each with those that are in order already.
    fn in_parts(
        &mut self,
        correction: &'static Correction,
        read: &Read<'_>,
        candidates: &[Candidate],
        unrefused: bool,
    ) -> Result<(), Trouble> {
        let few = candidates.len() <= limits::FIXES_TRIED;
        let mut rest: Vec<&[Candidate]> =
            candidates.chunks(if few { 1 } else { candidates.len().div_ceil(2) }).collect();
        rest.reverse();
        let mut trials = 2 * limits::FIXES_TRIED;
        let mut kept: Vec<Candidate> = Vec::new();
        let mut good: Option<Good> = None;
        while let Some(part) = rest.pop() {
            let count = good.as_ref().map_or(self.standing.findings.len(), |good| good.standing.findings.len());
            let before = kept.len();
            kept.extend_from_slice(part);
            trials = trials.saturating_sub(1);
            let bad = match self.attempt(correction, read, &kept, unrefused) {
                Ok(better) if unrefused || better.standing.findings.len() < count => {
                    good = Some(better);
                    continue;
                }
                Ok(_) => Bad::Unneeded,
                Err(Bad::Fault(what)) => return Err(Trouble::Fault(format!("{}: {what}", correction.id))),
                Err(bad) => bad,
            };
            kept.truncate(before);
            if part.len() > 1 && trials > 0 && !matches!(bad, Bad::Unneeded) {
                let (one, two) = part.split_at(part.len() / 2);
                rest.extend([two, one]);
            } else {
                self.leave_all(correction, read, part, &bad);
            }
        }
        if let Some(good) = good {
            self.keep(correction, good);
        }
        Ok(())
    }

    /// Makes changes in a copy, and asks guard and rules.
    fn attempt(
        &mut self,
        correction: &Correction,
        read: &Read<'_>,
        candidates: &[Candidate],
        unrefused: bool,
    ) -> Result<Good, Bad> {
        self.may_read = self.may_read.checked_sub(self.text.len()).ok_or(Bad::TooLarge)?;
        let mends: Vec<Mend> = candidates.iter().flat_map(|c| c.mends.clone()).collect();
        let text = Mend::apply(&self.text, &mends).ok_or(Bad::Touching)?;
        let bytes = xml::encode_as(self.bytes, &text).ok_or(Bad::Encoding)?;
        let after = formats::read(&bytes).map_err(|why| Bad::Fault(why.rule().to_owned()))?;
        let mut changes = guard::changes(&read.invoice, &after.invoice);
        if let Some(breach) = guard::breach(correction, read, &after, &changes) {
            return Err(Bad::Fault(breach));
        }
        changes.extend(candidates.iter().filter_map(|c| c.beside.clone()));
        let standing = (self.judge)(&bytes);
        let put_in: Vec<&str> = candidates.iter().filter_map(|c| c.puts_in).collect();
        let added = added(&self.standing, &standing, &put_in);
        if !added.is_empty() {
            return Err(Bad::Adds(added));
        }
        if let Some(pack) = self.standing.packs.iter().find(|pack| !standing.packs.contains(pack)) {
            return Err(Bad::Judged(pack.clone()));
        }
        if let Some(pack) = standing.not_run.iter().find(|pack| !self.standing.not_run.contains(pack)) {
            return Err(Bad::Judged(pack.clone()));
        }
        if !unrefused && standing.findings.len() >= self.standing.findings.len() {
            return Err(Bad::Unneeded);
        }
        Ok(Good { mends, text, changes, standing })
    }

    fn keep(&mut self, correction: &'static Correction, good: Good) {
        let Good { mends, text, changes, standing } = good;
        self.made.push(Moves::of(&mends));
        let gone = gone(&self.standing.findings, &standing.findings);
        let changes = changes.into_iter().map(|change| {
            // What stands in the text after is found again through the changes just made too.
            let skipped = usize::from(change.after.is_none() || change.term.is_none());
            let place = self.place(change.at, self.made.len() - skipped);
            (change, place)
        });
        let changes = changes.collect();
        self.applied.push(Applied { correction, changes, gone });
        (self.text, self.standing) = (text, standing);
    }

    fn leave(&mut self, correction: &'static Correction, read: &Read<'_>, reason: Reason) {
        let at = |node: NodeId| read.invoice.tree().node(node).at as usize;
        let place = reason.node.map(|node| self.place(at(node), self.made.len()));
        self.left.push(Left { correction, term: reason.term.id(), place, why: reason.why });
    }

    fn leave_all(&mut self, correction: &'static Correction, read: &Read<'_>, candidates: &[Candidate], bad: &Bad) {
        // A value that nobody refuses as it is.
        if matches!(bad, Bad::Unneeded) {
            return;
        }
        let (mut why, count) = (bad.told(candidates.len()), candidates.len());
        if count > 1 {
            why.fr += &format!(" ({count} endroits, dont voici le premier)");
            why.en += &format!(" ({count} places, of which this is the first)");
        }
        if let Some(Candidate { term, node, .. }) = candidates.first() {
            self.leave(correction, read, Reason { term: *term, node: Some(*node), why });
        }
    }

    /// The place, in the document given, of an offset in the text after so many sets of changes.
    fn place(&self, at: usize, sets: usize) -> Place {
        let first = self.made.iter().take(sets).rev().fold(at, |at, moves| moves.back(at));
        let tree = self.original.invoice.tree();
        let offset = u32::try_from(first).unwrap_or(u32::MAX);
        // The last element that starts there or before: what is put in behind it is told with it.
        let last = tree.nodes().partition_point(|node| node.at <= offset).saturating_sub(1);
        let (line, column) = tree.line_column(offset);
        Place::Xml { line, column, path: tree.path(last as NodeId), attachment: None }
    }

    /// All together once more: what left this room is what its corrections name, and nothing else.
    fn end(self) -> Result<Fixed, Trouble> {
        let bytes = xml::encode_as(self.bytes, &self.text).unwrap_or_else(|| self.bytes.to_vec());
        if !self.applied.is_empty() {
            let after = formats::read(&bytes).map_err(|why| Trouble::Fault(why.rule().to_owned()))?;
            let all = guard::changes(&self.original.invoice, &after.invoice);
            let named = |change: &Change| {
                change.term.is_some_and(|term| self.applied.iter().any(|a| a.correction.terms.contains(&term)))
            };
            if let Some(other) = all.iter().find(|change| !named(change)) {
                return Err(Trouble::Fault(other.address.clone()));
            }
            let added = added(&self.before, &self.standing, &["Note", "IncludedNote"]);
            if let Some(rule) = added.first() {
                return Err(Trouble::Fault(rule.clone()));
            }
        }
        Ok(Fixed {
            bytes,
            applied: self.applied,
            left: self.left,
            before: self.before,
            after: self.standing,
            sealed: seal::is_sealed(self.original.invoice.tree()),
        })
    }
}

fn look(correction: &Correction, scene: &Scene<'_>) -> Vec<Found> {
    match correction.id.as_str() {
        "FIX-CODE" => codes::codes(scene),
        "FIX-PROFILE" => codes::profile(scene),
        "FIX-DATE-FORMAT" => codes::date_format(scene),
        "FIX-TAX-POINT" => codes::tax_point(scene),
        "FIX-RATE" => rate::rates(scene),
        "FIX-SCHEME" => scheme::schemes(scene),
        "FIX-NOTE-CODE" => notes::codes(scene),
        "FIX-MENTION" => mention::mentions(scene),
        "FIX-FRAME" => frame::frame(scene),
        "FIX-TREATMENT" => treatment::note(scene),
        _ => Vec::new(),
    }
}

/// A finding as it is told from others in judgements of nearly the same text: what was put in is counted in paths, and is left out.
fn key(finding: &Finding, put_in: &[&str]) -> (String, String) {
    let path = match &finding.place {
        Some(Place::Xml { path, .. }) => path.as_str(),
        _ => "",
    };
    let step = |step: &str| {
        let bare = step.split_once('[').map_or(step, |(name, _)| name);
        let local = bare.rsplit(':').next().unwrap_or(bare);
        if put_in.contains(&local) { bare.to_owned() } else { step.to_owned() }
    };
    let path = path.split('/').map(step).collect::<Vec<_>>().join("/");
    (finding.rule.clone(), path)
}

/// Rules that speak now, there or more often than before.
fn added(before: &Standing, after: &Standing, put_in: &[&str]) -> Vec<String> {
    let mut left: HashMap<(String, String), usize> = HashMap::new();
    for finding in &before.findings {
        *left.entry(key(finding, put_in)).or_default() += 1;
    }
    let mut added = Vec::new();
    for finding in &after.findings {
        match left.get_mut(&key(finding, put_in)).filter(|n| **n > 0) {
            Some(n) => *n -= 1,
            None if !added.contains(&finding.rule) => added.push(finding.rule.clone()),
            None => {}
        }
    }
    added
}

fn gone(before: &[Finding], after: &[Finding]) -> BTreeMap<String, usize> {
    let mut gone: BTreeMap<String, usize> = BTreeMap::new();
    for finding in before {
        *gone.entry(finding.rule.clone()).or_default() += 1;
    }
    for finding in after {
        if let Some(n) = gone.get_mut(&finding.rule) {
            *n = n.saturating_sub(1);
        }
    }
    gone.retain(|_, n| *n > 0);
    gone
}

impl Bad {
    fn told(&self, count: usize) -> Text {
        match self {
            Bad::Touching => Text::new(
                "deux corrections porteraient sur le même endroit : à faire à la main",
                "two corrections would touch the same place: make them by hand",
            ),
            Bad::Encoding => Text::new(
                "l'encodage du document n'a pas ces caractères",
                "the encoding of the document does not have these characters",
            ),
            Bad::Adds(rules) => {
                let rules = rules.join(", ");
                Text::new(
                    format!("corriger ferait parler {rules} : mettre d'abord cela en ordre"),
                    format!("correcting this would bring up {rules}: put that in order first"),
                )
            }
            Bad::Judged(pack) => Text::new(
                format!("corriger changerait les règles qui jugent la facture ({pack}) : à l'émetteur de le vouloir"),
                format!(
                    "correcting this would change the rules that judge the invoice ({pack}): the issuer has to want it"
                ),
            ),
            Bad::TooLarge => Text::new(
                format!("le document est trop grand pour que {count} corrections y soient essayées"),
                format!("the document is too large for {count} corrections to be tried in it"),
            ),
            Bad::Unneeded | Bad::Fault(_) => Text::new("rien ne le demande", "nothing asks for it"),
        }
    }
}
