//! The structure check as findings.

use std::borrow::Cow;

use crate::decimal;
use crate::formats::{self, Fault, FaultKind, Hint, Read};
use crate::invoice::{Syntax, Term, bt, unseen_place};
use crate::limits;
use crate::report::PackRun;
use crate::rules::{About, Aim, Finding, Severity};
use crate::text::{Lang, Text};
use crate::xml::NodeId;

use super::lexical;
use super::spaces::Foreign;

/// Identity of the structure tables.
pub(super) fn pack(syntax: Syntax) -> PackRun {
    let (version, sha256) = match syntax {
        Syntax::Cii => ("CII D22B", env!("FACTEUR_SCHEMA_CII")),
        Syntax::Cdar => ("CDAR D22B", env!("FACTEUR_SCHEMA_CDAR")),
        _ => ("UBL 2.1", env!("FACTEUR_SCHEMA_UBL")),
    };
    PackRun {
        id: "structure".to_owned(),
        version: version.to_owned(),
        sha256: sha256.to_owned(),
        rules: FaultKind::ALL.len(),
        reason: "always".to_owned(),
        presumed: false,
        in_force: None,
        calendar: None,
    }
}

/// Identity of the table of CII D16B; `reason` says which route asks for it.
pub(super) fn d16b_pack(reason: String) -> PackRun {
    PackRun {
        id: "structure-d16b".to_owned(),
        version: "CII D16B".to_owned(),
        sha256: env!("FACTEUR_SCHEMA_CII_D16B").to_owned(),
        rules: 1,
        reason,
        presumed: false,
        in_force: None,
        calendar: None,
    }
}

/// What CII D16B lacks: warnings, since the content is right, and only this route may not take it.
pub(super) fn d16b(read: &Read<'_>) -> Vec<Finding> {
    let beyond = formats::beyond(read.invoice.tree(), "d16b", &read.faults);
    let warning = |fault: &Fault| {
        let found = finding(read, fault);
        Finding {
            rule: "FCT-XSD-D16B".to_owned(),
            group: "FCT-XSD-D16B".to_owned(),
            severity: Severity::Warning,
            pack: "structure-d16b".to_owned(),
            message: Text::new(
                format!("La voie attend du CII D16B, plus étroit que D22B : {}", found.message.fr),
                format!("The route expects CII D16B, narrower than D22B: {}", found.message.en),
            ),
            ..found
        }
    };
    beyond.iter().map(warning).collect()
}

pub(super) fn findings(read: &Read<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = read.faults.iter().map(|fault| finding(read, fault)).collect();
    findings.extend(unlisted(read));
    findings
}

/// The same where only rule, severity and place of each are wanted.
pub(super) fn places(read: &Read<'_>) -> Vec<Finding> {
    let tree = read.invoice.tree();
    let one = |fault: &Fault| Finding {
        rule: fault.kind.rule().to_owned(),
        severity: Severity::Fatal,
        place: Some(unseen_place(tree, fault.node, None)),
        ..Finding::default()
    };
    read.faults.iter().map(one).chain(unlisted(read)).collect()
}

fn unlisted(read: &Read<'_>) -> Option<Finding> {
    (read.unlisted_faults > 0).then(|| {
        let (shown, more) = (limits::STRUCTURE_FINDINGS, read.unlisted_faults);
        Finding {
            rule: "FCT-XSD-MORE".to_owned(),
            group: "FCT-XSD-MORE".to_owned(),
            severity: Severity::Information,
            pack: "structure".to_owned(),
            terms: Vec::new(),
            place: None,
            found: Some(more.to_string()),
            expected: None,
            message: Text::new(
                match more {
                    1 => format!("1 autre faute de structure n'est pas montrée ; les {shown} premières le sont."),
                    _ => format!(
                        "{more} autres fautes de structure ne sont pas montrées ; les {shown} premières le sont."
                    ),
                },
                match more {
                    1 => format!("1 more fault of structure is not shown; the first {shown} are."),
                    _ => format!("{more} more faults of structure are not shown; the first {shown} are."),
                },
            ),
            fix: Text::new("Corrigez les premières, puis recommencez.", "Mend the first ones, then try again."),
            ..Finding::default()
        }
    })
}

