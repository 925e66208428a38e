//! What is said of terms that were made, and of what was not read.

use crate::decimal::{self, Decimal};
use crate::invoice::Term;
use crate::limits;
use crate::text::{Lang, Text};
use crate::x12::Segment;

pub fn no_invoice(code: &str) -> Text {
    let code = short(code);
    Text::new(format!("message {code}, pas une facture (810)"), format!("transaction set {code}, no invoice (810)"))
}

pub fn version(version: &str) -> Text {
    let version = short(version);
    Text::new(
        format!("version {version} ; les versions 004010 à 005010 sont lues"),
        format!("release {version}; releases 004010 to 005010 are read"),
    )
}

/// What stands in a segment, or in one of its elements, as it was written.
pub fn said(segment: &Segment<'_>, e: usize) -> String {
    if e == 0 {
        return short(&String::from_utf8_lossy(segment.raw()));
    }
    let said = format!("{}{e:02} {}", segment.tag(), short(&segment.text(e)));
    // From IT106 on, and in PER, a qualifier and what it qualifies are one.
    let is_pair = match segment.tag() {
        "IT1" => e >= 6 && e.is_multiple_of(2),
        "PER" => matches!(e, 3 | 5 | 7),
        _ => false,
    };
    match segment.value(e + 1).filter(|_| is_pair) {
        Some(id) => format!("{said} {}", short(&id)),
        None => said,
    }
}

pub fn unread_element(tag: &str, e: usize) -> Text {
    let tag = short(tag);
    Text::new(
        format!("{tag}{e:02} : sans équivalent dans EN 16931 ; non repris"),
        format!("{tag}{e:02}: without a counterpart in EN 16931; not taken over"),
    )
}

pub fn missing(tag: &str) -> Text {
    Text::new(format!("{tag} manque"), format!("{tag} is missing"))
}

pub fn too_often(tag: &str, most: u32) -> Text {
    Text::new(format!("{tag} : plus de {most} fois"), format!("{tag}: more than {most} times"))
}

pub fn out_of_order(tag: &str) -> Text {
    Text::new(
        format!("{tag} hors de son ordre ; lu là où il se trouve"),
        format!("{tag} out of order; read where it stands"),
    )
}

pub fn unexpected(tag: &str) -> Text {
    let tag = short(tag);
    Text::new(format!("{tag} n’a pas de place ici"), format!("{tag} has no place here"))
}

pub fn unread(tag: &str, first: &str) -> Text {
    let (tag, first) = (short(tag), short(first));
    let code = if first.is_empty() { String::new() } else { format!(" {first}") };
    Text::new(
        format!("{tag}{code} : sans équivalent dans EN 16931, ou sans sens convenu ; non repris"),
        format!("{tag}{code}: without a counterpart in EN 16931, or an agreed meaning; not taken over"),
    )
}

pub fn unread_item(qualifier: &str) -> Text {
    let qualifier = short(qualifier);
    Text::new(
        format!("identifiant d’article {qualifier} : pas de terme, ou déjà donné ; non repris"),
        format!("item identifier {qualifier}: no term, or already given; not taken over"),
    )
}

pub fn said_twice(term: Term, text: &str) -> Text {
    let text = short(text);
    Text::new(
        format!("{term} est déjà dit ; « {text} » n’est pas repris"),
        format!("{term} is said already; \"{text}\" is not taken over"),
    )
}

/// As EDIFACT is told of it (`FCT-EDI-CONTRADICTION`).
pub fn contradiction(term: Term, read: &str, other: &str) -> Text {
    let (fr, en) = (term.called(Lang::Fr), term.called(Lang::En));
    let (read, other) = (short(read), short(other));
    Text::new(
        format!(
            "le message se contredit sur {fr} : « {read} », puis « {other} » ; le premier est lu, rien ne dit lequel vaut"
        ),
        format!(
            "the set contradicts itself on {en}: \"{read}\", then \"{other}\"; the first is read, nothing says which holds"
        ),
    )
}

/// As EDIFACT is told of it (`FCT-EDI-FUNCTION`).
pub fn cancelled(code: &str) -> Text {
    let code = short(code);
    Text::new(
        format!("BIG08 = {code} : ce message annule un envoi précédent, ce n’est pas une facture"),
        format!("BIG08 = {code}: this set cancels an earlier one, it is no invoice"),
    )
}

