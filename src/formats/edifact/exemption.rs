//! Why nothing is charged (BT-120, BT-121): the header says it (FTX), and it belongs to breakdowns that are exempt. Whose a reason is, the writer asks here too.

use crate::invoice::{Draft, bt};
use crate::text::{Text, plain};

use super::document::is_french;
use super::fill::Filler;
use super::groups::MESSAGE;
use super::structure::{Directory, tag};
use super::tax::push;
use super::{Remark, Why};

/// Categories of VAT under which nothing is charged, for a reason.
const EXEMPT: [&str; 5] = ["AE", "E", "G", "K", "O"];

/// The category of a breakdown, where it is one of those.
pub(super) fn exempt(breakdown: &Draft) -> Option<&'static str> {
    let own = breakdown.text(bt::BT_118).filter(|_| breakdown.term == Some(bt::BG_23))?;
    EXEMPT.into_iter().find(|category| *category == own)
}

/// The exempt categories of the breakdowns, each once, in order.
pub(super) fn waiting(draft: &Draft) -> Vec<&'static str> {
    let mut waiting: Vec<&str> = draft.groups(bt::BG_23).filter_map(exempt).collect();
    waiting.sort_unstable();
    waiting.dedup();
    waiting
}

/// A reason as the header has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reason {
    pub text: String,
    /// C107, in capitals: VATEX-EU-AE.
    pub code: String,
}

