//! Values that findings ask for and do not name, and that stand elsewhere in the document: the category of a breakdown, the currency
//! of the amounts, the amount that a sum lacks.

use crate::decimal::{self, plain};
use crate::formats::{self, Edit, Read, currency_of, element, put_right};
use crate::invoice::{Group, Syntax, Term, bt};
use crate::limits;
use crate::rules::{About, Aim, Finding};
use crate::text::Text;
use crate::xml::{Name, NodeId};

use super::{Suspect, currency, differences, lines, texts};

/// For each finding that lacks a value, what it may be.
pub(super) fn candidates(read: &Read<'_>, findings: &[Finding], open: &[usize]) -> Vec<Suspect> {
    let mut all = Vec::new();
    let mut renamed = false;
    for at in open.iter().copied() {
        if findings[at].rule == "FCT-XSD-UNKNOWN" && !renamed {
            let suspect = lines_renamed(read, at, &findings[at]);
            renamed = suspect.is_some();
            all.extend(suspect);
            continue;
        }
        let Some(aim) = findings[at].aim.as_ref().filter(|aim| aim.right.is_none()) else { continue };
        let Some(place) = Place::of(read, &findings[at], aim) else { continue };
        let values = values(read, findings, open, &place);
        all.extend(values.into_iter().take(limits::SUSPECTS_EACH).filter_map(|value| suspect(read, at, &place, value)));
        if all.len() >= limits::SUSPECTS_TRIED {
            break;
        }
    }
    all
}

/// The lines of the other document, all under the names of this one.
fn lines_renamed(read: &Read<'_>, own: usize, finding: &Finding) -> Option<Suspect> {
    const NAMES: [[&str; 2]; 2] =
        [["cac:InvoiceLine", "cbc:InvoicedQuantity"], ["cac:CreditNoteLine", "cbc:CreditedQuantity"]];
    let (tree, aim) = (read.invoice.tree(), finding.aim.as_ref()?);
    let (from, to) = match read.invoice.syntax() {
        Syntax::UblCreditNote => (NAMES[0], NAMES[1]),
        Syntax::UblInvoice => (NAMES[1], NAMES[0]),
        Syntax::Cii | Syntax::Cdar => return None,
    };
    let name = |node: NodeId| tree.qualified(tree.node(node).name);
    if name(aim.node) != from[0] {
        return None;
    }
    let rename = |node: NodeId| {
        let meant = to[from.iter().position(|from| *from == name(node))?];
        let (prefix, _) = meant.split_once(':')?;
        let (_, space) = formats::spaces(read.invoice.syntax()).iter().find(|(known, _)| *known == prefix)?;
        Some(Edit::Rename { node, name: meant.to_owned(), space })
    };
    // A few, since each is read anew.
    let edits: Vec<Edit> = (0..tree.len() as NodeId).filter_map(rename).take(limits::SUSPECTS_TRIED + 1).collect();
    (edits.len() <= limits::SUSPECTS_TRIED).then(|| Suspect {
        own: Some(own),
        edits,
        whole: None,
        node: aim.node,
        attribute: None,
        terms: Vec::new(),
        about: About::Banned,
        found: None,
        right: aim.right.clone(),
        example: Some(format!("<{0}>…</{0}>", to[0])),
        message: Text::default(),
        fix: Text::new(
            format!("Écrire {} pour chaque ligne, et {} dedans.", to[0], to[1]),
            format!("Write {} for each line, and {} in it.", to[0], to[1]),
        ),
    })
}

/// Where a value is missing or none of those that may stand: an element, or a child of it by its name.
struct Place {
    node: NodeId,
    child: Option<Name>,
    /// The name of the element that holds the value: `CategoryCode`, without its prefix.
    local: String,
    qualified: String,
}

impl Place {
    fn of(read: &Read<'_>, finding: &Finding, aim: &Aim) -> Option<Place> {
        let tree = read.invoice.tree();
        let at = |node: NodeId, child: Option<Name>| {
            let qualified = tree.qualified(child.unwrap_or(tree.node(node).name));
            let local = qualified.rsplit(':').next().unwrap_or_default().to_owned();
            Some(Place { node, child, local, qualified })
        };
        if aim.attribute.is_some() {
            return None;
        }
        if let Some(child) = aim.child {
            return at(aim.node, Some(child));
        }
        // A rule that asks for the category of a line stands at the line.
        let deep = matches!(finding.group.as_str(), "BR-CO-04" | "BR-47" | "BR-48" | "BR-32" | "BR-37");
        if deep && tree.has_children(aim.node) {
            let (holder, code) = match read.invoice.syntax().is_ubl() {
                true if finding.group == "BR-48" => (["cac:TaxCategory", "cac:TaxCategory"], "cbc:Percent"),
                true => (["cac:ClassifiedTaxCategory", "cac:TaxCategory"], "cbc:ID"),
                false if finding.group == "BR-48" => (["ram:ApplicableTradeTax"; 2], "ram:RateApplicablePercent"),
                false => (["ram:ApplicableTradeTax", "ram:CategoryTradeTax"], "ram:CategoryCode"),
            };
            let name = |n: NodeId| tree.qualified(tree.node(n).name);
            let mut holders = (aim.node..tree.node(aim.node).end).filter(|n| holder.contains(&name(*n).as_str()));
            let holder = holders.next().filter(|_| holders.next().is_none())?;
            return match tree.children(holder).find(|n| name(*n) == code) {
                Some(code) => at(code, None),
                None => at(holder, formats::name_of(code)),
            };
        }
        (!tree.has_children(aim.node)).then(|| at(aim.node, None)).flatten()
    }