/// Terms of another kind than days from the invoice (ITD01).
pub fn due_otherwise(kind: &str) -> Text {
    let kind = short(kind);
    Text::new(
        format!(
            "ITD01 = {kind} : l’échéance ne se compte pas simplement depuis la facture (fin de mois, versements …) ; BT-9 n’est pas calculé, les jours ne sont pas repris"
        ),
        format!(
            "ITD01 = {kind}: the due date is not simply counted from the invoice (end of month, instalments …); BT-9 is not computed, the days are not taken over"
        ),
    )
}

pub fn unknown_code(element: &str, code: &str) -> Text {
    let code = short(code);
    Text::new(
        format!("{element} : code « {code} » sans équivalent connu ; le fichier du partenaire peut en donner un"),
        format!("{element}: code \"{code}\" without a known counterpart; the partner's file can give one"),
    )
}

pub fn unknown_unit(code: &str) -> Text {
    let code = short(code);
    Text::new(
        format!(
            "unité « {code} » sans équivalent connu dans la recommandation 20 ; le fichier du partenaire peut en donner un"
        ),
        format!("unit \"{code}\" without a known counterpart in Recommendation 20; the partner's file can give one"),
    )
}

pub fn no_original(code: &str) -> Text {
    let code = short(code);
    Text::new(
        format!("BIG08 = {code} : ce n’est pas un original (00) ; annulation, remplacement ou copie selon le code"),
        format!("BIG08 = {code}: no original (00); a cancellation, a replacement or a copy, as the code says"),
    )
}

pub fn type_by_practice() -> Text {
    Text::new("BIG07 absent : facture (380), selon l’usage", "no BIG07: an invoice (380), by practice")
}

pub fn turned() -> Text {
    Text::new(
        "avoir dont le partenaire écrit les montants en négatif : signes inversés",
        "a credit whose amounts the partner writes negative: signs turned",
    )
}

pub fn dollars() -> Text {
    Text::new("CUR absent : dollars des États-Unis, selon l’usage", "no CUR: US dollars, by practice")
}

pub fn due(days: i64) -> Text {
    Text::new(
        format!("date de facture (BIG01) plus {days} jours (ITD07)"),
        format!("day of the invoice (BIG01) and {days} days (ITD07)"),
    )
}

/// ITD06 and ITD07 that end on two days.
pub fn discount_denied(said: &str) -> Text {
    let said = short(said);
    Text::new(
        format!("ITD donne un escompte, le texte dit « {said} » ; le texte est repris"),
        format!("ITD gives a discount, the text says \"{said}\"; the text is taken up"),
    )
}

pub fn other_day(stated: &str, counted: &str) -> Text {
    let stated = short(stated);
    Text::new(
        format!(
            "ITD06 dit {stated}, les jours de ITD07 mènent au {counted} : la date écrite vaut, les jours ne sont pas repris"
        ),
        format!(
            "ITD06 says {stated}, the days of ITD07 lead to {counted}: the day written holds, the days are not taken over"
        ),
    )
}

pub fn same_party(role: &str) -> Text {
    let role = short(role);
    Text::new(
        format!("dit sous N1*{role}, qui est la même partie"),
        format!("said under N1*{role}, which is the same party"),
    )
}

pub fn instalments() -> Text {
    Text::new(
        "paiement en plusieurs échéances (ITD) : EN 16931 n’a qu’une date (BT-9), toutes sont dans le texte",
        "payment in instalments (ITD): EN 16931 has one date (BT-9), all of them are in the text",
    )
}

pub fn due_from_no_day(days: i64) -> Text {
    Text::new(
        format!(
            "{days} jours après le jour de la facture (BIG01), qui n’est pas une date CCYYMMDD ; BT-9 n’est pas calculé"
        ),
        format!("{days} days after the day of the invoice (BIG01), which is no date CCYYMMDD; BT-9 is not computed"),
    )
}

pub fn due_unknown(days: i64, basis: &str) -> Text {
    let basis = short(basis);
    Text::new(
        format!(
            "{days} jours comptés d’un jour que ITD02 (« {basis} ») ne dit pas être celui de la facture (3) ; BT-9 n’est pas calculé"
        ),
        format!(
            "{days} days from a day that ITD02 (\"{basis}\") does not say to be that of the invoice (3); BT-9 is not computed"
        ),
    )
}

pub fn terms() -> Text {
    Text::new("conditions mises en mots depuis ITD", "terms put into words from ITD")
}

pub fn name_joined() -> Text {
    Text::new("nom de N102 continué par N2", "name of N102, continued by N2")
}

pub fn line_number() -> Text {
    Text::new("IT101 absent : position de la ligne", "no IT101: position of the line")
}

