//! What the sandbox reads of a deposited document: enough to judge as Chorus Pro does at its door.

use std::borrow::Cow;

use quick_xml::NsReader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;

use crate::limits;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Syntax {
    UblInvoice,
    UblCreditNote,
    Cii,
}

/// A document as far as it could be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Look {
    /// None where the root is no invoice that we know.
    pub syntax: Option<Syntax>,
    /// The root element's local name, once there was one.
    pub root: Option<String>,
    /// None where the document is well-formed XML, else what breaks it and at which byte.
    pub broken: Option<String>,
    /// BT-1.
    pub number: Option<String>,
    /// BT-2, as YYYY-MM-DD.
    pub issued: Option<String>,
    /// BT-10: the service.
    pub service: Option<String>,
    /// BT-13: the commitment (*engagement*).
    pub engagement: Option<String>,
    /// BT-81.
    pub payment_means: Option<String>,
    /// BT-5.
    pub currency: Option<String>,
    /// BT-112 and BT-115, as written.
    pub total: Option<String>,
    pub payable: Option<String>,
    /// A credit note by root or by BT-3.
    pub credit: bool,
    pub seller_siret: Option<String>,
    pub buyer_siret: Option<String>,
    /// The seller's SIREN, from its SIRET or on its own.
    pub seller_siren: Option<String>,
}

/// Looks at a document. Never fails: what cannot be read is told in the [`Look`].
pub(super) fn look(bytes: &[u8]) -> Look {
    let mut gathered = Gathered::default();
    let broken = gathered.read(bytes).err();
    gathered.finish(broken)
}

/// What is looked for; a path of local names below the root.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Term {
    Number,
    Issued,
    Type,
    Service,
    Engagement,
    PaymentMeans,
    Currency,
    Total,
    Payable,
    Seller,
    Buyer,
}

const UBL: &[(Term, &str)] = &[
    (Term::Number, "ID"),
    (Term::Issued, "IssueDate"),
    (Term::Type, "InvoiceTypeCode"),
    (Term::Service, "BuyerReference"),
    (Term::Engagement, "OrderReference/ID"),
    (Term::PaymentMeans, "PaymentMeans/PaymentMeansCode"),
    (Term::Currency, "DocumentCurrencyCode"),
    (Term::Total, "LegalMonetaryTotal/TaxInclusiveAmount"),
    (Term::Payable, "LegalMonetaryTotal/PayableAmount"),
    (Term::Seller, "AccountingSupplierParty/Party/PartyIdentification/ID"),
    (Term::Seller, "AccountingSupplierParty/Party/PartyLegalEntity/CompanyID"),
    (Term::Buyer, "AccountingCustomerParty/Party/PartyIdentification/ID"),
    (Term::Buyer, "AccountingCustomerParty/Party/PartyLegalEntity/CompanyID"),
];

const CII: &[(Term, &str)] = &[
    (Term::Number, "ExchangedDocument/ID"),
    (Term::Issued, "ExchangedDocument/IssueDateTime/DateTimeString"),
    (Term::Type, "ExchangedDocument/TypeCode"),
    (Term::Service, "SupplyChainTradeTransaction/ApplicableHeaderTradeAgreement/BuyerReference"),
    (
        Term::Engagement,
        "SupplyChainTradeTransaction/ApplicableHeaderTradeAgreement/BuyerOrderReferencedDocument/IssuerAssignedID",
    ),
    (
        Term::PaymentMeans,
        "SupplyChainTradeTransaction/ApplicableHeaderTradeSettlement/SpecifiedTradeSettlementPaymentMeans/TypeCode",
    ),
    (Term::Currency, "SupplyChainTradeTransaction/ApplicableHeaderTradeSettlement/InvoiceCurrencyCode"),
    (
        Term::Total,
        "SupplyChainTradeTransaction/ApplicableHeaderTradeSettlement/SpecifiedTradeSettlementHeaderMonetarySummation/GrandTotalAmount",
    ),
    (
        Term::Payable,
        "SupplyChainTradeTransaction/ApplicableHeaderTradeSettlement/SpecifiedTradeSettlementHeaderMonetarySummation/DuePayableAmount",
    ),
    (Term::Seller, "SupplyChainTradeTransaction/ApplicableHeaderTradeAgreement/SellerTradeParty/ID"),
    (Term::Seller, "SupplyChainTradeTransaction/ApplicableHeaderTradeAgreement/SellerTradeParty/GlobalID"),
    (
        Term::Seller,
        "SupplyChainTradeTransaction/ApplicableHeaderTradeAgreement/SellerTradeParty/SpecifiedLegalOrganization/ID",
    ),
    (Term::Buyer, "SupplyChainTradeTransaction/ApplicableHeaderTradeAgreement/BuyerTradeParty/ID"),
    (Term::Buyer, "SupplyChainTradeTransaction/ApplicableHeaderTradeAgreement/BuyerTradeParty/GlobalID"),
    (
        Term::Buyer,
        "SupplyChainTradeTransaction/ApplicableHeaderTradeAgreement/BuyerTradeParty/SpecifiedLegalOrganization/ID",
    ),
];

