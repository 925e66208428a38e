//! Which finding comes from which: [`Finding::follows`].
//!
//! Two things prove a link, and nothing else makes one. Either both findings are about the same element or attribute: what is
//! missing for the structure is missing for the rule too. Or it was tried: the value that puts the first right was written into
//! the document, all was judged again, and the second was gone. Every finding points at the one that started it, so that whoever
//! mends that one is rid of those that follow it. Trials are bounded; what was not tried stands by itself.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use crate::decimal;
use crate::formats::{self, Edit, Read, element};
use crate::invoice::{Place, Term, bt};
use crate::limits;
use crate::rules::{About, Aim, Finding};
use crate::text::trim;
use crate::xml::{Name, NodeId};

use super::spaces::Foreign;
use super::{proven, suspects};

/// Judges a changed text: all findings, or none where it can no longer be judged as the document was.
pub type Again<'a> = &'a dyn Fn(&str) -> Option<Vec<Finding>>;

/// Links the findings of a document, of which those before `judged` come out again where the document is judged again.
pub fn link(read: &Read<'_>, findings: &mut [Finding], judged: usize, again: Again<'_>) {
    if findings.len() > 1 {
        same_element(read, findings);
        absent_around(read, findings);
        computed_with(read, findings);
        adopt(findings);
    }
    let told = suspects::look(read, findings, judged, again);
    if findings.len() > 1 {
        tried(read, findings, judged, again);
        to_the_root(findings);
    }
    proven::examples(read, findings, judged, &told, again);
    findings.iter_mut().for_each(|finding| finding.aim = None);
}

/// Every finding points at the one that started it: a cause that follows another hands on its own.
fn to_the_root(findings: &mut [Finding]) {
    for at in 0..findings.len() {
        let next = |at: usize| findings.get(at).and_then(|finding| finding.follows);
        let mut up = next(at);
        // One that goes half as fast is met again where all of them only lead back to themselves: they have no root.
        let (mut behind, mut step) = (Some(at), false);
        while let Some(cause) = up.filter(|cause| next(*cause).is_some()) {
            up = next(cause).filter(|_| up != behind);
            behind = if step { behind.and_then(next) } else { behind };
            step = !step;
        }
        findings[at].follows = up;
    }
}

/// Findings about one element or attribute, or about the same child that is missing there: one value mends all of them.
fn same_element(read: &Read<'_>, findings: &mut [Finding]) {
    type Key = (NodeId, Option<Name>, Option<Name>, About);
    let mut structure: HashMap<Key, usize> = HashMap::new();
    let mut asked: HashMap<(Key, String, Option<String>), usize> = HashMap::new();
    let mut absent: HashMap<(NodeId, Option<Name>, Option<String>), usize> = HashMap::new();
    let tree = read.invoice.tree();
    let empty = |node| {
        let holds = tree.has_children(node) || formats::holds_elements(tree, node);
        !holds && tree.text_of(node).trim().is_empty()
    };
    for at in 0..findings.len() {
        let finding = &findings[at];
        let Some(aim) = finding.aim.as_ref() else { continue };
        let key = (aim.node, aim.attribute, aim.child, aim.about);
        let before = if is_structure(finding) {
            // A misspelt attribute is also the one that is missing.
            let misspelt = structure.get(&key).copied().filter(|told| findings[*told].rule == "FCT-XSD-ATTRIBUTE");
            if speaks_for_the_value(finding) {
                structure.entry(key).or_insert(at);
            }
            misspelt.filter(|_| finding.rule == "FCT-XSD-ATTRIBUTE-MISSING")
        } else {
            let told = structure.get(&key).copied();
            // Without the structure: the same question about the same value, asked under another id.
            told.or_else(|| {
                let expected = finding.expected.clone()?;
                let first = *asked.entry((key, expected, finding.found.clone())).or_insert(at);
                (first != at).then_some(first)
            })
        };
        // The same child that is missing, or the same element that holds nothing: whatever is asked of it, one value is missing.
        let nothing = match aim.child {
            Some(_) => aim.about == About::Missing,
            None => empty(aim.node) && !matches!(aim.about, About::Banned | About::TooMany),
        };
        let before = before.or_else(|| {
            let speaks = !is_structure(finding) || speaks_for_the_value(finding);
            let none = nothing && speaks && aim.attribute.is_none() && finding.found.is_none();
            let which = aim.child.filter(|child| none && may_repeat(read, aim.node, *child));
            let which = which.and_then(|_| finding.expected.clone());
            let first = none.then(|| *absent.entry((aim.node, aim.child, which)).or_insert(at))?;
            (first != at && !is_structure(finding)).then_some(first)
        });
        if let Some(before) = before.filter(|before| findings[*before].severity >= findings[at].severity) {
            findings[at].follows = Some(before);
        }
    }
}

