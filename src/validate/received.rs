//! A document of EDIFACT or X12 in a report: the tables it was read by, and places and words of findings in terms of the file as it came.

mod once;

use std::collections::{BTreeSet, HashSet};

use super::{edifact, x12};
use crate::formats::{Read, Received};
use crate::invoice::{Place, Places, Term, bt, in_message};
use crate::report::{NotRun, PackRun, Report};
use crate::rules::{Finding, Severity};
use crate::text::{Lang, Text};

/// The tables by which the structure of what came was judged; none for XML.
pub(super) fn pack(read: &Read<'_>) -> Option<PackRun> {
    let received = read.received.as_deref()?;
    let (sha256, rules) = match received {
        Received::Edifact(_) => edifact::tables(),
        Received::X12(_) => x12::tables(),
    };
    Some(PackRun {
        id: "structure".to_owned(),
        version: received.message(),
        sha256: sha256.to_owned(),
        rules,
        reason: "always".to_owned(),
        presumed: false,
        in_force: None,
        calendar: None,
    })
}

/// What is to be said of the message itself; nothing of XML.
pub(super) fn findings(read: &Read<'_>) -> Vec<Finding> {
    match read.received.as_deref() {
        Some(Received::Edifact(received)) => edifact::findings(received),
        Some(Received::X12(received)) => x12::findings(received),
        None => Vec::new(),
    }
}

/// A finding about the message as a whole, until it has a place; its sentences begin and end as sentences do.
pub(super) fn finding(rule: &str, severity: Severity, message: Text, fix: Text) -> Finding {
    let sentence = |text: &str| {
        let mut chars = text.chars();
        let upper: String = chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default();
        if upper.ends_with('.') { upper } else { upper + "." }
    };
    Finding {
        rule: rule.to_owned(),
        group: rule.to_owned(),
        severity,
        pack: "structure".to_owned(),
        place: Some(Place::Edifact { segment: 1, element: 0, component: 0, offset: 0 }),
        message: Text::new(sentence(&message.fr), sentence(&message.en)),
        fix,
        ..Finding::default()
    }
}

/// Terms that the message does not state in so many words: each with what is said of it, in both languages.
pub(super) fn worked_out(rule: &str, made: &[(Term, Text)], shown: usize) -> Option<Finding> {
    let told = |lang: Lang| {
        let between = lang.pick(" ; ", "; ");
        // Thousands of lines have the same few reasons.
        let mut known = HashSet::new();
        let mut told: Vec<&str> =
            made.iter().map(|(_, said)| said.get(lang)).filter(|said| known.insert(*said)).collect();
        let more = if told.len() > shown { "…" } else { "" };
        told.truncate(shown);
        told.extend(Some(more).filter(|more| !more.is_empty()));
        told.join(between)
    };
    let terms: BTreeSet<&str> = made.iter().map(|(term, _)| term.id()).collect();
    (!made.is_empty()).then(|| Finding {
        terms: terms.into_iter().map(str::to_owned).collect(),
        found: Some(made.len().to_string()),
        ..finding(
            rule,
            Severity::Information,
            Text::new(
                format!("Termes que le message n’écrit pas tels quels : {}", told(Lang::Fr)),
                format!("Terms that the message does not write as such: {}", told(Lang::En)),
            ),
            Text::new("Vérifier ces valeurs avec l’émetteur.", "Check these values with the sender."),
        )
    })
}

