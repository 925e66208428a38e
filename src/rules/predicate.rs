//! The predicate engine: one question about a term, asked once for each instance of a group.
//!
//! The catalogue rows of the official packs ask the same [`Check`]s of elements ([`super::engine`]); customer files ask them of
//! terms, here.

use crate::invoice::{Address, Group, Invoice, Occurrence, Place, Term};
use crate::limits;

pub use super::check::{Check, CodeList, Codes, Pattern};
pub use super::condition::{BadCondition, Condition};

/// One question about one or several terms.
#[derive(Debug, Clone)]
pub struct Predicate {
    /// The group asked of, once for each of its instances: `BG-25[*]`. `None` takes the groups named in the first subject,
    /// else the document.
    pub scope: Option<Address>,
    /// The term (or group) asked about. Several count together: a mention may stand in any of them.
    pub subjects: Vec<Address>,
    pub check: Check,
    /// Only where this is true, seen from the instance.
    pub when: Option<Condition>,
}

/// A failure: one for each instance where a presence is wrong, one for each value that is wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The value; where something is missing, the group in which it is missing.
    pub place: Option<Place>,
    /// Address of the value, or of the instance in which something is missing.
    pub address: Option<String>,
    /// The value as written, shortened; for counts, how many; `None` where nothing was found.
    pub found: Option<String>,
    pub expected: Option<String>,
    pub terms: Vec<Term>,
}

impl Predicate {
    /// A question about the term at `address`, such as `BT-13` or `BG-25[*]/BT-132`.
    pub fn new(address: &str, check: Check) -> Result<Self, String> {
        Ok(Self { scope: None, subjects: vec![Address::parse(address)?], check, when: None })
    }

    /// The same question under a condition.
    pub fn when(mut self, condition: Condition) -> Self {
        self.when = Some(condition);
        self
    }

    /// All failures, in document order of the instances. Values past `limits::FINDINGS_PER_RULE` are not listed.
    pub fn judge(&self, invoice: &Invoice<'_>) -> Vec<Hit> {
        let mut hits = Vec::new();
        match self.scope_address() {
            // `BG-24` alone is asked of the document; `BG-25[*]/BT-132` of each line.
            None => self.judge_in(invoice.document(), &mut hits),
            Some((groups, term)) => {
                for group in invoice.groups(term) {
                    let simple = matches!(groups, [(_, None)] | []);
                    if simple || group.is_within(groups) {
                        self.judge_in(group, &mut hits);
                    }
                }
            }
        }
        hits.truncate(limits::FINDINGS_PER_RULE);
        hits
    }

    /// The terms asked about.
    pub fn terms(&self) -> Vec<Term> {
        let mut terms: Vec<Term> = Vec::new();
        for subject in &self.subjects {
            let groups = subject.groups.last().map(|(term, _)| *term);
            terms.extend(groups.into_iter().chain([subject.term]).filter(|t| !terms.contains(t)).collect::<Vec<_>>());
        }
        terms
    }

    /// The groups that lead to an instance, and the group itself.
    fn scope_address(&self) -> Option<(Groups<'_>, Term)> {
        match &self.scope {
            Some(scope) => Some((&scope.groups, scope.term)),
            None => self
                .subjects
                .first()?
                .groups
                .split_last()
                .map(|((term, _), _)| (self.subjects[0].groups.as_slice(), *term)),
        }
    }

    fn judge_in(&self, scope: Group<'_>, hits: &mut Vec<Hit>) {
        if self.when.as_ref().is_some_and(|c| !c.holds(scope)) {
            return;
        }
        if self.check.is_presence() {
            let (mut count, mut last) = (0u32, None);
            for subject in &self.subjects {
                for seen in inside(scope, subject) {
                    if self.check.counts(seen.text()) {
                        count = count.saturating_add(1);
                        last = Some(seen);
                    }
                }
            }
            if !self.check.accepts_count(count) {
                hits.push(self.hit_of_presence(scope, count, last));
            }
            return;
        }
        for subject in &self.subjects {
            for seen in inside(scope, subject) {
                if let Seen::Value(o) = seen
                    && hits.len() < limits::FINDINGS_PER_RULE
                    && !o.trimmed().is_empty()
                    && !self.check.accepts(o.text())
                {
                    hits.push(self.hit_of_value(o));
                }
            }
        }
    }