/// Do two findings miss a child each, of those that may stand several times? A note of one subject code is not that of another.
fn of_several(read: &Read<'_>, one: &Finding, other: &Finding) -> bool {
    let child = |finding: &Finding| finding.aim.as_ref().and_then(|aim| Some((aim.node, aim.child?)));
    let told = !is_structure(one) && !is_structure(other) && one.expected != other.expected;
    told && child(one) == child(other) && child(one).is_some_and(|(node, name)| may_repeat(read, node, name))
}

/// May an element hold several children of a name?
fn may_repeat(read: &Read<'_>, node: NodeId, child: Name) -> bool {
    let tree = read.invoice.tree();
    let path = format!("{}/{}", formats::plain(&tree.path(node)), tree.qualified(child));
    let steps: Vec<&str> = path.split('/').skip(2).collect();
    let place = formats::place(read.invoice.syntax(), &steps);
    place.and_then(|place| place.children.get(place.at).map(|child| child.most)).is_some_and(|most| most != Some(1))
}

fn is_structure(finding: &Finding) -> bool {
    finding.rule.starts_with("FCT-XSD-")
}

/// Does mending this fault mean that the element or attribute gets its right value, or goes?
fn speaks_for_the_value(finding: &Finding) -> bool {
    // Of several, any one may be the one that goes: that is tried instead.
    !matches!(
        finding.rule.as_str(),
        "FCT-XSD-ORDER" | "FCT-XSD-TEXT" | "FCT-XSD-MORE" | "FCT-XSD-D16B" | "FCT-XSD-REPEATED"
    )
}

/// What is missing together with the element that should hold it.
fn absent_around(read: &Read<'_>, findings: &mut [Finding]) {
    let tree = read.invoice.tree();
    // The elements that are missing, as plain paths with the instance they are missing in.
    let mut missing: Vec<(usize, NodeId, String)> = Vec::new();
    for (at, finding) in findings.iter().enumerate() {
        if let Some(Aim { node, child: Some(name), .. }) = finding.aim {
            missing.push((at, node, format!("{}/{}", formats::plain(&tree.path(node)), tree.qualified(name))));
        } else if let Some(Aim { node, attribute: Some(name), about: About::Missing, .. }) = finding.aim
            && is_structure(finding)
        {
            missing.push((at, node, format!("{}/@{}", formats::plain(&tree.path(node)), tree.qualified(name))));
        } else if let (Some(term), Some(Aim { node, .. })) = (missing_term(finding), &finding.aim) {
            // A rule that asks deep below: its term's own path, where all of its places lie there.
            missing.extend(only_path(read, term).map(|path| (at, *node, path)));
        }
    }
    let mut by_path: HashMap<&str, Vec<(NodeId, usize)>> = HashMap::new();
    for (at, node, path) in &missing {
        by_path.entry(path).or_default().push((*node, *at));
    }
    by_path.values_mut().for_each(|all| all.sort_unstable());
    for (at, node, path) in &missing {
        if findings[*at].follows.is_some() || is_structure(&findings[*at]) {
            continue;
        }
        let fits = |before: usize, whole: bool| {
            before != *at
                && !(whole && of_several(read, &findings[before], &findings[*at]))
                && (!whole || is_structure(&findings[before]) || nearness(findings, before) > nearness(findings, *at))
                && findings[before].severity >= findings[*at].severity
        };
        // The whole path first, where the structure misses it too, then what is around it, the nearest first.
        let around = path.match_indices('/').rev().map(|(end, _)| &path[..end]).filter(|p| !p.is_empty());
        let cause = std::iter::once(path.as_str()).chain(around).find_map(|outer| {
            let all = by_path.get(outer)?;
            let whole = outer.len() == path.len();
            related(read, all, *node).map(|n| all[n].1).find(|before| fits(*before, whole))
        });
        findings[*at].follows = cause;
    }
    // A breakdown that is missing altogether is missing for each category.
    let none = findings.iter().position(|f| missing_term(f) == Some(bt::BG_23));
    if let Some(none) = none {
        for (at, finding) in findings.iter_mut().enumerate() {
            let lacks = finding.group.ends_with("-01") && finding.found.as_deref() == Some("0");
            if at != none && lacks && finding.follows.is_none() {
                finding.follows = Some(none);
            }
        }
    }
}