/// Puts places, examples and words of a report into the terms of what was received.
pub(super) fn as_received(read: &Read<'_>, report: &mut Report) {
    let Some(received) = read.received.as_deref() else { return };
    let mut places = Places::of(&read.invoice);
    for NotRun { reason, .. } in &mut report.not_run {
        reason.fr = with_places(&reason.fr, &mut places, Lang::Fr);
        reason.en = with_places(&reason.en, &mut places, Lang::En);
    }
    once::without_structure(&mut report.findings);
    for finding in &mut report.findings {
        for place in finding.place.iter_mut() {
            *place = places.place(place);
        }
        for part in finding.working.iter_mut().flat_map(|working| &mut working.parts) {
            if let Some(place) = &mut part.place {
                *place = places.place(place);
            }
        }
        // An example is a piece of CII, which the sender has never seen.
        finding.example = None;
        finding.aim = None;
        let terms: Vec<Term> = finding.terms.iter().filter_map(|id| Term::parse(id)).collect();
        if finding.rule.contains("-XSD-") {
            plain_words(finding, &terms);
        }
        for text in [&mut finding.message, &mut finding.fix] {
            text.fr = without_currency(&without_attributes(&without_paths(&text.fr), "schemeID", "schéma "), Lang::Fr);
            text.en = without_currency(&without_attributes(&without_paths(&text.en), "schemeID", "scheme "), Lang::En);
        }
        for said in [&mut finding.expected, &mut finding.found] {
            *said = said
                .take()
                .filter(|said| !names_elements(said))
                .map(|said| without_attributes(&said, "currencyID", ""));
        }
        if finding.message.en.is_empty() || finding.rule == "CII-SR-454" {
            of_elements_alone(finding, &terms);
            let again = (finding.rule == "CII-SR-452").then(|| received.again(bt::BT_9)).flatten();
            finding.place = again.or(finding.place.take());
        }
        if matches!(finding.rule.as_str(), "BR-CO-04" | "CII-SR-454") && finding.found.is_none() {
            without_rate(finding, received.rates());
        }
        if let [term] = terms[..]
            && let Some(place) = received.around(term).filter(|_| finding.found.is_none())
        {
            finding.place = Some(place);
        }
        let homes: Vec<String> = terms.iter().filter_map(|term| received.home(*term)).take(3).collect();
        let of_message = ["-EDI-", "-X12-"].iter().any(|own| finding.rule.contains(own));
        // What is missing and has no place there can only be agreed.
        let expected = || finding.expected.as_deref().and_then(Term::parse);
        let lone = || if let [term] = terms[..] { Some(term) } else { None };
        let missing = expected().or_else(lone).filter(|_| finding.found.is_none());
        let agreed = missing.filter(|term| !term.is_group() && received.is_agreed(*term));
        if let (Some(term), false) = (agreed, of_message) {
            let message = received.message();
            finding.fix = Text::new(
                format!(
                    "{message} n’a pas de place pour {term} : le convenir avec l’émetteur et l’écrire dans le fichier partenaire ([x12.constants])."
                ),
                format!(
                    "{message} has no place for {term}: agree on it with the sender and write it into the partner file ([x12.constants])."
                ),
            );
        } else if !homes.is_empty() && !of_message {
            let message = received.message();
            let joined = |text: &str, more: String| if text.is_empty() { more } else { format!("{text} {more}") };
            finding.fix.fr = joined(&finding.fix.fr, format!("Dans {message} : {}.", homes.join(" ; ")));
            finding.fix.en = joined(&finding.fix.en, format!("In {message}: {}.", homes.join("; ")));
            if terms.iter().any(|term| received.around(*term).is_some()) {
                let (fr, en) = (
                    "UNB a, en 0007, un code pour 0088 (14), 0009 (5), 0002 (22) et 0060 (1) ; une adresse d’un autre schéma s’écrit dans le fichier partenaire (constants).",
                    "UNB has a code in 0007 for 0088 (14), 0009 (5), 0002 (22) and 0060 (1); an address of another scheme is written into the partner file (constants).",
                );
                finding.fix = Text::new(format!("{} {fr}", finding.fix.fr), format!("{} {en}", finding.fix.en));
            }
        }
    }
}