/// Says how many findings of a pack are counted and not listed.
pub(super) fn more(pack: &str, unlisted: usize) -> Option<Finding> {
    (unlisted > 0).then(|| Finding {
        rule: "FCT-MORE".to_owned(),
        group: "FCT-MORE".to_owned(),
        severity: Severity::Information,
        pack: pack.to_owned(),
        terms: Vec::new(),
        place: None,
        found: Some(unlisted.to_string()),
        expected: None,
        message: Text::new(
            match unlisted {
                1 => "1 autre constat n'est pas montré.".to_owned(),
                _ => format!("{unlisted} autres constats ne sont pas montrés."),
            },
            match unlisted {
                1 => "1 more finding is not shown.".to_owned(),
                _ => format!("{unlisted} more findings are not shown."),
            },
        ),
        fix: Text::new("Corrigez les premiers, puis recommencez.", "Mend the first ones, then try again."),
        ..Finding::default()
    })
}

pub(super) fn finding(read: &Read<'_>, fault: &Fault) -> Finding {
    let tree = read.invoice.tree();
    let fault = &usual(read, fault);
    let at_node = || {
        let own = read.invoice.occurrences().find(|o| o.node() == fault.node).map(|o| o.term());
        own.or_else(|| formats::vat_total(read.invoice.syntax(), tree, fault.node).map(|(term, _)| term))
    };
    let missing = |name| {
        let is_attribute = fault.kind == FaultKind::MissingAttribute;
        formats::term_at(read.invoice.syntax(), tree, fault.node, name, is_attribute)
    };
    let term = match (fault.kind, fault.hint.missing) {
        (FaultKind::UnknownAttribute, Some(name)) => {
            formats::term_at(read.invoice.syntax(), tree, fault.node, name, true).or_else(at_node)
        }
        (FaultKind::Missing, Some(name)) => {
            missing(name).or_else(|| header_vat(read, fault.node, &fault.expected).then_some(bt::BT_110))
        }
        (FaultKind::Unknown, _) => meant(read, fault).or_else(at_node),
        (FaultKind::MissingAttribute, Some(name)) => missing(name).or_else(at_node),
        (_, Some(name)) => missing(name),
        _ => at_node(),
    };
    let (message, fix) = sentences(read, fault, term);
    let foreign = foreign(read, fault).map(|foreign| (foreign.written, foreign.meant.to_owned()));
    let (found, expected) = foreign.unwrap_or_else(|| (fault.found.clone(), fault.expected.clone()));
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let missing = matches!(fault.kind, FaultKind::Missing | FaultKind::MissingAttribute);
    Finding {
        rule: fault.kind.rule().to_owned(),
        group: fault.kind.rule().to_owned(),
        severity: Severity::Fatal,
        pack: "structure".to_owned(),
        terms: term.map(|term| term.id().to_owned()).into_iter().collect(),
        place: Some(read.invoice.place_of(fault.node)),
        found: if missing { None } else { some(&found) },
        expected: some(&expected),
        message,
        fix,
        example: example_of(read, fault),
        aim: Some(aim(read, fault)),
        ..Finding::default()
    }
}

/// Of several elements one is missing, and the schema's first is not that of the norm: the only one that our own invoices have there.
fn usual<'f>(read: &Read<'_>, fault: &'f Fault) -> Cow<'f, Fault> {
    let (tree, syntax) = (read.invoice.tree(), read.invoice.syntax());
    let other = || {
        let here = formats::plain(&tree.path(fault.node));
        let known = |name: &str| formats::example_at(syntax, &format!("{here}/{name}")).is_some();
        if fault.kind != FaultKind::Missing || fault.expected.is_empty() || known(&fault.expected) {
            return None;
        }
        let (_, inside) = formats::whole_at(syntax, &here)?.split_once('>')?;
        let name = inside.trim_start().strip_prefix('<')?.split([' ', '>', '/']).next().filter(|name| known(name))?;
        let alone = inside.matches('<').count() == 3;
        Some(Fault {
            expected: name.to_owned(),
            hint: Hint { missing: formats::name_of(name), ..fault.hint.clone() },
            ..fault.clone()
        })
        .filter(|_| alone)
    };
    other().map_or(Cow::Borrowed(fault), Cow::Owned)
}