    fn hit_of_presence(&self, scope: Group<'_>, count: u32, last: Option<Seen<'_>>) -> Hit {
        let (place, address) = match last {
            Some(Seen::Value(o)) => (Some(o.place()), Some(o.address())),
            Some(Seen::Group(g)) => (g.place().or_else(|| place_around(g)), None),
            None => (place_around(scope), None),
        };
        let found = match (&self.check, last) {
            (Check::Absent, Some(Seen::Value(o))) => Some(quote(o.trimmed())),
            (Check::Count { .. } | Check::Absent, _) => Some(count.to_string()),
            _ => None,
        };
        Hit { place, address, found, expected: self.check.expected(), terms: self.terms() }
    }

    fn hit_of_value(&self, o: Occurrence<'_>) -> Hit {
        Hit {
            place: Some(o.place()),
            address: Some(o.address()),
            found: Some(quote(o.trimmed())),
            expected: self.check.expected(),
            terms: vec![o.term()],
        }
    }
}

/// Groups that lead to an instance, outermost first, each with the position asked for.
type Groups<'p> = &'p [(Term, Option<u32>)];

/// What stands at an address: a value, or an instance of a group.
#[derive(Clone, Copy)]
enum Seen<'i> {
    Value(Occurrence<'i>),
    Group(Group<'i>),
}

impl<'i> Seen<'i> {
    /// A group that stands counts as text.
    fn text(self) -> &'i str {
        match self {
            Seen::Value(o) => o.text(),
            Seen::Group(_) => "+",
        }
    }
}

/// What an address means within an instance.
fn inside<'i>(scope: Group<'i>, address: &Address) -> Box<dyn Iterator<Item = Seen<'i>> + 'i> {
    let term = address.term;
    let nth = address.position.map(|n| n.saturating_sub(1) as usize);
    let (skip, take) = (nth.unwrap_or(0), if nth.is_some() { 1 } else { usize::MAX });
    // Groups between the instance and the term: BG-25 as scope, BG-25[*]/BG-27[*]/BT-136 as subject.
    let between: Vec<_> = address.groups.clone();
    let whole = scope.term();
    let narrower = between.iter().any(|(t, n)| Some(*t) != whole || n.is_some());
    if term.is_group() {
        let all = scope.groups(term).filter(move |g| !narrower || g.is_within(&between));
        return Box::new(all.skip(skip).take(take).map(Seen::Group));
    }
    let all = scope.all(term).filter(move |o| !narrower || o.group().is_within(&between));
    Box::new(all.skip(skip).take(take).map(Seen::Value))
}

/// The place of an instance, or of the nearest element around it.
fn place_around(group: Group<'_>) -> Option<Place> {
    std::iter::successors(Some(group), |g| g.parent()).find_map(Group::place)
}