/// A sentence in which each path of CII is the place in the message of what it says.
fn with_places(text: &str, places: &mut Places<'_, '_>, lang: Lang) -> String {
    let mut said = String::with_capacity(text.len());
    for word in text.split_inclusive(' ') {
        let path = word.trim_end_matches([' ', ':', ';', ',', '.']);
        let place = (path.starts_with('/') && names_elements(path)).then(|| {
            let path = path.to_owned();
            places.place(&Place::Xml { line: 0, column: 0, path, attachment: None })
        });
        match place {
            Some(Place::Edifact { segment, element, component, offset }) => {
                said.push_str(&in_message(segment, element, component, offset, lang));
                said.push_str(word.get(path.len()..).unwrap_or_default());
            }
            _ => said.push_str(word),
        }
    }
    said
}

/// `schemeID="0225"` as what it is in a message: scheme 0225.
fn without_attributes(text: &str, attribute: &str, called: &str) -> String {
    let start = format!("{attribute}=\"");
    let mut parts = text.split(start.as_str());
    let mut said = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (value, rest) = part.split_once('"').unwrap_or((part, ""));
        said.push_str(&format!("{called}{value}{rest}"));
    }
    said
}

/// The attribute of a currency, which no message has, as the currency that it says.
fn without_currency(text: &str, lang: Lang) -> String {
    if !text.contains("currencyID") {
        return text.to_owned();
    }
    let (asides, named, called): ([&str; 2], [(&str, &str); 2], &str) = match lang {
        Lang::Fr => (
            [" (attribut currencyID)", " (currencyID)"],
            [("L'attribut currencyID", "La devise"), ("l'attribut currencyID", "currencyID")],
            "la devise",
        ),
        Lang::En => (
            [" (attribute currencyID)", " (currencyID)"],
            [("The attribute currencyID", "The currency"), ("the attribute currencyID", "currencyID")],
            "the currency",
        ),
    };
    let mut said = asides.into_iter().fold(text.to_owned(), |text, aside| text.replace(aside, ""));
    for (words, own) in named {
        said = said.replace(words, own);
    }
    without_attributes(&said, "currencyID", &format!("{called} ")).replace("currencyID", called)
}

/// Does it name elements of CII?
fn names_elements(text: &str) -> bool {
    ["rsm:", "ram:", "udt:", "qdt:"].iter().any(|prefix| text.contains(prefix))
}

/// A sentence without the elements of CII that it names; whole sentences about where to put them go.
fn without_paths(text: &str) -> String {
    if !names_elements(text) {
        return text.to_owned();
    }
    let mut kept: Vec<String> = Vec::new();
    for sentence in text.split_inclusive(". ") {
        if !names_elements(sentence) {
            kept.push(sentence.trim_end().to_owned());
            continue;
        }
        // What is said of a path is said of the term that stands before it; without one, it is about elements alone.
        let Some((said, path)) = sentence.split_once(": ").filter(|(said, _)| !names_elements(said)) else { continue };
        // The currency of an element goes with it: the sentence before says it.
        let words = path.split_whitespace().filter(|word| !names_elements(word) && !word.starts_with("currencyID="));
        let words: Vec<&str> = words.collect();
        let said = said.trim_end_matches(['\u{a0}', '\u{202f}', ' ']);
        kept.push(match words.join(" ") {
            rest if rest.is_empty() => format!("{said}."),
            rest => format!("{said} {rest}"),
        });
    }
    kept.join(" ")
}