    fn is_category(&self, read: &Read<'_>) -> bool {
        let tree = read.invoice.tree();
        let holder = if self.child.is_some() { self.node } else { tree.node(self.node).parent };
        let holder = tree.qualified(tree.node(holder).name);
        self.local == "CategoryCode" || self.local == "ID" && holder.ends_with("TaxCategory")
    }
}

fn values(read: &Read<'_>, findings: &[Finding], open: &[usize], place: &Place) -> Vec<String> {
    let invoice = &read.invoice;
    let owned = |all: Vec<&str>| all.into_iter().map(str::to_owned).collect();
    let term = formats_term(read, place);
    match place.local.as_str() {
        _ if place.is_category(read) => match term {
            Some(bt::BT_118) => owned(texts(read, bt::BT_151)),
            _ => owned(texts(read, bt::BT_118)),
        },
        "PriceAmount" | "ChargeAmount" | "BaseAmount" if place.child.is_none() => {
            positive_price(read, place.node).into_iter().collect()
        }
        // Of a tax, a value that is there and is not VAT.
        "TypeCode" if place.child.is_none() && is_tax(read, place.node) => vec!["VAT".to_owned()],
        "ChargeIndicator" | "Indicator" => vec!["false".to_owned(), "true".to_owned()],
        "DocumentCurrencyCode" | "InvoiceCurrencyCode" => {
            currency::borne(read).map(str::to_owned).into_iter().collect()
        }
        "TaxCurrencyCode" => {
            let document = invoice.text(bt::BT_5).map(str::trim);
            let tree = invoice.tree();
            let totals = formats::vat_totals(invoice.syntax(), tree);
            let mut other = totals.iter().filter_map(|n| currency_of(tree, *n)).filter(|c| Some(*c) != document);
            other.next().filter(|_| other.next().is_none()).map(str::to_owned).into_iter().collect()
        }
        "Percent" | "RateApplicablePercent" => match term {
            Some(bt::BT_119) => owned(texts(read, bt::BT_152)),
            _ => owned(texts(read, bt::BT_119)),
        },
        local if local.ends_with("Amount") => {
            let mut all: Vec<String> = Vec::new();
            if term == Some(bt::BT_131) {
                let line = line_around(read, place.node).and_then(lines::product);
                all.extend(line.map(plain));
            }
            for difference in differences(findings, open, |group| group.starts_with("BR-")) {
                let value = plain(difference.abs());
                if !all.contains(&value) {
                    all.push(value);
                }
            }
            all
        }
        _ => Vec::new(),
    }
}

/// The price without its sign, where all that is computed with it agrees then: a slip of the sign, and no correction of quantities.
fn positive_price(read: &Read<'_>, node: NodeId) -> Option<String> {
    let line = line_around(read, node)?;
    let value = |term: Term| line.first(term).filter(|o| !o.is_attribute());
    let own = [bt::BT_146, bt::BT_148].into_iter().filter_map(value).find(|o| o.node() == node)?;
    let right = own.trimmed().strip_prefix('-')?;
    let number = decimal::parse(right).ok()?;
    let agrees = match own.term() {
        bt::BT_146 => lines::product_at(line, number)? == line.number(bt::BT_131)?,
        _ => number == decimal::add(line.number(bt::BT_146)?, line.number(bt::BT_147).unwrap_or_default())?,
    };
    agrees.then(|| right.to_owned())
}

/// Is it the type of a tax in CII?
fn is_tax(read: &Read<'_>, node: NodeId) -> bool {
    let tree = read.invoice.tree();
    let around = tree.qualified(tree.node(tree.node(node).parent).name);
    matches!(around.as_str(), "ram:ApplicableTradeTax" | "ram:CategoryTradeTax")
}

fn formats_term(read: &Read<'_>, place: &Place) -> Option<Term> {
    let (syntax, tree) = (read.invoice.syntax(), read.invoice.tree());
    match place.child {
        Some(child) => formats::term_at(syntax, tree, place.node, child, false),
        None => formats::term_at(syntax, tree, tree.node(place.node).parent, tree.node(place.node).name, false),
    }
}

fn line_around<'r>(read: &'r Read<'_>, node: NodeId) -> Option<Group<'r>> {
    let tree = read.invoice.tree();
    let holds = |line: NodeId| line <= node && node < tree.node(line).end;
    read.invoice.lines().find(|line| line.node().is_some_and(holds))
}

fn suspect(read: &Read<'_>, own: usize, place: &Place, value: String) -> Option<Suspect> {
    let (syntax, tree) = (read.invoice.syntax(), read.invoice.tree());
    let (edit, example) = match place.child {
        None => (
            Edit::Text { node: place.node, value: value.clone() },
            put_right(tree, place.node, Some(&value), None, None),
        ),
        Some(name) => {
            let currency = read.invoice.text(bt::BT_5).filter(|_| syntax.is_ubl() && place.local.ends_with("Amount"));
            let currency = currency.map_or(String::new(), |code| format!(" currencyID=\"{}\"", code.trim()));
            let example = format!("<{0}{currency}>{value}</{0}>", place.qualified);
            (Edit::Insert { parent: place.node, name, xml: element(syntax, &example) }, example)
        }
    };
    Some(Suspect {
        own: Some(own),
        edits: vec![edit],
        whole: None,
        node: place.node,
        attribute: None,
        terms: Vec::new(),
        about: About::Value,
        found: None,
        right: Some(value),
        example: Some(example),
        message: Text::default(),
        fix: sign(read, place).unwrap_or_default(),
    })
}

/// What to do about a price below zero.
fn sign(read: &Read<'_>, place: &Place) -> Option<Text> {
    let right = positive_price(read, place.node).filter(|_| place.child.is_none())?;
    Some(Text::new(
        format!("Écrire {right}, sans le signe : avec ce prix, la ligne tombe juste."),
        format!("Write {right}, without the sign: with this price, the line agrees."),
    ))
}
