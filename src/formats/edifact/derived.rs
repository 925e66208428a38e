//! What the message does not say in so many words and the draft says all the same: each such term, and why.

use crate::invoice::{Place, Term};
use crate::text::{Lang, Text};

/// A term that was worked out, translated or supplied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Derived {
    pub term: Term,
    /// The segment it comes from, where there is one.
    pub place: Option<Place>,
    pub why: Why,
}

/// Where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// An older code for a unit, or none.
    Unit { written: String, unit: &'static str },
    /// A code of another list.
    Code { written: String, code: String },
    /// So many days or months after a date.
    Terms { count: u32, unit: &'static str },
    /// From other amounts of the message.
    Computed,
    /// From a percentage and its base, in the order of calculation.
    Percentage,
    /// Of two quantities in different units, that of the price or of the amount.
    Quantity { other: String },
    /// Lines say it, of one invoice each or of one day.
    OfLines,
    /// What was paid, of which the message states the parts.
    Paid,
    /// What was returned, since nothing is called invoiced.
    Returned,
    /// A line of free goods.
    Free,
    /// The date of the invoice (DTM+3), where the document has none (DTM+137).
    InvoiceDate,
    /// Who is invoiced (IV) is the buyer; the one who ordered (BY) is another.
    Invoicee,
    /// Who is invoiced (IV) is the buyer; who ordered (BY) is another place of the same company.
    InvoiceeElsewhere,
    /// Another place of the same company says it, under another qualifier.
    SameCompany { by: String },
    /// The same party under another qualifier says it.
    SameParty { by: String },
    /// The one VAT rate of the invoice, or that of the header.
    Rate,
    /// The first two letters of a VAT identifier.
    VatPrefix,
    /// The addresses of the interchange.
    Interchange,
    /// The partner file.
    Partner,
    /// All lines say the same.
    Lines,
    /// The line's net amount is that of quantity and price: this allowance, charge or tax is in the price already.
    InPrice { charge: bool, amount: String, reason: String },
    /// A gross price for another quantity than the net one.
    Scaled,
    /// One day where a period has two.
    OneDay,
    /// The first line of an address without structure, where no name is written.
    FirstLine,
    /// Several reasons of exemption, of which nothing says to which breakdown they belong.
    Reasons,
    /// A reason of exemption that names its category, where several wait for one.
    Mention,
    /// More references than EN 16931 has places.
    Further { qualifier: String },
    /// A tax that is no VAT: EN 16931 has it as a charge.
    OtherTax { tax: String },
    /// A line that others stand under or that stands under another (`of`), and what it is there (EXT-FR-FE-163).
    SubLine { of: Option<String>, fate: &'static str },
    /// The line that others stand under says it for them.
    Heading,
    /// Terms of payment that stand as codes.
    Sentence,
    /// Days on which parts of the amount are due.
    Instalments,
    /// Parts of the amount that are due on one day.
    InstalmentsOfOneDay,
    /// A currency of which the message states the total of VAT.
    Target,
    /// A tax that is no VAT, beside the amounts of the lines that state it.
    Beside { tax: String },
    /// French law asks for the note, and the text says it.
    Note,
    /// The digits are those of a SIREN.
    Siren,
    /// A credit note that its sender writes negative, as is agreed.
    Turned,
    /// A rate for each unit, and how many units.
    PerUnit,
}

impl Why {
    pub fn text(&self) -> Text {
        match self {
            Why::Unit { written, unit } if written.is_empty() => {
                Text::new(format!("aucune unité écrite : {unit} (pièces)"), format!("no unit written: {unit} (pieces)"))
            }
            Why::Unit { written, unit } => Text::new(
                format!("unité {written}, {unit} dans la recommandation 20"),
                format!("unit {written}, {unit} in Recommendation 20"),
            ),
            Why::Code { written, code } if written == code => Text::new(
                format!("code {written}, sans équivalent dans EN 16931 : donné comme texte"),
                format!("code {written}, without an equal in EN 16931: given as text"),
            ),
            Why::Code { written, code } => Text::new(
                format!("code {written}, {code} dans la liste de EN 16931"),
                format!("code {written}, {code} in the list of EN 16931"),
            ),
            Why::Terms { count, unit } => Text::new(
                format!("calculée depuis les conditions de paiement ({count} {unit})"),
                format!("computed from the terms of payment ({count} {unit})"),
            ),
            Why::Computed => Text::new(
                "calculé depuis les autres montants du message",
                "computed from the other amounts of the message",
            ),
            Why::Percentage => {
                Text::new("calculé depuis son pourcentage et sa base", "computed from its percentage and its base")
            }
            Why::Quantity { other } => Text::new(
                format!("quantité du prix ou du montant net de la ligne ; {other}, écrite à côté, n’est pas reprise"),
                format!("the quantity of the line’s price or net amount; {other}, written beside it, is not taken up"),
            ),
            Why::OfLines => Text::new("dit par les lignes", "said by the lines"),
            Why::Paid => Text::new(
                "somme de plusieurs acomptes (MOA+113), que le montant à payer prouve",
                "the sum of several deposits (MOA+113), which the amount due proves",
            ),
            Why::Returned => Text::new(
                "quantité retournée (QTY+61), aucune n’étant dite facturée",
                "quantity returned (QTY+61), none being called invoiced",
            ),
            Why::Free => Text::new(
                "quantité gratuite (QTY+192) d’une ligne de montant nul",
                "free quantity (QTY+192) of a line of no amount",
            ),
            Why::InvoiceDate => Text::new(
                "date de la facture (DTM+3) : le message n’a pas de jour pour le document (DTM+137)",
                "date of the invoice (DTM+3): the message has no day of the document (DTM+137)",
            ),
            Why::Invoicee => Text::new(
                "l’acheteur est le facturé (NAD+IV) ; NAD+BY, un autre, a commandé",
                "the buyer is the one invoiced (NAD+IV); NAD+BY, another, has ordered",
            ),
            Why::InvoiceeElsewhere => Text::new(
                "l’acheteur est le facturé (NAD+IV) ; NAD+BY, un autre établissement de la même entreprise, a commandé",
                "the buyer is the one invoiced (NAD+IV); NAD+BY, another place of the same company, has ordered",
            ),
            Why::SameCompany { by } => Text::new(
                format!("dit sous {by}, de la même entreprise"),
                format!("said under {by}, of the same company"),
            ),
            Why::SameParty { by } => Text::new(
                format!("dit sous {by}, qui est la même partie"),
                format!("said under {by}, which is the same party"),
            ),
            Why::Rate => Text::new(
                "taux de l’en-tête, ou seul taux de TVA de la facture",
                "rate of the header, or the only VAT rate of the invoice",
            ),
            Why::VatPrefix => Text::new("pays du numéro de TVA", "country of the VAT identifier"),
            Why::Interchange => Text::new("adresse de l’échange (UNB)", "address of the interchange (UNB)"),
            Why::Partner => Text::new("constante du fichier partenaire", "constant of the partner file"),
            Why::Lines => Text::new("toutes les lignes disent la même chose", "all lines say the same"),
            Why::InPrice { charge, amount, reason } => {
                let (fr, en) = if *charge { ("frais", "charge") } else { ("remise", "allowance") };
                let more = if reason.is_empty() { String::new() } else { format!(", {reason}") };
                Text::new(
                    format!(
                        "le montant net vaut quantité × prix : ce que dit la ligne ({fr} {amount}{more}) est déjà dans le prix"
                    ),
                    format!(
                        "the net amount is quantity × price: what the line states ({en} {amount}{more}) is in the price already"
                    ),
                )
            }
            Why::Scaled => {
                Text::new("prix brut ramené à la quantité du prix net", "gross price for the quantity of the net price")
            }
            Why::OneDay => Text::new(
                "un seul jour écrit pour la période (DTM+263) : elle commence et finit ce jour",
                "one day alone is written for the period (DTM+263): it begins and ends on it",
            ),
            Why::FirstLine => Text::new(
                "aucun nom écrit (C080) : première ligne de l’adresse (C058)",
                "no name written (C080): the first line of the address (C058)",
            ),
            Why::Reasons => Text::new(
                "motifs d’exonération dont rien ne dit sûrement de quelle ventilation ils sont : une note",
                "reasons of exemption of which nothing surely says to which breakdown they belong: one note",
            ),
            Why::Mention => Text::new(
                "motif d’exonération de la catégorie que sa mention nomme, et d’aucune autre",
                "a reason of exemption of the category that its mention names, and of no other",
            ),
            Why::Further { qualifier } => Text::new(
                format!("référence {qualifier} de plus que EN 16931 n’a de place : document justificatif"),
                format!("one reference {qualifier} more than EN 16931 has room for: supporting document"),
            ),
            Why::OtherTax { tax } => Text::new(
                format!("taxe {tax}, qui n’est pas la TVA : frais dans EN 16931"),
                format!("tax {tax}, which is no VAT: a charge in EN 16931"),
            ),
            Why::SubLine { of: Some(of), fate: "INFORMATION" } => Text::new(
                format!("sous-ligne qui détaille la ligne {of}, dont le montant la comprend"),
                format!("a sub-line that details line {of}, whose amount holds it"),
            ),
            Why::SubLine { of: Some(of), .. } => {
                Text::new(format!("sous-ligne de la ligne {of}"), format!("a sub-line of line {of}"))
            }
            Why::SubLine { of: None, .. } => Text::new(
                "ligne sans montant : ses sous-lignes sont les lignes de la facture",
                "a line without an amount: its sub-lines are the lines of the invoice",
            ),
            Why::Heading => Text::new("dit par la ligne de tête", "said by the line that heads it"),
            Why::Sentence => Text::new(
                "phrase écrite d’après les conditions de paiement codées (PAT, PYT)",
                "a sentence written from coded terms of payment (PAT, PYT)",
            ),
            Why::Instalments => Text::new(
                "paiement en plusieurs échéances : EN 16931 n’a qu’une date (BT-9), toutes sont dans le texte",
                "payment in instalments: EN 16931 has one date (BT-9), all of them are in the text",
            ),
            Why::InstalmentsOfOneDay => Text::new(
                "ce qui est dû l’est en entier ce jour-là, d’après les conditions de paiement (PAT+21, PYT+21)",
                "the whole amount is due on that day, by the terms of payment (PAT+21, PYT+21)",
            ),
            Why::Target => Text::new(
                "deuxième devise de CUX, dans laquelle le message donne la TVA",
                "second currency of CUX, in which the message states the VAT",
            ),
            Why::Beside { tax } => Text::new(
                format!("taxe {tax} des lignes, hors de leurs montants : frais du document"),
                format!("tax {tax} of lines, beside their amounts: a charge of the document"),
            ),
            Why::Note => Text::new(
                "mention exigée en France, écrite comme conditions de paiement",
                "a mention that France asks for, written as terms of payment",
            ),
            Why::Turned => Text::new(
                "avoir écrit en négatif, comme convenu avec ce partenaire : montants et quantités changés de signe",
                "credit note written negative, as agreed with this partner: the signs of amounts and quantities are turned",
            ),
            Why::PerUnit => Text::new(
                "calculé depuis un montant par unité (RTE) et leur nombre (QTY)",
                "computed from an amount for each unit (RTE) and their number (QTY)",
            ),
            Why::Siren => Text::new("ces chiffres sont ceux d’un SIREN", "these digits are those of a SIREN"),
        }
    }
}

impl Derived {
    /// As a sentence of a report: the term, and why.
    pub fn told(&self, lang: Lang) -> String {
        let why = self.why.text();
        let why = if lang == Lang::Fr { why.fr } else { why.en };
        format!("{}: {why}", self.term)
    }
}