/// Rules about elements that no term stands for, or that stand for another: what they mean of the message.
fn of_elements_alone(finding: &mut Finding, terms: &[Term]) {
    let found = finding.found.clone().unwrap_or_default();
    (finding.message, finding.fix) = match (finding.rule.as_str(), &finding.found) {
        ("CII-SR-452", _) => (
            Text::new(
                format!(
                    "Les conditions de paiement figurent {found} fois, avec plusieurs échéances (BT-9) ou plusieurs textes (BT-20) ; une facture n’en a qu’une fois."
                ),
                format!(
                    "Terms of payment are given {found} times, with several due dates (BT-9) or several texts (BT-20); an invoice has them once."
                ),
            ),
            Text::new(
                "N’écrire qu’une échéance et qu’un texte de conditions de paiement.",
                "Write one due date and one text of payment terms.",
            ),
        ),
        ("CII-SR-454", None) => (
            Text::new(
                "La TVA de la ligne (BG-30) manque : la ligne n’en dit pas la catégorie, et ce qui est dit ailleurs (aucune TVA, ou plusieurs) ne vaut pas pour elle.",
                "The VAT of the line (BG-30) is missing: the line does not say its category, and what is said elsewhere (no VAT, or several) does not hold for it.",
            ),
            Text::new(
                "Écrire la catégorie et le taux de TVA dans la ligne.",
                "Write category and rate of VAT in the line.",
            ),
        ),
        ("CII-SR-454", Some(_)) => (
            Text::new(
                format!("La TVA de la ligne (BG-30) figure {found} fois ; il en faut une, ni plus ni moins."),
                format!("The VAT of the line (BG-30) is given {found} times; one is needed, no more and no less."),
            ),
            Text::new("N’écrire qu’une TVA par ligne.", "Write one VAT a line."),
        ),
        _ => return plain_words(finding, terms),
    };
}

/// A line without VAT, where the header states several rates: which of them is its own nobody can tell.
fn without_rate(finding: &mut Finding, rates: &[String]) {
    if rates.is_empty() {
        return;
    }
    let rates = rates.join(", ");
    finding.message.fr.push_str(&format!(" L’en-tête dit plusieurs taux ({rates}) : aucun ne vaut pour elle."));
    finding
        .message
        .en
        .push_str(&format!(" The header states several rates ({rates}): none of them is that of the line."));
}

/// The structure that is judged is that of CII: what it says is said of the term.
fn plain_words(finding: &mut Finding, terms: &[Term]) {
    let of = |lang: Lang, unnamed: &str| terms.first().map_or_else(|| unnamed.to_owned(), |term| term.called(lang));
    let (fr, en) = (of(Lang::Fr, "une partie de la facture"), of(Lang::En, "a part of the invoice"));
    (finding.message, finding.fix) = match finding.rule.as_str() {
        "FCT-XSD-VALUE" => (
            Text::new(
                format!("La valeur n’a pas la forme attendue : {fr}."),
                format!("The value is not of the form expected: {en}."),
            ),
            Text::new("Corriger la valeur.", "Correct the value."),
        ),
        "FCT-XSD-MISSING" => (
            Text::new(format!("Obligatoire et absent : {fr}."), format!("Mandatory and missing: {en}.")),
            Text::new("L’ajouter.", "Add it."),
        ),
        "FCT-XSD-REPEATED" => (
            Text::new(
                format!("Donné plus souvent que permis : {fr}."),
                format!("Given more often than allowed: {en}."),
            ),
            Text::new("N’en garder qu’un.", "Keep one of them."),
        ),
        "FCT-XSD-D16B" => (
            Text::new(
                format!("La voie attend du CII D16B, qui n’a pas de place pour : {fr}."),
                format!("The route expects CII D16B, which has no place for: {en}."),
            ),
            Text::new("Vérifier que le client peut s’en passer.", "Check that the customer can do without it."),
        ),
        _ => (
            Text::new(
                format!("La structure d’une facture EN 16931 ne l’admet pas ainsi : {fr}."),
                format!("The structure of an EN 16931 invoice does not have it so: {en}."),
            ),
            Text::new("Corriger la valeur ou sa place.", "Correct the value or its place."),
        ),
    };
    // Of a value its form is told; anything else are elements.
    if finding.rule != "FCT-XSD-VALUE" {
        finding.expected = None;
    }
}

#[cfg(test)]
mod tests {
    use crate::day::Day;
    use crate::invoice::Place;
    use crate::text::Lang;
    use crate::validate::{Options, validate_all};

