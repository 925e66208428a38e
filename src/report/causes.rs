//! Findings that share a cause: shown together, the cause first.
//!
//! [`Finding::follows`] says which finding another one comes from. Here the chains become groups, and a group becomes a sentence:
//! what to mend, and what goes with it. Nothing is hidden: a finding that follows keeps its severity and counts in the verdict.

use crate::invoice::Term;
use crate::rules::Finding;
use crate::text::{Lang, Text};

/// A finding, and those that go with it once it is mended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Position of the finding that follows no other.
    pub root: usize,
    /// Positions of those that follow it, directly or through another of them, in their order.
    pub followers: Vec<usize>,
}

/// All findings as groups, in the order of their roots; each finding stands in exactly one. A link that leads nowhere or round in
/// a circle counts for none.
pub fn groups(findings: &[Finding]) -> Vec<Group> {
    let roots: Vec<usize> = (0..findings.len()).map(|at| root(findings, at)).collect();
    let mut of = vec![0; findings.len()];
    let mut groups: Vec<Group> = Vec::new();
    for (at, _) in roots.iter().enumerate().filter(|(at, root)| at == *root) {
        of[at] = groups.len();
        groups.push(Group { root: at, followers: Vec::new() });
    }
    for (at, root) in roots.iter().enumerate().filter(|(at, root)| at != *root) {
        groups[of[*root]].followers.push(at);
    }
    groups
}

/// The finding at the start of a chain.
fn root(findings: &[Finding], at: usize) -> usize {
    let mut here = at;
    // No chain without a circle is longer than there are findings.
    for _ in 0..findings.len() {
        match findings[here].follows.filter(|before| *before < findings.len() && *before != here) {
            Some(before) => here = before,
            None => return here,
        }
    }
    at
}

impl Group {
    /// What the cause takes with it: "Invoice total VAT amount (BT-110) is wrong, which also breaks BR-CO-15." None where nothing
    /// follows.
    pub fn sentence(&self, findings: &[Finding]) -> Option<Text> {
        let root = findings.get(self.root)?;
        let rules = rules(self.followers.iter().filter_map(|at| findings.get(*at)));
        if rules.is_empty() {
            return None;
        }
        let (fr, en) = (listed(&rules, Lang::Fr), listed(&rules, Lang::En));
        if root.rule == "FCT-XSD-ATTRIBUTE-MISSING" {
            let name = root.expected.as_deref().unwrap_or_default().trim_start_matches('@');
            return Some(Text::new(
                format!("L'attribut {name} manque, ce qui fait aussi échouer {fr}."),
                format!("The attribute {name} is missing, which also breaks {en}."),
            ));
        }
        let (what, missing) = subject(root);
        if what.is_empty() || !missing && !advises(root, what[0]) {
            return Some(Text::new(
                format!("Cette erreur ({}) fait aussi échouer {fr}.", root.rule),
                format!("This error ({}) also breaks {en}.", root.rule),
            ));
        }
        let currency = root.group == "BR-CL-03";
        let (ill_fr, ill_en) = match (missing, root.rule.as_str()) {
            (true, _) => ("manque", "is missing"),
            (false, "FCT-XSD-REPEATED") => ("est répété", "is repeated"),
            (false, _) => ("est à corriger", "is wrong"),
        };
        let named = |lang: Lang, or: &str| what.iter().map(|t| t.called(lang)).collect::<Vec<_>>().join(or);
        if currency {
            return Some(Text::new(
                format!("La devise de {} {ill_fr}, ce qui fait aussi échouer {fr}.", named(Lang::Fr, " ou ")),
                format!("The currency of {} {ill_en}, which also breaks {en}.", named(Lang::En, " or ")),
            ));
        }
        Some(Text::new(
            format!("{} {ill_fr}, ce qui fait aussi échouer {fr}.", named(Lang::Fr, " ou ")),
            format!("{} {ill_en}, which also breaks {en}.", named(Lang::En, " or ")),
        ))
    }
}

/// What a finding is about, and whether it is missing: the terms that it says are missing, else the term of its element. Nothing
/// where what is missing is no term.
fn subject(finding: &Finding) -> (Vec<Term>, bool) {
    let expected = finding.expected.as_deref().unwrap_or_default();
    let missing: Option<Vec<Term>> = expected.split([',', '|']).map(|id| Term::parse(id.trim())).collect();
    let nothing = finding.found.is_none();
    match missing.filter(|_| nothing) {
        Some(missing) => (missing, true),
        None if nothing && finding.working.is_none() && !finding.rule.starts_with("FCT-XSD-") => (Vec::new(), true),
        None => {
            let term = finding.terms.iter().filter_map(|id| Term::parse(id)).find(|t| !t.is_group());
            let term = term.or_else(|| finding.terms.iter().find_map(|id| Term::parse(id)));
            (term.into_iter().collect(), nothing)
        }
    }
}

/// Does the advice of a finding begin with this term? Advice that names none is about the element of the finding, as far as that is
/// a value or stands too often; a fault of any other kind is not said to be one of the term.
fn advises(finding: &Finding, term: Term) -> bool {
    if finding.rule.starts_with("FCT-XSD-") {
        return matches!(finding.rule.as_str(), "FCT-XSD-VALUE" | "FCT-XSD-REPEATED");
    }
    // `≤ 1`: so many may stand, and the value itself is not what is wrong.
    let count = finding.expected.as_deref().and_then(|e| e.strip_prefix("≤ ")).map(str::trim);
    if count.is_some_and(|most| most.bytes().all(|b| b.is_ascii_digit())) {
        return false;
    }
    let mut words = finding.fix.en.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    let first = words.find(|word| word.starts_with("BT-") || word.starts_with("BG-"));
    first.is_none_or(|id| id == term.id())
}