pub fn unit(written: &str, unit: &str) -> Text {
    let written = short(written);
    Text::new(
        format!("unité {written} de X12, {unit} dans la recommandation 20 ou 21"),
        format!("unit {written} of X12, {unit} in Recommendation 20 or 21"),
    )
}

pub fn price_base(code: &str, count: &str) -> Text {
    Text::new(format!("IT105 = {code} : prix pour {count}"), format!("IT105 = {code}: price for {count}"))
}

pub fn price_unit(code: &str) -> Text {
    Text::new(
        format!("IT105 = {code} : le prix est dans une autre unité que la quantité ; le montant net n’est pas calculé"),
        format!("IT105 = {code}: the price is in another unit than the quantity; the net amount is not computed"),
    )
}

pub fn unknown_basis(code: &str) -> Text {
    let code = short(code);
    Text::new(
        format!(
            "IT105 = « {code} » : pour combien d’unités le prix s’entend n’est pas connu ; le montant net n’est pas calculé"
        ),
        format!(
            "IT105 = \"{code}\": for how many units the price is meant is not known; the net amount is not computed"
        ),
    )
}

pub fn sub_line(code: &str) -> Text {
    let code = short(code);
    Text::new(
        format!(
            "sous-ligne SLN03 = « {code} » avec un prix, une remise, des frais ou une taxe : comprise dans la ligne ou due en plus ? le montant net n’est pas calculé"
        ),
        format!(
            "sub-line SLN03 = \"{code}\" with a price, an allowance, a charge or a tax: included in the line, or owed on top? the net amount is not computed"
        ),
    )
}

pub fn paid(term: Term) -> Text {
    Text::new(
        format!("AMT01 : {term} selon le fichier du partenaire ; BT-115 en tient compte"),
        format!("AMT01: {term} by the partner's file; BT-115 takes it into account"),
    )
}

pub fn no_price() -> Text {
    Text::new("IT105 = NC : sans frais", "IT105 = NC: no charge")
}

pub fn net() -> Text {
    Text::new(
        "X12 n’a pas de montant net de ligne : quantité × prix, remises et frais de la ligne, arrondi au centime",
        "X12 has no net amount of a line: quantity × price, with the line’s allowances and charges, rounded to the cent",
    )
}

pub fn no_net() -> Text {
    Text::new(
        "le montant net de la ligne ne peut être calculé : quantité, prix ou montant d’une remise manque ou n’est pas un nombre",
        "the net amount of the line cannot be computed: quantity, price or the amount of an allowance is missing or no number",
    )
}

pub fn no_charge(code: &str) -> Text {
    let code = short(code);
    Text::new(
        format!("SAC01 = « {code} » : ni remise (A) ni frais (C) ; sans effet sur ce qui est dû"),
        format!("SAC01 = \"{code}\": neither an allowance (A) nor a charge (C); changes nothing that is owed"),
    )
}

pub fn by_rate() -> Text {
    Text::new("SAC05 absent : taux (SAC08) × quantité (SAC10)", "no SAC05: rate (SAC08) × quantity (SAC10)")
}

pub fn by_total() -> Text {
    Text::new(
        "SAC05 absent : ce qui manque à TDS01 est ce pourcentage (SAC07) des lignes",
        "no SAC05: what is missing of TDS01 is that percentage (SAC07) of the lines",
    )
}

pub fn net_price() -> Text {
    Text::new("IT104 absent : prix net de CTP03", "no IT104: net price of CTP03")
}

pub fn characteristic() -> Text {
    Text::new("nom du code PID02 (couleur, taille)", "the name of the code in PID02 (colour, size)")
}

pub fn no_amount() -> Text {
    Text::new(
        "ni montant (SAC05) ni taux et quantité (SAC08, SAC10) : un pourcentage seul peut être une fraction ou un pour-cent",
        "neither an amount (SAC05) nor rate and quantity (SAC08, SAC10): a percentage alone may be a fraction or a percent",
    )
}

pub fn proven_base() -> Text {
    Text::new(
        "assiette avec laquelle pourcentage et montant s’accordent",
        "the base with which percentage and amount agree",
    )
}

pub fn fraction() -> Text {
    Text::new("écrit comme fraction, ce que les montants prouvent", "written as a fraction, as the amounts prove")
}

pub fn percent_unproven(element: &str) -> Text {
    Text::new(
        format!("{element} : fraction ou pour-cent ? les montants ne le prouvent pas ; non repris"),
        format!("{element}: a fraction or a percent? the amounts do not prove it; not taken over"),
    )
}