    fn told(body: &str, rule: &str) -> crate::rules::Finding {
        let count = body.matches('\'').count() + 2;
        let file = format!("UNB+UNOC:3+A+B+261122:1000+1'UNH+1+INVOIC:D:96A:UN'{body}UNT+{count}+1'UNZ+1+1'");
        let judged = validate_all(file.as_bytes(), "a.edi", &Options::new(Day::new(2026, 11, 22).unwrap()));
        judged[0].report.findings.iter().find(|finding| finding.rule == rule).cloned().unwrap()
    }

    #[test]
    fn rules_about_elements_alone_speak_of_the_message() {
        let head = "BGM+380+F-1+9'DTM+137:20261122:102'";
        let due = format!("{head}PAT+1'DTM+13:20261222:102'PAT+1'DTM+13:20270110:102'LIN+1'UNS+S'MOA+79:1'");
        let finding = told(&due, "CII-SR-452");
        assert!(finding.message.en.contains("BT-9") && finding.message.fr.contains("BT-9"), "{:?}", finding.message);
        assert!(!finding.fix.en.is_empty() && !finding.fix.fr.is_empty());
        assert!(matches!(finding.place, Some(Place::Edifact { segment: 7, .. })), "{:?}", finding.place);
        let taxes = "TAX+7+VAT+++:::20+S'TAX+7+VAT+++:::5.5+S'LIN+1'MOA+203:1'UNS+S'MOA+79:1'";
        let finding = told(&format!("{head}{taxes}"), "BR-CO-04");
        assert!(finding.message.en.contains("states several rates (S 20, S 5.5)"), "{}", finding.message.en);
        assert!(finding.message.fr.contains("dit plusieurs taux (S 20, S 5.5)"), "{}", finding.message.fr);
    }

    #[test]
    fn of_a_message_that_is_not_kept_one_thing_is_said() {
        let text = format!("BGM+380+F-1+9'DTM+137:20261122:102'FTX+AAI+++{}'UNS+S'", ":".repeat(2000));
        let file = format!("UNB+UNOC:3+A+B+261122:1000+1'UNH+1+INVOIC:D:96A:UN'{text}UNT+6+1'UNZ+1+1'");
        let report = &reports(file.as_bytes())[0];
        let rules: Vec<&str> = report.findings.iter().map(|finding| finding.rule.as_str()).collect();
        assert_eq!((rules, report.verdict), (vec!["FCT-LIMIT-SIZE"], crate::report::Verdict::NotJudged));
        assert!(report.findings[0].message.en.contains("1000 components"), "{:?}", report.findings[0].message);
        assert_eq!(report.not_run.len(), 1);
    }

    #[test]
    fn a_due_date_without_a_day_of_issue_is_not_called_too_early() {
        let seller = "NAD+SE+++Morel+1 rue A+Lyon++69007+FR'";
        let body = |day: &str| {
            format!(
                "BGM+380+F-1+9'{day}{seller}PAT+3'DTM+13:20261120:102'LIN+1'MOA+203:1'UNS+S'MOA+79:1'MOA+77:1'MOA+9:1'"
            )
        };
        let early = told(&body("DTM+137:20261122:102'"), "BR-FR-CO-07_BT-9").message;
        assert!(early.en.contains("before the day of the invoice") && early.fr.contains("est avant"), "{early:?}");
        let missing = told(&body(""), "BR-FR-CO-07_BT-9").message;
        assert!(missing.en.contains("BT-2 is missing") && !missing.en.contains("before"), "{missing:?}");
        assert!(missing.fr.contains("BT-2 manque") && !missing.fr.contains("est avant"), "{missing:?}");
    }