const ROOTS: &[(&str, &str, Syntax)] = &[
    ("Invoice", "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2", Syntax::UblInvoice),
    ("CreditNote", "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2", Syntax::UblCreditNote),
    ("CrossIndustryInvoice", "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100", Syntax::Cii),
];

#[derive(Default)]
struct Gathered {
    root: Option<String>,
    syntax: Option<Syntax>,
    found: Vec<(Term, String)>,
    /// Length of the path before each open element below the root, and the term that the element holds.
    open: Vec<(usize, Option<Term>)>,
    path: String,
    text: String,
    closed: bool,
}

impl Gathered {
    fn read(&mut self, bytes: &[u8]) -> Result<(), String> {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let document = std::str::from_utf8(bytes).map_err(|e| format!("not UTF-8 at byte {}", e.valid_up_to()))?;
        let mut reader = NsReader::from_str(document);
        loop {
            let at = reader.buffer_position();
            let (namespace, event) = reader.read_resolved_event().map_err(|e| format!("{e} at byte {at}"))?;
            let fault = match event {
                Event::Start(start) => self.start(namespace, &start),
                Event::Empty(start) => self.start(namespace, &start).map(|()| self.end()),
                Event::End(_) => {
                    self.end();
                    Ok(())
                }
                Event::Text(text) => self.add(text.xml10_content()),
                Event::CData(text) => self.add(text.xml10_content()),
                Event::GeneralRef(name) => match name.resolve_char_ref() {
                    Ok(Some(c)) => self.add(Cow::Owned(c.to_string())),
                    Ok(None) => match resolve_predefined_entity(&name) {
                        Some(text) => self.add(Cow::Borrowed(text)),
                        None => Err(format!("entity &{}; is not known", &*name)),
                    },
                    Err(e) => Err(e.to_string()),
                },
                Event::DocType(_) => Err("a DOCTYPE is not allowed".to_owned()),
                Event::Eof if !self.closed => Err("the document ends before its root element does".to_owned()),
                Event::Eof => return Ok(()),
                Event::Decl(_) | Event::PI(_) | Event::Comment(_) => Ok(()),
            };
            fault.map_err(|e| format!("{e} at byte {at}"))?;
        }
    }

    fn start(&mut self, namespace: ResolveResult<'_>, start: &BytesStart<'_>) -> Result<(), String> {
        for attribute in start.attributes() {
            attribute.map_err(|e| e.to_string())?;
        }
        if self.closed {
            return Err("a second root element".to_owned());
        }
        if self.open.len() >= limits::XML_DEPTH {
            return Err(format!("more than {} elements inside each other", limits::XML_DEPTH));
        }
        let name = start.local_name();
        let name: &str = name.as_ref();
        if self.root.is_none() {
            self.root = Some(name.to_owned());
            self.syntax = ROOTS
                .iter()
                .find(|(root, ns, _)| {
                    *root == name && matches!(&namespace, ResolveResult::Bound(bound) if bound.0 == *ns)
                })
                .map(|(_, _, syntax)| *syntax);
            self.open.push((0, None));
            return Ok(());
        }
        let before = self.path.len();
        if before > 0 {
            self.path.push('/');
        }
        self.path.push_str(name);
        let terms = match self.syntax {
            Some(Syntax::Cii) => CII,
            Some(_) => UBL,
            None => &[],
        };
        let term = terms.iter().find(|(_, path)| *path == self.path).map(|(term, _)| *term);
        self.open.push((before, term));
        self.text.clear();
        Ok(())
    }

    fn end(&mut self) {
        let Some((before, term)) = self.open.pop() else { return };
        if let Some(term) = term {
            let text = self.text.trim();
            if !text.is_empty() {
                self.found.push((term, text.to_owned()));
            }
        }
        self.path.truncate(before);
        self.text.clear();
        self.closed = self.open.is_empty();
    }