/// The VAT total that is missing beside a breakdown is the one in the document's currency.
fn header_vat(read: &Read<'_>, node: NodeId, name: &str) -> bool {
    name == "cbc:TaxAmount" && node != 0 && read.invoice.tree().node(node).parent == 0
}

/// The sum of the breakdown beside a VAT total that is missing.
fn breakdown_sum(read: &Read<'_>, node: NodeId) -> Option<String> {
    let tree = read.invoice.tree();
    let named = |parent: NodeId, name: &'static str| {
        tree.children(parent).filter(move |n| tree.qualified(tree.node(*n).name) == name)
    };
    let amounts: Vec<NodeId> =
        named(node, "cac:TaxSubtotal").filter_map(|s| named(s, "cbc:TaxAmount").next()).collect();
    let values: Option<Vec<_>> = amounts.iter().map(|n| decimal::parse(tree.text_of(*n)).ok()).collect();
    decimal::sum(values.filter(|all| !all.is_empty())?).map(decimal::plain)
}

/// The term of the element that was meant by one that does not exist.
fn meant(read: &Read<'_>, fault: &Fault) -> Option<Term> {
    let tree = read.invoice.tree();
    let name = formats::name_of(fault.hint.meant.as_deref()?)?;
    formats::term_at(read.invoice.syntax(), tree, tree.node(fault.node).parent, name, false)
}

/// The misspelt attribute of an element by which another one is meant, with its value.
fn misspelt(read: &Read<'_>, node: NodeId, meant: &str) -> Option<(String, String)> {
    let same =
        |f: &&Fault| f.kind == FaultKind::UnknownAttribute && f.node == node && f.hint.meant.as_deref() == Some(meant);
    let tree = read.invoice.tree();
    let written = read.faults.iter().find(same)?.found.trim_start_matches('@');
    let attribute = tree.attributes(node).iter().find(|a| tree.qualified(a.name) == written)?;
    Some((written.to_owned(), tree.text(attribute.value).to_owned()))
}

/// Where the fault is, for those that judge the same element.
fn aim(read: &Read<'_>, fault: &Fault) -> Aim {
    let tree = read.invoice.tree();
    let written = fault.found.strip_prefix('@').map(|rest| rest.split('=').next().unwrap_or(rest));
    let stands = |name: &str| tree.attributes(fault.node).iter().map(|a| a.name).find(|n| tree.qualified(*n) == name);
    let absent = fault.hint.missing.filter(|_| fault.kind == FaultKind::MissingAttribute);
    let right = absent
        .filter(|name| tree.qualified(*name) == "currencyID")
        .and_then(|_| currency(read, fault.node))
        .map(str::to_owned);
    // Of an element that is misspelt: the name that was meant.
    let right = right.or_else(|| fault.hint.meant.clone().filter(|_| fault.kind == FaultKind::Unknown));
    // A misspelt attribute is the one meant, missing.
    let renamed = fault.hint.missing.filter(|_| fault.kind == FaultKind::UnknownAttribute);
    let right = right.or_else(|| misspelt(read, fault.node, &tree.qualified(renamed?)).map(|(_, value)| value));
    let right = right.or_else(|| lexical::meant(read, fault));
    let about = match fault.kind {
        FaultKind::UnknownAttribute if renamed.is_some() => About::Missing,
        FaultKind::Missing | FaultKind::MissingAttribute => About::Missing,
        FaultKind::Unknown | FaultKind::UnknownAttribute => About::Banned,
        FaultKind::Repeated => About::TooMany,
        _ => About::Value,
    };
    Aim {
        about,
        node: fault.node,
        attribute: absent.or(renamed).or_else(|| written.and_then(stands)),
        child: fault.hint.missing.filter(|_| fault.kind == FaultKind::Missing),
        right,
    }
}