/// Of which breakdowns a reason is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Whose {
    /// Those of these categories.
    Of(Vec<&'static str>),
    /// The same, of several that wait, since its words name them.
    Named(Vec<&'static str>),
    /// Nobody can say.
    Unsure,
    /// None: it is no reason, or others say theirs by name.
    None,
}

/// Whose each of the reasons of a header is, where breakdowns of these categories wait for one.
pub(super) fn whose(reasons: &[Reason], waiting: &[&'static str]) -> Vec<Whose> {
    let by_code = |reason: &Reason| category(&reason.code).filter(|own| waiting.contains(own));
    let is_one = |reason: &Reason| reason.code.starts_with("VATEX") || is_reason(&reason.text);
    let mut real = reasons.iter().filter(|reason| is_one(reason));
    let first = real.next();
    let differ = real.any(|reason| Some(reason) != first);
    let several = waiting.len() > 1;
    // Of several reasons for one category, those that name it come before those that name nothing.
    let names = |reason: &Reason| by_code(reason).is_some() || !named(&reason.text, waiting).is_empty();
    let some_name = differ && reasons.iter().any(|reason| is_one(reason) && names(reason));
    let one = |reason: &Reason| match (by_code(reason), named(&reason.text, waiting)) {
        _ if !is_one(reason) => Whose::None,
        (Some(own), _) => Whose::Of(vec![own]),
        _ if !several && some_name && !names(reason) => Whose::None,
        _ if !several => Whose::Of(waiting.to_vec()),
        (None, named) if !differ && named.is_empty() => Whose::Of(waiting.to_vec()),
        (None, named) if !differ => Whose::Named(named),
        // Deliveries abroad are exempt, too: E is what none of the others is.
        (None, named) if named.contains(&"E") && !by_article(&reason.text) => Whose::Named(vec!["E"]),
        (None, named) if named.len() == 1 => Whose::Named(named),
        _ => Whose::Unsure,
    };
    reasons.iter().map(one).collect()
}

pub(super) fn finish(filler: &mut Filler<'_>, draft: &mut Draft) {
    let subjects: &[&str] = match filler.directory {
        Directory::D96A => &["TXD"],
        Directory::D01B => &["AGM", "TXD", "BAQ"],
        Directory::D16B => &["AGM"],
    };
    let found = filler.segments(MESSAGE, tag("FTX")).filter(|(_, ftx)| subjects.contains(&&*ftx.text(1, 1)));
    let (places, reasons): (Vec<u32>, Vec<Reason>) = found
        .map(|(at, ftx)| {
            let code = ftx.text(3, 1).trim().to_uppercase();
            (at, Reason { text: filler.groups.text(at, 4, 1, 5), code })
        })
        .unzip();
    let mut open: Vec<(u32, String)> = Vec::new();
    for ((at, Reason { text, code }), whose) in places.into_iter().zip(&reasons).zip(whose(&reasons, &waiting(draft))) {
        let (own, by_name) = match whose {
            Whose::Of(own) => (own, false),
            Whose::Named(own) => (own, true),
            Whose::None => (Vec::new(), false),
            // Nobody can say which is whose, but for codes and mentions that are of one.
            Whose::Unsure => {
                if !text.is_empty() {
                    open.push((at, text.clone()));
                }
                continue;
            }
        };
        let vatex = code.starts_with("VATEX");
        let mut taken = false;
        for group in draft.groups.iter_mut().filter(|group| exempt(group).is_some_and(|one| own.contains(&one))) {
            if is_bare(group) {
                push(group, bt::BT_120, text.clone(), filler.place(at, 4, 1));
                if vatex {
                    push(group, bt::BT_121, code.clone(), filler.place(at, 3, 1));
                }
                taken = true;
            }
        }
        match taken {
            true => {
                if by_name {
                    filler.derive(bt::BT_120, filler.place(at, 4, 1), Why::Mention);
                }
                filler.read(at, 4, 1..=5);
                if vatex {
                    filler.read(at, 3, 1..=1);
                }
            }
            // Where nothing is left to be explained it is a note as any other.
            false if filler.directory != Directory::D16B && !text.is_empty() => {
                super::document::note(filler, draft, at, text.clone());
            }
            false => {}
        }
    }
    unsure(filler, draft, &open, subjects[0]);
}

fn is_bare(group: &Draft) -> bool {
    group.first(bt::BT_120).is_none() && group.first(bt::BT_121).is_none()
}

/// Reasons of which neither code nor mention says to which breakdown they belong: none is read as that of a breakdown that may be another's. They are one
/// note (BR-FR-06 takes no two of a code), and told.
fn unsure(filler: &mut Filler<'_>, draft: &mut Draft, open: &[(u32, String)], subject: &str) {
    let Some((first, _)) = open.first() else { return };
    let place = filler.place(*first, 4, 1);
    let mut texts: Vec<&str> = Vec::new();
    for (_, text) in open {
        if !texts.contains(&&**text) {
            texts.push(text);
        }
    }
    let bare = draft.groups(bt::BG_23).filter(|group| is_bare(group));
    let mut categories: Vec<&str> = bare.filter_map(exempt).collect();
    categories.sort_unstable();
    categories.dedup();
    if filler.directory != Directory::D16B {
        open.iter().for_each(|(at, _)| filler.read(*at, 4, 1..=5));
        let between = if is_french(draft) { " ; " } else { "; " };
        super::document::note(filler, draft, *first, texts.join(between));
        filler.derive(bt::BG_1, place.clone(), Why::Reasons);
    }
    if !categories.is_empty() {
        let (count, categories) = (texts.len(), categories.join(", "));
        filler.remarks.push(Remark {
            open: false,
            terms: vec![bt::BT_120],
            place,
            what: Text::new(
                format!("motifs d’exonération dont la catégorie de TVA n’est pas sûre ({count}) et catégories restées sans motif ({categories}) : rien ne dit lequel est de laquelle, ils ne sont pas attribués"),
                format!("reasons of exemption whose category of VAT is not sure ({count}) and categories left without a reason ({categories}): nothing says which is of which, they are not attributed"),
            ),
            fix: Text::new(
                format!("Écrire dans chaque FTX+{subject} le code VATEX de son motif en 3.1 (C107) : FTX+{subject}++VATEX-EU-AE+…"),
                format!("Write into each FTX+{subject} the VATEX code of its reason in 3.1 (C107): FTX+{subject}++VATEX-EU-AE+…"),
            ),
        });
    }
}

/// Words by which a mention prescribed by law names a category (directive 2006/112/CE, article 226; CGI, annexe II, article 242 nonies A), without accents.
const WORDS: [(&str, &[&str]); 5] = [
    (
        "AE",
        &[
            "autoliquidation",
            "auto-liquidation",
            "reverse charge",
            "steuerschuldnerschaft des leistungsempfangers",
            "inversione contabile",
        ],
    ),
    ("E", &["293 b", "293b"]),
    ("G", &["export", "ausfuhr"]),
    ("K", &["intracommunautaire", "intra-communautaire", "intra-community", "262 ter", "innergemeinschaftlich"]),
    ("O", &["hors champ", "outside the scope"]),
];

/// Articles of the CGI of which each is one category's.
const ARTICLES: [(&str, &str); 2] = [("AE", "283"), ("E", "261")];

/// What any exemption may be called.
const EXEMPTION: [&str; 3] = ["exoner", "exempt", "steuerfrei"];

/// Of those that wait for a reason, the categories that its words name: by an article or a mention of their own, else, where it speaks of an exemption alone,
/// those that are exemptions.
fn named(text: &str, waiting: &[&'static str]) -> Vec<&'static str> {
    let text = plain(text).to_lowercase();
    let named: Vec<&str> = waiting.iter().copied().filter(|category| by_mention(&text, category)).collect();
    // Article 262 is of deliveries abroad, whatever is exempt of them.
    if !named.is_empty() || text.contains("262") || !EXEMPTION.iter().any(|word| affirms(&text, word)) {
        return named;
    }
    waiting.iter().copied().filter(|category| matches!(*category, "E" | "G" | "K")).collect()
}

/// Does a text name any category by an article or a mention of its own, and not as an exemption alone?
fn by_article(text: &str) -> bool {
    let text = plain(text).to_lowercase();
    EXEMPT.iter().any(|category| by_mention(&text, category))
}

/// Does a text, plain and in small letters, name the category by an article or a mention of its own?
fn by_mention(text: &str, category: &str) -> bool {
    let words = WORDS.iter().filter(|(own, _)| *own == category).flat_map(|(_, words)| *words);
    let articles = ARTICLES.iter().filter(|(own, _)| *own == category);
    let written = ["article ", "articles ", "art. ", "art.", "art "].iter();
    words.into_iter().any(|word| affirms(text, word))
        || articles.into_iter().any(|(_, n)| written.clone().any(|art| affirms(text, &format!("{art}{n}"))))
}

/// Does a text, plain and in small letters, say the word, and does no negation stand before it ("pas d'autoliquidation")?
fn affirms(text: &str, word: &str) -> bool {
    const LINKS: [&str; 9] = ["d", "de", "l", "la", "the", "a", "to", "subject", "under"];
    const NOT: [&str; 13] =
        ["pas", "sans", "non", "ni", "hors", "aucune", "aucun", "no", "not", "without", "kein", "keine", "nicht"];
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).unwrap_or_default();
        let mut words = before.split(|c: char| !c.is_alphanumeric()).rev().filter(|word| !word.is_empty());
        // A stop between them parts the two.
        let parted = before.trim_end().ends_with([',', ';', ':', '.', '-', '(', '/']);
        parted || !words.find(|word| !LINKS.contains(word)).is_some_and(|word| NOT.contains(&word))
    })
}

/// May a text be the reason of an exemption? When VAT falls due (on debits or on payment) and that the seller is a member of a single taxable person is none.
pub(super) fn is_reason(text: &str) -> bool {
    const TAX: [&str; 5] = ["tva", "taxe", "vat", "option", "acquitt"];
    const DUE: [&str; 3] = ["debit", "encaissement", "cash accounting"];
    const MEMBER: [&str; 3] = ["assujetti unique", "assujetti_unique", "single taxable person"];
    let plain = plain(text).to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| plain.contains(word));
    !(says(&DUE) && says(&TAX) || says(&MEMBER)) || !named(text, &EXEMPT).is_empty()
}

/// The category that a code of a reason (VATEX, BT-121) belongs to, where it is of one.
fn category(code: &str) -> Option<&'static str> {
    match code.strip_prefix("VATEX-")? {
        "EU-AE" | "FR-AE" => Some("AE"),
        "EU-IC" => Some("K"),
        "EU-G" => Some("G"),
        "EU-O" => Some("O"),
        "EU-D" | "EU-F" | "EU-I" | "EU-J" | "FR-FRANCHISE" | "FR-CNWVAT" => Some("E"),
        other => {
            let article = other.strip_prefix("EU-").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
            (article || other.starts_with("FR-CGI261")).then_some("E")
        }
    }
}