    fn add(&mut self, text: Cow<'_, str>) -> Result<(), String> {
        match self.open.last() {
            Some((_, Some(_))) => self.text.push_str(&text),
            Some(_) => {}
            None if text.trim().is_empty() => {}
            None => return Err("text outside the root element".to_owned()),
        }
        Ok(())
    }

    fn finish(self, broken: Option<String>) -> Look {
        let first = |term: Term| self.found.iter().find(|(t, _)| *t == term).map(|(_, text)| text.clone());
        let party = |term: Term, len: usize| {
            self.found
                .iter()
                .filter(|(t, _)| *t == term)
                .map(|(_, text)| text.chars().filter(|c| !c.is_whitespace()).collect::<String>())
                .find(|id| id.len() == len && id.bytes().all(|b| b.is_ascii_digit()))
        };
        let seller_siret = party(Term::Seller, 14);
        Look {
            seller_siren: seller_siret.as_ref().map(|s| s[..9].to_owned()).or_else(|| party(Term::Seller, 9)),
            seller_siret,
            buyer_siret: party(Term::Buyer, 14),
            number: first(Term::Number),
            issued: first(Term::Issued).map(dashed),
            service: first(Term::Service),
            engagement: first(Term::Engagement),
            payment_means: first(Term::PaymentMeans),
            currency: first(Term::Currency),
            total: first(Term::Total),
            payable: first(Term::Payable),
            credit: self.syntax == Some(Syntax::UblCreditNote) || first(Term::Type).as_deref() == Some("381"),
            syntax: self.syntax,
            root: self.root,
            broken,
        }
    }
}

/// `20261102`, the form of CII, as `2026-11-02`.
fn dashed(date: String) -> String {
    if date.len() == 8 && date.bytes().all(|b| b.is_ascii_digit()) {
        format!("{}-{}-{}", &date[..4], &date[4..6], &date[6..])
    } else {
        date
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn both_syntaxes_say_the_same() {
        let sample = samples::Invoice::default();
        let (ubl, cii) = (look(sample.ubl().as_bytes()), look(sample.cii().as_bytes()));
        assert_eq!(ubl.syntax, Some(Syntax::UblInvoice));
        assert_eq!(ubl.broken, None);
        assert_eq!(ubl.number.as_deref(), Some("F-1"));
        assert_eq!(ubl.issued.as_deref(), Some("2026-11-02"));
        assert_eq!(ubl.payment_means.as_deref(), Some("30"));
        assert_eq!(ubl.service.as_deref(), Some("COMPTA"));
        assert_eq!(ubl.engagement.as_deref(), Some("1234567890"));
        assert_eq!(ubl.seller_siret.as_deref(), Some(samples::SELLER));
        assert_eq!(ubl.buyer_siret.as_deref(), Some(samples::BUYER));
        assert_eq!(ubl.payable.as_deref(), Some("120.00"));
        assert_eq!(Look { syntax: ubl.syntax, root: ubl.root.clone(), ..cii.clone() }, ubl);
        assert_eq!(cii.syntax, Some(Syntax::Cii));
    }

    #[test]
    fn line_terms_are_not_header_terms() {
        let xml = "<Invoice xmlns='urn:oasis:names:specification:ubl:schema:xsd:Invoice-2'>\
                   <InvoiceLine><ID>1</ID><OrderReference><ID>no</ID></OrderReference></InvoiceLine>\
                   <ID>F&amp;<![CDATA[2]]>&#x33;</ID></Invoice>";
        let look = look(xml.as_bytes());
        assert_eq!((look.number.as_deref(), look.engagement, look.broken), (Some("F&23"), None, None));
    }

    #[test]
    fn what_is_not_an_invoice_is_told() {
        let root = "<Invoice xmlns='urn:oasis:names:specification:ubl:schema:xsd:Invoice-2'>";
        for broken in [
            "",
            "F-1",
            "<a>",
            "<a></b>",
            "<a/><b/>",
            "<a/>x",
            "<a x=1/>",
            "<a x='1' x='2'/>",
            "<a>&unknown;</a>",
            "<!DOCTYPE a><a/>",
            &format!("{root}<ID>1</ID>"),
            &format!("{}{}", "<a>".repeat(100), "</a>".repeat(100)),
        ] {
            assert!(look(broken.as_bytes()).broken.is_some(), "{broken}");
        }
        assert!(look(b"\xFF\xD8\xFF\xE0").broken.is_some());
        let other = look(b"<Invoice/>");
        assert_eq!((other.syntax, other.root.as_deref(), other.broken), (None, Some("Invoice"), None));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_break_it(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
            look(&bytes);
        }
    }
}