/// The currency that an amount must bear, where the document says it: that of BT-6 for the second VAT total, else its own.
fn currency<'r>(read: &'r Read<'_>, node: NodeId) -> Option<&'r str> {
    let currency = match formats::vat_total(read.invoice.syntax(), read.invoice.tree(), node) {
        Some((_, currency)) => currency,
        None => Some(read.invoice.text(bt::BT_5).map_or("EUR", str::trim)),
    }?;
    let looks = currency.len() == 3 && currency.bytes().all(|b| b.is_ascii_uppercase());
    Some(if looks { currency } else { "EUR" })
}

/// What is wrong and what to do. A term is named where the element is one, since few who read know the element.
fn sentences(read: &Read<'_>, fault: &Fault, term: Option<Term>) -> (Text, Text) {
    let Fault { kind, found, expected, hint, .. } = fault;
    let tree = read.invoice.tree();
    let name = tree.qualified(tree.node(fault.node).name);
    let element = name.strip_prefix("ubl:").or_else(|| name.strip_prefix("cn:")).unwrap_or(&name);
    let called =
        |lang: Lang| term.map_or(String::new(), |term| format!(" ({}, {})", term.id(), term.name_in_full(lang)));
    let (fr, en) = (called(Lang::Fr), called(Lang::En));
    match kind {
        FaultKind::Unknown => match foreign(read, fault) {
            Some(foreign) => foreign.sentences(found),
            None => unknown(found, expected, hint),
        },
        FaultKind::Misplaced => (
            Text::new(
                format!("L'élément {found}{fr} n'est pas à sa place : l'ordre des éléments est imposé."),
                format!("Element {found}{en} is out of place: the order of elements is fixed."),
            ),
            match &hint.before {
                Some(before) => Text::new(format!("Placez-le avant {before}."), format!("Move it before {before}.")),
                None => possible("Déplacez-le.", "Move it.", expected),
            },
        ),
        FaultKind::Repeated if expected.contains(" | ") => (
            Text::new(
                format!("{found} s'ajoute à un élément qui l'exclut : un seul peut figurer ici."),
                format!("{found} stands beside an element that excludes it: only one may stand here."),
            ),
            Text::new(format!("Gardez l'un de : {expected}."), format!("Keep one of: {expected}.")),
        ),
        FaultKind::Repeated => (
            Text::new(
                format!("L'élément {found}{fr} est répété ; ici, il figure au plus {expected} fois."),
                match expected.as_str() {
                    "1" => format!("Element {found}{en} is repeated; here, it stands at most once."),
                    more => format!("Element {found}{en} is repeated; here, it stands at most {more} times."),
                },
            ),
            Text::new("Gardez une seule valeur, la bonne.", "Keep a single value, the right one."),
        ),
        FaultKind::Missing if expected == "*" => (
            Text::new(
                format!("{element} est vide ; il contient un élément d'un autre vocabulaire."),
                format!("{element} is empty; it holds one element of another vocabulary."),
            ),
            Text::new("Retirez l'élément vide et ce qui l'entoure.", "Remove the empty element and what is around it."),
        ),
        FaultKind::Missing => (
            Text::new(
                format!("L'élément {expected}{fr} manque dans {element}."),
                format!("Element {expected}{en} is missing in {element}."),
            ),
            match &hint.before {
                Some(before) => {
                    Text::new(format!("Ajoutez {expected} avant {before}."), format!("Add {expected} before {before}."))
                }
                None => Text::new(
                    format!("Ajoutez {expected} à la fin de {element}."),
                    format!("Add {expected} at the end of {element}."),
                ),
            },
        ),
        FaultKind::Value => lexical::value(found, expected, hint, element, (&fr, &en)),
        FaultKind::UnknownAttribute if found == "@xsi:nil" => (
            Text::new(
                format!("{element}{fr} est déclaré absent par xsi:nil, ce que cette syntaxe ne permet pas."),
                format!("{element}{en} is declared absent by xsi:nil, which this syntax does not allow."),
            ),
            Text::new(
                "Retirez tout l'élément s'il n'a pas de valeur, ou l'attribut s'il en a une.",
                "Remove the whole element if it has no value, or the attribute if it has one.",
            ),
        ),
        FaultKind::UnknownAttribute if hint.meant.is_some() => {
            let meant = hint.meant.as_deref().unwrap_or_default();
            (
                Text::new(
                    format!("L'attribut {found} n'existe pas sur {element}{fr} : {meant} est sans doute voulu."),
                    format!("Attribute {found} does not exist on {element}{en}: {meant} is probably meant."),
                ),
                Text::new(format!("Renommez-le {meant}."), format!("Rename it {meant}.")),
            )
        }
        FaultKind::UnknownAttribute => (
            Text::new(
                format!("L'attribut {found} n'existe pas sur {element}."),
                format!("Attribute {found} does not exist on {element}."),
            ),
            match expected.as_str() {
                "" => Text::new("Retirez l'attribut.", "Remove the attribute."),
                known => Text::new(
                    format!("Retirez l'attribut. Ceux que l'élément peut porter : {known}."),
                    format!("Remove the attribute. Those that the element may bear: {known}."),
                ),
            },
        ),
        FaultKind::MissingAttribute => {
            let example = example(read, fault.node, expected);
            let alone = expected == "@currencyID" && currency(read, fault.node).is_none();
            (
                Text::new(
                    format!("L'attribut {expected} manque sur {element}{fr}."),
                    format!("Attribute {expected} is missing on {element}{en}."),
                ),
                match alone {
                    true => Text::new(
                        "Un total de TVA est déjà dans la devise de la facture : écrivez la devise de BT-6 dans currencyID, ou retirez ce total.",
                        "A VAT total in the invoice currency stands already: write the currency of BT-6 in currencyID, or remove this total.",
                    ),
                    false => Text::new(format!("Ajoutez {example}."), format!("Add {example}.")),
                },
            )
        }
        FaultKind::Text => (
            Text::new(
                format!("{element} contient du texte ; il ne peut contenir que des éléments."),
                format!("{element} holds text; it may hold elements only."),
            ),
            Text::new(
                "Retirez ce texte ou placez-le dans le bon élément.",
                "Remove the text, or put it into the right element.",
            ),
        ),
        FaultKind::Elements => (
            Text::new(
                format!("{element}{fr} contient l'élément {found} ; il ne peut contenir qu'une valeur."),
                format!("{element}{en} holds element {found}; it may hold a value only."),
            ),
            Text::new("Remplacez les éléments par la valeur.", "Replace the elements by the value."),
        ),
    }
}