/// A value as findings show it.
pub fn quote(text: &str) -> String {
    let mut out: String = text.chars().take(limits::QUOTED_CHARS).collect();
    if out.len() < text.len() {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats;

    const INVOICE: &str = r#"<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
 <cbc:ID>F-1</cbc:ID><cbc:IssueDate>2026-11-02</cbc:IssueDate><cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>
 <cbc:Note>#PMD#Penalties</cbc:Note><cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
 <cac:OrderReference><cbc:ID> 12a </cbc:ID></cac:OrderReference>
 <cac:LegalMonetaryTotal><cbc:PayableAmount currencyID="EUR">100.0</cbc:PayableAmount></cac:LegalMonetaryTotal>
 <cac:InvoiceLine><cbc:ID>1</cbc:ID><cac:OrderLineReference><cbc:LineID>7</cbc:LineID></cac:OrderLineReference></cac:InvoiceLine>
 <cac:InvoiceLine><cbc:ID>2</cbc:ID></cac:InvoiceLine>
 <cac:InvoiceLine><cbc:ID>3</cbc:ID><cac:OrderLineReference><cbc:LineID> </cbc:LineID></cac:OrderLineReference></cac:InvoiceLine>
</Invoice>"#;

    fn judge(address: &str, check: Check) -> Vec<Hit> {
        let read = formats::read(INVOICE.as_bytes()).unwrap();
        Predicate::new(address, check).unwrap().judge(&read.invoice)
    }

    fn line(hit: &Hit) -> u32 {
        match hit.place {
            Some(Place::Xml { line, .. }) => line,
            _ => 0,
        }
    }

    #[test]
    fn asks_once_for_each_instance_and_places_what_is_missing_in_it() {
        let hits = judge("BG-25[*]/BT-132", Check::NotBlank);
        assert_eq!(hits.iter().map(line).collect::<Vec<_>>(), [9, 10]);
        assert_eq!(judge("BG-25[*]/BT-132", Check::Exists).len(), 1);
        assert_eq!(judge("BG-25[3]/BT-132", Check::NotBlank).len(), 1);
        assert_eq!(judge("BG-25[1]/BT-132", Check::NotBlank).len(), 0);
        assert_eq!(judge("BT-132", Check::NotBlank).len(), 0);
        assert_eq!(judge("BT-10", Check::NotBlank)[0].expected, None);
        assert_eq!(line(&judge("BT-10", Check::NotBlank)[0]), 1);
    }

    #[test]
    fn judges_values_as_written_without_the_blanks_around_them() {
        let hits = judge("BT-13", Check::Pattern(Pattern::parse(r"^\d{10}$").unwrap()));
        assert_eq!((hits[0].found.as_deref(), line(&hits[0])), (Some("12a"), 6));
        assert!(judge("BT-13", Check::Length { min: 3, max: 3 }).is_empty());
        assert_eq!(judge("BT-13", Check::Number { min: None, max: None }).len(), 1);
        assert!(judge("BT-5", Check::OneOf(Codes::Own(vec!["EUR".into()]))).is_empty());
        assert_eq!(judge("BT-115", Check::Number { min: None, max: Some(99.into()) }).len(), 1);
        assert!(judge("BT-115", Check::Decimals { max: 1 }).is_empty());
        assert_eq!(judge("BG-25", Check::Count { min: 0, max: 2 })[0].found.as_deref(), Some("3"));
        assert_eq!(judge("BG-25", Check::Absent).len(), 1);
        assert!(judge("BG-24", Check::Absent).is_empty());
        assert_eq!(judge("BG-24", Check::Exists).len(), 1);
    }

    #[test]
    fn conditions_are_seen_from_the_instance() {
        let read = formats::read(INVOICE.as_bytes()).unwrap();
        let hits = |when: &str| {
            let rule = Predicate::new("BG-25[*]/BT-132", Check::NotBlank).unwrap();
            rule.when(Condition::parse(when).unwrap()).judge(&read.invoice).len()
        };
        for (when, expected) in [
            ("BT-126 = 2", 1),
            ("BT-126 in (2, 3)", 2),
            ("BT-126 not in (2, 3)", 0),
            ("BT-3 = 380 and (BT-5 != \"EUR\" or not BG-24)", 2),
            ("BT-5 != EUR", 0),
            ("BT-10 != x", 2),
            ("BT-115 = 100 et BT-2 > 2026-11-01", 2),
            ("BT-115 > 100 or BT-2 >= 2026-11-03", 0),
            ("non (BT-5 dans (EUR, USD))", 0),
            ("BT-21 = PMD", 2),
        ] {
            assert_eq!(hits(when), expected, "{when}");
        }
    }
}