/// Which rule says that a value is missing, and the rules that compute with it on the same line: they can do nothing without it.
const COMPUTED_WITH: [(&str, &[&str]); 1] = [("BR-FR-MV-03_EXT-FR-FE-181", &["BR-FR-MV-09", "BR-FR-MV-10"])];

fn computed_with(read: &Read<'_>, findings: &mut [Finding]) {
    let tree = read.invoice.tree();
    let is_line = |node: &NodeId| {
        let name = tree.qualified(tree.node(*node).name);
        name.ends_with("Line") || name.ends_with("LineItem")
    };
    let line = |finding: &Finding| {
        let up = std::iter::successors(finding.aim.as_ref().map(|aim| aim.node), |n| {
            (*n != 0).then(|| tree.node(*n).parent)
        });
        up.into_iter().find(is_line)
    };
    // What was computed has a value found and one expected.
    let cannot_tell = |finding: &Finding| finding.found.is_none() || finding.expected.is_none();
    let mut missing: HashMap<(&str, NodeId), usize> = HashMap::new();
    for (at, finding) in findings.iter().enumerate() {
        let Some((rule, _)) = COMPUTED_WITH.iter().find(|(rule, _)| *rule == finding.rule) else { continue };
        if let Some(line) = line(finding) {
            missing.insert((*rule, line), at);
        }
    }
    if missing.is_empty() {
        return;
    }
    for finding in findings.iter_mut().filter(|finding| cannot_tell(finding) && finding.follows.is_none()) {
        let Some((rule, _)) = COMPUTED_WITH.iter().find(|(_, after)| after.contains(&finding.group.as_str())) else {
            continue;
        };
        finding.follows = line(finding).and_then(|line| missing.get(&(*rule, line)).copied());
    }
}

/// How near a finding is to the place where something is missing: of two about the same, the nearer one is the root.
fn nearness(findings: &[Finding], at: usize) -> (bool, NodeId, std::cmp::Reverse<usize>) {
    let aim = findings[at].aim.as_ref();
    let child = aim.is_some_and(|aim| aim.child.is_some());
    (child, aim.map_or(0, |aim| aim.node), std::cmp::Reverse(at))
}

/// What one finding misses and another has computed: the value computed is the one to write.
fn adopt(findings: &mut [Finding]) {
    for at in 0..findings.len() {
        let Some(cause) = findings[at].follows else { continue };
        let same = |a: &Aim, b: &Aim| (a.node, a.attribute, a.child) == (b.node, b.attribute, b.child);
        let (Some(own), Some(root)) = (&findings[at].aim, &findings[cause].aim) else { continue };
        if root.right.is_some() || findings[at].working.is_none() || !same(own, root) {
            continue;
        }
        let (right, example) = (own.right.clone(), findings[at].example.clone());
        if let Some(right) = &right {
            findings[cause].fix.fr.push_str(&format!(" Ici : {right}."));
            findings[cause].fix.en.push_str(&format!(" Here: {right}."));
        }
        if let Some(aim) = findings[cause].aim.as_mut() {
            aim.right = right;
        }
        findings[cause].example = example.or(findings[cause].example.take());
    }
}