/// The name space of an element that is called as one of the syntax is.
fn foreign(read: &Read<'_>, fault: &Fault) -> Option<Foreign> {
    Foreign::of(read, fault.node, fault.hint.meant.as_deref().filter(|_| fault.kind == FaultKind::Unknown)?)
}

fn unknown(found: &str, expected: &str, hint: &Hint) -> (Text, Text) {
    let message = Text::new(
        format!("L'élément {found} n'existe pas à cet endroit."),
        format!("Element {found} does not exist in this place."),
    );
    let fix = match &hint.meant {
        Some(meant) => Text::new(
            format!("Écrivez {meant} : c'est l'élément le plus proche par le nom."),
            format!("Write {meant}: it is the element nearest by its name."),
        ),
        None => possible(
            "Retirez-le, ou déplacez-le là où la syntaxe le prévoit.",
            "Remove it, or move it to where the syntax has it.",
            expected,
        ),
    };
    (message, fix)
}

/// What is right there: the missing element, the element put right, or the two in their order.
fn example_of(read: &Read<'_>, fault: &Fault) -> Option<String> {
    let (tree, syntax) = (read.invoice.tree(), read.invoice.syntax());
    let here = formats::plain(&tree.path(fault.node));
    let around = formats::plain(&tree.path(tree.node(fault.node).parent));
    let named = |name: &str| format!("<{name}>…</{name}>");
    // Of ours, in the currency that the element bears.
    let model = |path: &str| {
        let currency = read.invoice.currency_on(fault.node);
        formats::example_at(syntax, path).map(|piece| formats::in_currency(piece, currency))
    };
    let own = |with: Option<(&str, &str)>, without: Option<&str>| {
        Some(formats::put_right(tree, fault.node, None, with, without))
    };
    let attribute = fault.found.strip_prefix('@').map(|rest| rest.split('=').next().unwrap_or(rest));
    match fault.kind {
        FaultKind::Missing
            if header_vat(read, fault.node, &fault.expected) && breakdown_sum(read, fault.node).is_some() =>
        {
            let sum = breakdown_sum(read, fault.node)?;
            let currency = read.invoice.text(bt::BT_5).map_or("EUR", str::trim);
            Some(format!("<cbc:TaxAmount currencyID=\"{currency}\">{sum}</cbc:TaxAmount>"))
        }
        FaultKind::Missing => {
            let path = format!("{here}/{}", fault.expected);
            formats::example_at(syntax, &path).or_else(|| (fault.expected != "*").then(|| named(&fault.expected)))
        }
        FaultKind::Unknown if foreign(read, fault).is_some() => {
            let prefix = fault.found.split_once(':').map(|(prefix, _)| format!(":{prefix}")).unwrap_or_default();
            Some(format!("xmlns{prefix}=\"{}\"", foreign(read, fault)?.meant))
        }
        FaultKind::Unknown => {
            let Some(meant) = fault.hint.meant.as_ref() else { return formats::example_at(syntax, &around) };
            // What it holds is kept, and too long to be shown.
            let kept = tree.has_children(fault.node).then(|| named(meant));
            let own = formats::renamed(tree, fault.node, meant).or(kept);
            own.or_else(|| formats::example_at(syntax, &format!("{around}/{meant}"))).or_else(|| Some(named(meant)))
        }
        FaultKind::Misplaced => {
            let Some(before) = fault.hint.before.as_ref() else { return formats::example_at(syntax, &around) };
            // What stands out of place keeps what it holds.
            Some(format!("{}{}", formats::put_right(tree, fault.node, None, None, None), named(before)))
        }
        FaultKind::Repeated => own(None, None),
        FaultKind::MissingAttribute => {
            let example = example(read, fault.node, &fault.expected);
            let (name, value) = example.split_once('=').map(|(n, v)| (n.to_owned(), v.trim_matches('"').to_owned()))?;
            match misspelt(read, fault.node, &name) {
                Some((written, value)) => own(Some((&name, &value)), Some(&written)),
                None => own(Some((&name, &value)), None),
            }
        }
        FaultKind::UnknownAttribute if fault.hint.meant.is_some() => {
            let meant = fault.hint.meant.as_deref()?;
            let (written, value) = misspelt(read, fault.node, meant)?;
            own(Some((meant, &value)), Some(&written))
        }
        FaultKind::UnknownAttribute => own(None, attribute),
        FaultKind::Value if lexical::meant(read, fault).is_some() => {
            let value = lexical::meant(read, fault)?;
            match attribute {
                Some(name) => own(Some((name, &value)), None),
                None => Some(formats::put_right(tree, fault.node, Some(&value), None, None)),
            }
        }
        FaultKind::Value | FaultKind::Elements | FaultKind::Text => model(&here).or_else(|| {
            let sample = fault.hint.form.map(lexical::sample)?;
            match attribute {
                Some(name) => own(Some((name, sample)), None),
                None => Some(formats::put_right(tree, fault.node, Some(sample), None, None)),
            }
        }),
    }
}

/// An attribute with a likely value.
fn example(read: &Read<'_>, node: NodeId, attribute: &str) -> String {
    let name = attribute.trim_start_matches('@');
    let value = match name {
        "currencyID" => currency(read, node).unwrap_or("…"),
        "mimeCode" => "application/pdf",
        "unitCode" => "KGM",
        _ => return attribute.to_owned(),
    };
    format!("{name}=\"{value}\"")
}

fn possible(fr: &str, en: &str, expected: &str) -> Text {
    match expected {
        "" => Text::new(fr, en),
        names => Text::new(format!("{fr} Ici sont possibles : {names}."), format!("{en} Possible here: {names}.")),
    }
}