    #[test]
    fn advice_names_places_of_the_message_and_no_attribute() {
        let head = "BGM+380+F-1+9'DTM+137:20261122:102'";
        let two = format!("{head}CUX+2:EUR:4+6:GBP:11'LIN+1'MOA+203:1'UNS+S'MOA+79:1'MOA+176:0.2'MOA+77:1.2'");
        let finding = told(&two, "BR-53");
        for said in [&finding.fix.en, &finding.fix.fr] {
            assert!(
                said.contains("MOA+176, 1.2 (1.3 = BT-6)") && said.contains("CUX, 2.2") && !said.contains("currencyID"),
                "{said}"
            );
        }
        let reverse = format!(
            "{head}LIN+1'MOA+203:1'TAX+7+VAT+++:::0+AE'UNS+S'MOA+79:1'TAX+7+VAT+++:::0+AE'MOA+125:1'MOA+124:0'"
        );
        let finding = told(&reverse, "BR-AE-10");
        assert!(finding.fix.en.contains("FTX+TXD, 4.1"), "{}", finding.fix.en);
        let said = super::without_currency(
            "Write currencyID=\"EUR\" on it; the attribute currencyID is empty (currencyID).",
            Lang::En,
        );
        assert_eq!(said, "Write the currency EUR on it; the currency is empty.");
        let said = super::without_paths("Add BT-110 in EUR: ram:TaxTotalAmount currencyID=\"EUR\".");
        assert_eq!(said, "Add BT-110 in EUR.");
        // What an 810 has no place for is agreed in its own table of the partner file.
        let set = "BIG*20261122*F~CUR*SE*EUR~IT1*1*1*EA*1~TXI*VA*0.2*20~IT1*2*1*EA*1~TXI*VA*0.1*10~TDS*730~TXI*VA*0.2*20*****1~TXI*VA*0.1*10*****1~SAC*C*D240***500~";
        let file = format!(
            "ISA*00*          *00*          *01*123456789      *ZZ*RECEIVER       *261102*0930*U*00401*000000101*0*P*>~GS*IN*S*R*20261102*0930*7*X*004010~ST*810*0001~{set}SE*12*0001~GE*1*7~IEA*1*000000101~"
        );
        let mut partner = crate::formats::edifact::Partner { identifiers: vec!["S".to_owned()], ..Default::default() };
        partner.x12.constants = vec![("BT-102".to_owned(), "S".to_owned())];
        let partners = [partner];
        let options = Options { partners: &partners, ..Options::new(Day::new(2026, 11, 22).unwrap()) };
        let report = &validate_all(file.as_bytes(), "a.edi", &options)[0].report;
        let rate = report.findings.iter().find(|finding| finding.rule == "BR-S-07").unwrap();
        assert!(rate.fix.en.contains("BT-103") && rate.fix.en.contains("[x12.constants]"), "{:?}", rate.fix);
        assert!(rate.fix.fr.contains("[x12.constants]"), "{:?}", rate.fix);
    }

    fn reports(file: &[u8]) -> Vec<crate::report::Report> {
        let judged = validate_all(file, "a.edi", &Options::new(Day::new(2026, 11, 22).unwrap()));
        judged.into_iter().map(|judged| judged.report).collect()
    }

    const D96A: &[u8] = include_bytes!("../../fixtures/edifact/d96a.edi");

    /// The message with each of its segments left out, and with a letter for each number.
    fn damaged(file: &[u8], terminator: u8, separators: [u8; 2]) -> Vec<Vec<u8>> {
        let segments: Vec<&[u8]> = file.split_inclusive(|b| *b == terminator).collect();
        let mut all = vec![file.to_vec()];
        for (at, segment) in segments.iter().enumerate() {
            let around =
                |middle: &[u8]| [segments[..at].concat(), middle.to_vec(), segments[at + 1..].concat()].concat();
            if [&b"UN"[..], b"ISA", b"GS", b"ST", b"SE", b"GE", b"IEA"]
                .iter()
                .any(|tag| segment.trim_ascii().starts_with(tag))
            {
                continue;
            }
            all.push(around(b""));
            let number = |part: &[u8]| part.contains(&b'.') && part.iter().all(|b| b.is_ascii_digit() || *b == b'.');
            let parts = segment.trim_ascii_end().strip_suffix(&[terminator]).unwrap_or(segment);
            if let Some(part) = parts.split(|b| separators.contains(b)).find(|part| number(part)) {
                let start = part.as_ptr() as usize - segment.as_ptr() as usize;
                all.push(around(&[&segment[..start], b"Q", &segment[start + part.len()..]].concat()));
            }
        }
        all
    }