/// The path of a term in this syntax, from the document element, where it has one alone.
fn only_path(read: &Read<'_>, term: Term) -> Option<String> {
    let tree = read.invoice.tree();
    let path = formats::path(read.invoice.syntax(), term)?;
    (!path.contains('|')).then(|| format!("{}/{}", tree.path(0), path))
}

/// Of elements in order, those that are this one, around it, or the first inside it.
fn related<'a>(read: &'a Read<'_>, all: &'a [(NodeId, usize)], node: NodeId) -> impl Iterator<Item = usize> + 'a {
    let tree = read.invoice.tree();
    let up = std::iter::successors(Some(node), move |n| (*n != 0).then(|| tree.node(*n).parent));
    let start = move |node: NodeId| all.partition_point(move |(n, _)| *n < node);
    let above = up.flat_map(move |n| (start(n)..all.len()).take_while(move |at| all[*at].0 == n));
    let inside = Some(start(node + 1)).filter(move |at| all.get(*at).is_some_and(|(n, _)| *n < tree.node(node).end));
    above.chain(inside)
}

/// The one term that a finding says is missing.
fn missing_term(finding: &Finding) -> Option<Term> {
    if finding.found.is_some() {
        return None;
    }
    match finding.rule.as_str() {
        "FCT-XSD-MISSING" => Term::parse(finding.terms.first()?),
        rule if rule.starts_with("FCT-") => None,
        _ => Term::parse(finding.expected.as_deref()?),
    }
}

pub(super) fn path(finding: &Finding) -> Option<&str> {
    match finding.place.as_ref()? {
        Place::Xml { path, .. } => Some(path),
        _ => None,
    }
}

/// What puts a finding right.
enum Change {
    One(Edit),
    /// Breakdowns of VAT merged into the first of their category.
    Merged {
        first: NodeId,
        others: Vec<NodeId>,
    },
    /// One declaration of a name space, wherever it stands.
    Space(Foreign),
}

impl Change {
    fn text(&self, read: &Read<'_>) -> Option<String> {
        match self {
            Change::One(edit) => edit.apply(read.invoice.tree()),
            Change::Merged { first, others } => merged(read, *first, others),
            Change::Space(foreign) => foreign.mended(read),
        }
    }
}

/// A finding, the change that puts it right, and what goes with it.
struct Trial {
    finding: usize,
    change: Change,
    gone: HashSet<usize>,
}

/// Writes what is right where it is known, judges again, and sees what goes.
fn tried(read: &Read<'_>, findings: &mut [Finding], judged: usize, again: Again<'_>) {
    let tree = read.invoice.tree();
    let read_by = ReadBy::of(findings);
    let mut spaces = HashSet::new();
    let mut trials: Vec<Trial> = (0..findings.len().min(judged))
        .filter(|at| findings[*at].follows.is_none())
        .filter_map(|finding| {
            let concerns = || read_by.concerns_another(findings, finding);
            let change = change(read, &findings[finding]).filter(|change| match change {
                // The first element of a name space speaks for all.
                Change::Space(foreign) => spaces.insert(foreign.written.clone()),
                _ => concerns(),
            })?;
            Some(Trial { finding, change, gone: HashSet::new() })
        })
        .collect();
    trials.sort_by_key(|trial| (rank(&findings[trial.finding]), trial.finding));
    let by_bytes = limits::CAUSES_TRIED_BYTES / tree.source().len().max(1);
    let by_findings = limits::CAUSES_TRIED_FINDINGS / findings.len().max(1);
    trials.truncate(limits::CAUSES_TRIED.min(by_bytes).min(by_findings));
    let before = keys(&findings[..judged]);
    for trial in &mut trials {
        if let Some(after) = trial.change.text(read).and_then(|text| again(&text)) {
            trial.gone = gone(&findings[..judged], &before, &after);
        }
    }
    // What is not mended by its own value proves nothing.
    trials.retain(|trial| trial.gone.contains(&trial.finding) && trial.gone.len() > 1);
    let is_root = |trial: &Trial| {
        !trials.iter().any(|other| {
            let mutual = trial.gone.contains(&other.finding);
            let wider = (other.gone.len(), std::cmp::Reverse(rank(&findings[other.finding])), trial.finding)
                > (trial.gone.len(), std::cmp::Reverse(rank(&findings[trial.finding])), other.finding);
            other.finding != trial.finding && other.gone.contains(&trial.finding) && (!mutual || wider)
        })
    };
    let roots: Vec<&Trial> = trials.iter().filter(|trial| is_root(trial)).collect();
    let mut links: Vec<(usize, usize)> = Vec::new();
    for root in &roots {
        for at in root.gone.iter().filter(|at| !roots.iter().any(|other| other.finding == **at)) {
            links.push((*at, root.finding));
        }
    }
    for (at, cause) in links {
        // What follows another already follows it still. The structure is nearer to the source than any rule.
        let backwards = is_structure(&findings[at]) && !is_structure(&findings[cause]);
        if findings[at].follows.is_none() && !backwards && findings[cause].severity >= findings[at].severity {
            findings[at].follows = Some(cause);
        }
    }
}