/// The rules of some findings, each once, with how often it stands there.
fn rules<'f>(findings: impl Iterator<Item = &'f Finding>) -> Vec<(&'f str, usize)> {
    let mut rules: Vec<(&str, usize)> = Vec::new();
    for finding in findings {
        match rules.iter_mut().find(|(rule, _)| *rule == finding.rule) {
            Some((_, count)) => *count += 1,
            None => rules.push((&finding.rule, 1)),
        }
    }
    rules
}

/// `BR-CO-15, BR-CO-16 (2 times) and BR-S-08`, and how many more rules after the first few.
fn listed(rules: &[(&str, usize)], lang: Lang) -> String {
    const SHOWN: usize = 8;
    let pick = |fr: &'static str, en: &'static str| if lang == Lang::Fr { fr } else { en };
    let mut names: Vec<String> = rules
        .iter()
        .take(if rules.len() > SHOWN + 1 { SHOWN } else { rules.len() })
        .map(|(rule, count)| match count {
            1 => (*rule).to_owned(),
            _ => format!("{rule} ({count} {})", pick("fois", "times")),
        })
        .collect();
    if names.len() < rules.len() {
        let more = rules.len() - names.len();
        names.push(match lang {
            Lang::Fr => format!("{more} autre{0} règle{0}", lang.s(more)),
            Lang::En => format!("{more} more rule{}", lang.s(more)),
        });
    }
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} {} {last}", before.join(", "), pick("et", "and")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(follows: &[Option<usize>]) -> Vec<Finding> {
        let rules = ["BR-CO-14", "BR-CO-15", "BR-CO-16", "BR-S-08"];
        let one = |(at, follows): (usize, &Option<usize>)| Finding {
            rule: rules[at % rules.len()].to_owned(),
            terms: vec!["BT-110".to_owned()],
            fix: Text::new("Écrire 2.00 dans BT-110.", "Write 2.00 in BT-110."),
            found: Some("1.00".to_owned()),
            follows: *follows,
            ..Finding::default()
        };
        follows.iter().enumerate().map(one).collect()
    }

    #[test]
    fn chains_become_groups_in_the_order_of_their_roots() {
        let findings = chain(&[Some(2), None, Some(3), None, Some(1)]);
        let told = groups(&findings);
        assert_eq!(
            told,
            [Group { root: 1, followers: vec![4] }, Group { root: 3, followers: vec![0, 2] }],
            "each finding stands once"
        );
        assert!(groups(&[]).is_empty());
    }

    #[test]
    fn links_that_lead_nowhere_or_round_in_a_circle_count_for_none() {
        let all = |follows: &[Option<usize>]| -> Vec<usize> {
            let mut seen: Vec<usize> = Vec::new();
            for group in groups(&chain(follows)) {
                seen.push(group.root);
                seen.extend(group.followers);
            }
            seen.sort_unstable();
            seen
        };
        assert_eq!(all(&[Some(7), Some(1), Some(0)]), [0, 1, 2]);
        assert_eq!(all(&[Some(1), Some(2), Some(0), Some(2)]), [0, 1, 2, 3]);
    }

    #[test]
    fn a_group_says_what_goes_with_its_cause() {
        let findings = chain(&[None, Some(0), Some(1), None, Some(0), Some(0)]);
        let groups = groups(&findings);
        let said = groups[0].sentence(&findings).unwrap();
        assert_eq!(
            said.en,
            "Invoice total VAT amount (BT-110) is wrong, which also breaks BR-CO-15 (2 times), BR-CO-16 and BR-CO-14."
        );
        assert!(
            said.fr.starts_with("BT-110 (") && said.fr.ends_with("BR-CO-15 (2 fois), BR-CO-16 et BR-CO-14."),
            "{}",
            said.fr
        );
        assert_eq!(groups[1].sentence(&findings), None);
    }

    #[test]
    fn a_sentence_speaks_of_what_the_advice_speaks_of() {
        let said = |root: Finding| {
            let second = Finding { rule: "BR-CO-15".to_owned(), follows: Some(0), ..Finding::default() };
            let findings = [root, second];
            groups(&findings)[0].sentence(&findings).unwrap().en
        };
        let root = |rule: &str, term: &str, fix: &str| Finding {
            rule: rule.to_owned(),
            group: rule.to_owned(),
            terms: vec![term.to_owned()],
            found: Some("x".to_owned()),
            fix: Text::new(fix, fix),
            ..Finding::default()
        };
        assert_eq!(
            said(root("BR-CL-03", "BT-110", "Write a code.")),
            "The currency of Invoice total VAT amount (BT-110) is wrong, which also breaks BR-CO-15."
        );
        assert_eq!(said(root("BR-E-01", "BT-118", "Correct BT-151.")), "This error (BR-E-01) also breaks BR-CO-15.");
        assert_eq!(
            said(root("FCT-XSD-REPEATED", "BT-115", "Keep one.")),
            "Amount due for payment (BT-115) is repeated, which also breaks BR-CO-15."
        );
        assert_eq!(said(root("FCT-XSD-UNKNOWN", "BT-115", "")), "This error (FCT-XSD-UNKNOWN) also breaks BR-CO-15.");
    }
}