    #[test]
    fn no_report_of_a_message_names_elements_of_cii() {
        use crate::report::{Document, Format, Later, Manner};
        let x12 = include_bytes!("../../fixtures/x12/invoice.edi");
        let whole: [&[u8]; 4] = [
            include_bytes!("../../fixtures/edifact/d16b.edi"),
            include_bytes!("../../fixtures/edifact/d01b.edi"),
            include_bytes!("../../fixtures/x12/lavande.edi"),
            include_bytes!("../../fixtures/x12/credit-negative.edi"),
        ];
        let mut stopped = 0;
        let files = damaged(D96A, b'\'', [b'+', b':']).into_iter().chain(damaged(x12, b'~', [b'*', b'>']));
        for file in files.chain(whole.into_iter().map(<[u8]>::to_vec)) {
            for report in reports(&file) {
                stopped += report.not_run.len();
                for (format, lang) in
                    Format::ALL.into_iter().zip([crate::text::Lang::Fr, crate::text::Lang::En].into_iter().cycle())
                {
                    let piece =
                        format.form(Manner { lang, colour: false, all: true }).one(&report, &Document::default());
                    // What is told once a run is what a rule asks in every syntax, and no word of this document.
                    let each = piece.later.iter().filter_map(|later| match later {
                        Later::Each { text, .. } => Some(text.as_str()),
                        Later::Once { .. } => None,
                    });
                    let text = std::iter::once(piece.text.as_str()).chain(each).collect::<String>();
                    for word in ["rsm:", "ram:", "udt:", "qdt:"] {
                        assert!(!text.contains(word), "{}: {word}\n{text}", format.as_str());
                    }
                }
            }
        }
        assert!(stopped > 3, "{stopped}");
    }

    #[test]
    fn where_a_rule_stops_is_told_by_the_segment() {
        let text = String::from_utf8(D96A.iter().map(|b| if b.is_ascii() { *b } else { b'e' }).collect()).unwrap();
        let report = &reports(text.replace("MOA+203:100.00", "MOA+203:Q").as_bytes())[0];
        let reason = &report.not_run.iter().find(|one| one.pack == "en16931").unwrap().reason;
        assert!(
            reason.en.starts_with("segment ") && reason.en.contains("this is no decimal number (\"Q\")"),
            "{}",
            reason.en
        );
        assert!(reason.fr.starts_with("segment ") && reason.fr.contains(", octet "), "{}", reason.fr);
    }

    #[test]
    fn what_the_norm_misses_is_told_once() {
        let text = String::from_utf8(D96A.iter().map(|b| if b.is_ascii() { *b } else { b'e' }).collect()).unwrap();
        // Where the norm stops at a value, no finding was linked to another.
        let report = &reports(text.replace("MOA+203:100.00", "MOA+203:Q").as_bytes())[0];
        let rules: Vec<&str> = report.findings.iter().map(|finding| finding.rule.as_str()).collect();
        assert!(rules.contains(&"BR-01") && !rules.iter().any(|rule| rule.starts_with("CII-")), "{rules:?}");
        // The VAT category of a line: BR-CO-04 says it.
        let line = text.find("LIN+1'").unwrap();
        let tax = line + text[line..].find("TAX+7").unwrap();
        let end = tax + text[tax..].find('\'').unwrap() + 1;
        let report = &reports((text[..tax].to_owned() + &text[end..]).as_bytes())[0];
        let rules: Vec<&str> = report.findings.iter().map(|finding| finding.rule.as_str()).collect();
        assert!(rules.contains(&"BR-CO-04") && !rules.contains(&"CII-SR-454"), "{rules:?}");
        assert!(report.findings.iter().all(|finding| finding.follows.is_none_or(|at| at < report.findings.len())));
    }
}