/// Which findings have read what: whoever stands at a place, or shows its value in a working.
struct ReadBy<'f> {
    /// The first finding at or with a place, and whether there is another.
    places: HashMap<&'f str, (usize, bool)>,
    /// The same of workings that do not show all that they read.
    more: Option<(usize, bool)>,
}

impl<'f> ReadBy<'f> {
    fn of(findings: &'f [Finding]) -> Self {
        let mut read_by = ReadBy { places: HashMap::with_capacity(findings.len()), more: None };
        for (at, finding) in findings.iter().enumerate() {
            let working = finding.working.as_ref();
            let parts = working.iter().flat_map(|working| &working.parts).filter_map(|part| match &part.place {
                Some(Place::Xml { path, .. }) => Some(path.as_str()),
                _ => None,
            });
            for place in parts.chain(path(finding)) {
                let (first, another) = read_by.places.entry(place).or_insert((at, false));
                *another |= *first != at;
            }
            if working.is_some_and(|working| working.more > 0) {
                let (first, another) = read_by.more.get_or_insert((at, false));
                *another |= *first != at;
            }
        }
        read_by
    }

    /// May mending this finding put another one right? Only then is it worth a trial.
    fn concerns_another(&self, findings: &[Finding], at: usize) -> bool {
        let Some(aim) = findings[at].aim.as_ref() else { return false };
        let Some(here) = path(&findings[at]) else { return false };
        // What is missing stands in no working of another.
        if aim.attribute.is_some() || aim.child.is_some() || findings[at].working.is_none() {
            return findings.len() > 1;
        }
        let by_another = |reader: &(usize, bool)| reader.0 != at || reader.1;
        self.more.as_ref().is_some_and(by_another) || self.places.get(here).is_some_and(by_another)
    }
}

/// The change that puts a finding right, where one value alone does.
fn change(read: &Read<'_>, finding: &Finding) -> Option<Change> {
    let space = || {
        let aim = finding.aim.as_ref().filter(|_| finding.rule == "FCT-XSD-UNKNOWN")?;
        Foreign::of(read, aim.node, aim.right.as_deref()?)
    };
    if let Some(foreign) = space() {
        return Some(Change::Space(foreign));
    }
    edit(read, finding).map(Change::One).or_else(|| merge(read, finding))
}