pub fn tax_of_line(e: usize) -> Text {
    Text::new(
        format!("TXI{e:02} d’une ligne : EN 16931 n’a ce montant que dans la ventilation ; non repris"),
        format!("TXI{e:02} of a line: EN 16931 has this amount in the breakdown alone; not taken over"),
    )
}

pub fn tax_of_line_differs(amount: Decimal, base: Decimal, rate: Decimal) -> Text {
    let [amount, base, rate] = [amount, base, rate].map(decimal::plain);
    Text::new(
        format!("TXI02 dit {amount}, ce qui n’est pas {rate} % de {base} ; le taux est celui de toute la facture"),
        format!("TXI02 says {amount}, which is not {rate} % of {base}; the rate is that of the whole invoice"),
    )
}

pub fn name_of_code() -> Text {
    Text::new("SAC15 absent : libellé du code SAC02", "no SAC15: the name of the code in SAC02")
}

pub fn tax_reason(kind: &str) -> String {
    format!("Tax ({})", short(kind))
}

pub fn other_tax(kind: &str) -> Text {
    let kind = short(kind);
    Text::new(
        format!("taxe {kind} (TXI), qui n’est pas la TVA : frais dans EN 16931"),
        format!("tax {kind} (TXI), which is no VAT: a charge in EN 16931"),
    )
}

pub fn no_tax_amount() -> Text {
    Text::new("TXI sans montant (TXI02) : taxe non reprise", "TXI without an amount (TXI02): the tax is not taken over")
}

pub fn taxable() -> Text {
    Text::new("TXI08 absent : total hors TVA", "no TXI08: total without VAT")
}

pub fn only_rate() -> Text {
    Text::new("seul taux de TVA de la facture", "the only VAT rate of the invoice")
}

pub fn from_lines() -> Text {
    Text::new(
        "ventilation calculée depuis les lignes, remises et frais",
        "breakdown computed from lines, allowances and charges",
    )
}

pub fn constant() -> Text {
    Text::new("constante du fichier partenaire", "constant of the partner file")
}

pub fn sum() -> Text {
    Text::new("X12 ne le dit pas : somme calculée", "X12 does not say it: a computed sum")
}

pub fn pointed(tag: &str, e: usize) -> Text {
    Text::new(
        format!(
            "{tag}{e:02} est de type N2 (deux décimales implicites), mais porte un point décimal : lu tel qu’écrit"
        ),
        format!(
            "{tag}{e:02} is of type N2 (two implied decimals) and has a decimal point all the same: read as written"
        ),
    )
}

pub fn no_number(tag: &str, e: usize) -> Text {
    Text::new(format!("{tag}{e:02} n’est pas un nombre"), format!("{tag}{e:02} is no number"))
}

pub fn negative(credit: bool) -> Text {
    if credit {
        Text::new(
            "avoir au total négatif : si ce partenaire écrit ses avoirs en négatif, son fichier doit le dire (negative-credits) ; les signes sont laissés",
            "a credit with a negative total: if this partner writes credits negative, its file must say so (negative-credits); signs are left as they are",
        )
    } else {
        Text::new(
            "total négatif sans que BIG07 dise un avoir (CR, CN) : les signes sont laissés",
            "a negative total though BIG07 says no credit (CR, CN): signs are left as they are",
        )
    }
}

pub fn total(stated: Decimal, sum: Decimal, shifted: bool) -> Text {
    let (stated, sum) = (decimal::plain(stated), decimal::plain(sum));
    let (fr, en) = if shifted {
        (
            " ; TDS semble écrit sans décimales implicites (implied-decimals)",
            "; TDS seems to be written without implied decimals (implied-decimals)",
        )
    } else {
        ("", "")
    };
    Text::new(
        format!("TDS01 dit {stated}, lignes, remises, frais et taxes font {sum}{fr}"),
        format!("TDS01 says {stated}, lines, allowances, charges and taxes come to {sum}{en}"),
    )
}

pub fn line_count(said: &str, lines: usize) -> Text {
    let said = short(said);
    Text::new(
        format!("CTT01 annonce {said} lignes, {lines} trouvées"),
        format!("CTT01 says {said} lines, there are {lines}"),
    )
}

fn short(text: &str) -> String {
    let clean = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    let mut out: String = text.chars().take(limits::QUOTED_CHARS).map(clean).collect();
    if text.chars().nth(limits::QUOTED_CHARS).is_some() {
        out.push('…');
    }
    out
}