fn edit(read: &Read<'_>, finding: &Finding) -> Option<Edit> {
    let (tree, syntax) = (read.invoice.tree(), read.invoice.syntax());
    let Aim { node, attribute, child, right, about } = finding.aim.as_ref()?;
    if is_structure(finding) && *about == About::TooMany {
        return Some(Edit::Remove { node: *node });
    }
    let Some(value) = right.clone() else { return whole(read, finding) };
    if finding.rule == "FCT-XSD-UNKNOWN" {
        let prefix = value.split_once(':')?.0;
        let (_, space) = formats::spaces(syntax).iter().find(|(known, _)| *known == prefix)?;
        return Some(Edit::Rename { node: *node, name: value, space });
    }
    match (attribute, child) {
        (Some(name), _) if finding.rule == "FCT-XSD-ATTRIBUTE" => {
            let from = finding.found.as_deref()?.strip_prefix('@')?.to_owned();
            Some(Edit::RenameAttribute { node: *node, from, to: tree.qualified(*name) })
        }
        (Some(name), _) => Some(Edit::Attribute { node: *node, name: tree.qualified(*name), value }),
        (None, Some(name)) => {
            let qualified = tree.qualified(*name);
            let currency = read.invoice.text(bt::BT_5).filter(|_| syntax.is_ubl() && qualified.ends_with("Amount"));
            let attribute = currency.map_or(String::new(), |c| format!(" currencyID=\"{c}\""));
            let xml = element(syntax, &format!("<{qualified}{attribute}>{value}</{qualified}>"));
            Some(Edit::Insert { parent: *node, name: *name, xml })
        }
        (None, None) => Some(Edit::Text { node: *node, value }),
    }
}

/// An element that holds nothing at all lacks the whole of its child: that of our examples, if no amount depends on it.
fn whole(read: &Read<'_>, finding: &Finding) -> Option<Edit> {
    let tree = read.invoice.tree();
    let Aim { node, child: Some(name), about: About::Missing, .. } = finding.aim.as_ref()? else {
        return one_of(read, finding);
    };
    let (syntax, qualified) = (read.invoice.syntax(), tree.qualified(*name));
    let path = format!("{}/{qualified}", formats::plain(&tree.path(*node)));
    let whole = formats::whole_at(syntax, &path).filter(|_| !tree.has_children(*node))?;
    (!is_computed(whole)).then(|| Edit::Insert { parent: *node, name: *name, xml: element(syntax, whole) })
}

/// Of several children one is missing, where nothing stands: that of the example.
fn one_of(read: &Read<'_>, finding: &Finding) -> Option<Edit> {
    let (tree, syntax) = (read.invoice.tree(), read.invoice.syntax());
    let aim = finding.aim.as_ref().filter(|aim| aim.about == About::Missing && aim.attribute.is_none())?;
    let example = finding.example.as_deref().filter(|e| !e.contains('…') && !is_computed(e))?;
    let name = example.strip_prefix('<')?.split([' ', '>', '/']).next()?;
    let stands = formats::plain(&tree.path(aim.node)) + "/" + name;
    let is_child = formats::whole_at(syntax, &stands).is_some() && !tree.has_children(aim.node);
    let name = formats::name_of(name).filter(|_| is_child)?;
    Some(Edit::Insert { parent: aim.node, name, xml: element(syntax, example) })
}

/// Depends what stands there on other amounts?
fn is_computed(xml: &str) -> bool {
    ["Amount", "Percent", "Quantity"].iter().any(|part| xml.contains(part))
}

/// Several breakdowns of one category where one is right (`BR-G-01`): the others go into the first.
fn merge(read: &Read<'_>, finding: &Finding) -> Option<Change> {
    let tree = read.invoice.tree();
    let aim = finding.aim.as_ref()?;
    let count: usize = finding.found.as_deref()?.parse().ok()?;
    let several = (2..=limits::CAUSES_TRIED).contains(&count);
    if !finding.group.ends_with("-01") || finding.expected.as_deref() != Some("1") || !several {
        return None;
    }
    let is_breakdown = |node: &NodeId| {
        ["cac:TaxSubtotal", "ram:ApplicableTradeTax"].contains(&tree.qualified(tree.node(*node).name).as_str())
    };
    let code = trim(tree.text_of(aim.node));
    let up = std::iter::successors(Some(aim.node), |n| (*n != 0).then(|| tree.node(*n).parent));
    let one = up.take(4).find(is_breakdown)?;
    let says = |node: NodeId| {
        (node..tree.node(node).end)
            .any(|n| tree.node(n).name == tree.node(aim.node).name && trim(tree.text_of(n)) == code)
    };
    let mut all = tree.children(tree.node(one).parent).filter(|n| is_breakdown(n) && says(*n));
    let first = all.next()?;
    let others: Vec<NodeId> = all.collect();
    (others.len() + 1 == count).then_some(Change::Merged { first, others })
}

/// The amounts of several breakdowns in the first, the others gone.
pub(super) fn merged(read: &Read<'_>, first: NodeId, others: &[NodeId]) -> Option<String> {
    const AMOUNTS: [&str; 4] = ["cbc:TaxableAmount", "cbc:TaxAmount", "ram:BasisAmount", "ram:CalculatedAmount"];
    let tree = read.invoice.tree();
    let amount = |of: NodeId, name: &str| tree.children(of).find(|n| tree.qualified(tree.node(*n).name) == name);
    let number = |node| decimal::parse(trim(tree.text_of(node))).ok();
    let mut text = tree.source().to_owned();
    let mut change = |edit: Edit| {
        let next = edit.apply(formats::read_any_text(Cow::Borrowed(&text)).ok()?.invoice.tree())?;
        text = next;
        Some(())
    };
    // The last first: a text that changes moves no element, and one that goes moves only those behind it.
    for other in others.iter().rev() {
        change(Edit::Remove { node: *other })?;
    }
    for name in AMOUNTS {
        let Some(to) = amount(first, name) else { continue };
        let rest = others.iter().filter_map(|other| amount(*other, name)).map(number);
        let all: Vec<_> = std::iter::once(number(to)).chain(rest).collect::<Option<_>>()?;
        change(Edit::Text { node: to, value: decimal::plain(decimal::sum(all)?) })?;
    }
    Some(text)
}

/// How near to the source a finding is: what is written first is judged first.
fn rank(finding: &Finding) -> u8 {
    let group = finding.group.as_str();
    match group {
        _ if is_structure(finding) => 0,
        _ if group.starts_with("BR-CL-") => 1,
        "BR-CO-10" | "BR-CO-11" | "BR-CO-12" => 3,
        "BR-CO-13" | "BR-CO-17" => 5,
        "BR-CO-14" => 6,
        "BR-CO-15" => 7,
        "BR-CO-16" => 8,
        _ if group.ends_with("-01") => 2,
        _ if group.ends_with("-08") => 4,
        _ if group.ends_with("-09") => 5,
        _ => 9,
    }
}

/// A finding as it is told from others in two judgements of nearly the same text.
pub(super) type Key<'f> = (&'f str, Option<&'f str>);

pub(super) fn keys(findings: &[Finding]) -> HashMap<Key<'_>, usize> {
    let mut keys = HashMap::new();
    for finding in findings {
        *keys.entry((finding.rule.as_str(), path(finding))).or_default() += 1;
    }
    keys
}

/// The findings that are no longer there. A rule that now fires elsewhere, or as often as before, has not gone.
pub(super) fn gone(findings: &[Finding], before: &HashMap<Key<'_>, usize>, after: &[Finding]) -> HashSet<usize> {
    // A correction changes little: what is the same at both ends is in both, and need not be looked up.
    let same = |(a, b): &(&Finding, &Finding)| a.rule == b.rule && path(a) == path(b);
    let first = findings.iter().zip(after).take_while(same).count();
    let (old, new) = (&findings[first..], &after[first..]);
    let last = old.iter().rev().zip(new.iter().rev()).take_while(same).count();
    let (old, new) = (&old[..old.len() - last], &new[..new.len() - last]);
    let (left, now) = (keys(old), keys(new));
    let moved: HashSet<&str> = now.keys().filter(|key| !before.contains_key(*key)).map(|(rule, _)| *rule).collect();
    old.iter()
        .enumerate()
        .filter(|(_, f)| {
            let key = (f.rule.as_str(), path(f));
            // As often as before: it stands nowhere else.
            !moved.contains(f.rule.as_str()) && !now.contains_key(&key) && left.get(&key) == before.get(&key)
        })
        .map(|(at, _)| first + at)
        .collect()
}
