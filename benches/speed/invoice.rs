//! Fictitious invoices of any number of lines, valid under EN 16931, in both syntaxes: what the benches judge.
//!
//! Nine lines make 12 KB of UBL, the size that DESIGN's bars speak of; CII says the same in some more. Seller and buyer are Belgian, so
//! that the content asks for EN 16931 and nothing else, or French: then it asks for the French rules and the legal mentions too.

use std::fmt::Write as _;

/// An invoice with so many lines. `number` is its BT-1.
pub struct Invoice {
    number: String,
    land: &'static Land,
    /// BT-24.
    profile: &'static str,
    lines: Vec<Line>,
}

/// What differs from country to country.
struct Land {
    rates: [i64; 2],
    /// BT-23.
    frame: &'static str,
    /// BT-21 and BT-22.
    notes: &'static [(&'static str, &'static str)],
    account: &'static str,
    seller: Party,
    buyer: Party,
}

struct Line {
    quantity: i64,
    /// In cents, as every amount here.
    price: i64,
    net: i64,
    rate: i64,
}

impl Invoice {
    /// Between Belgian companies.
    pub fn new(number: &str, lines: usize) -> Self {
        Self::of(&BELGIUM, number, lines)
    }

    /// Between French companies, valid under the French rules.
    pub fn french(number: &str, lines: usize) -> Self {
        Self::of(&FRANCE, number, lines)
    }

    /// The same under another profile (BT-24).
    pub fn under(self, profile: &'static str) -> Self {
        Self { profile, ..self }
    }

    fn of(land: &'static Land, number: &str, lines: usize) -> Self {
        let line = |n: i64| {
            let (quantity, price) = (n % 7 + 1, 1_250 + n % 97 * 35);
            Line { quantity, price, net: quantity * price, rate: land.rates[usize::from(n % 3 == 2)] }
        };
        let lines = (0..lines as i64).map(line).collect();
        Self { number: number.to_owned(), land, profile: "urn:cen.eu:en16931:2017", lines }
    }

    fn net(&self) -> i64 {
        self.lines.iter().map(|line| line.net).sum()
    }

    /// Rate, base and VAT of each breakdown.
    fn breakdowns(&self) -> Vec<(i64, i64, i64)> {
        let base = |rate: i64| self.lines.iter().filter(|line| line.rate == rate).map(|line| line.net).sum::<i64>();
        let all = self.land.rates.iter().map(|&rate| (rate, base(rate), (base(rate) * rate + 50) / 100));
        all.filter(|(_, base, _)| *base > 0).collect()
    }

    fn vat(&self) -> i64 {
        self.breakdowns().iter().map(|(.., vat)| vat).sum()
    }

    pub fn ubl(&self) -> String {
        let mut out = String::with_capacity(5_000 + self.lines.len() * 900);
        self.write_ubl(&mut out).expect("strings take all");
        out
    }

    pub fn cii(&self) -> String {
        let mut out = String::with_capacity(5_000 + self.lines.len() * 1_500);
        self.write_cii(&mut out).expect("strings take all");
        out
    }

    fn write_ubl(&self, out: &mut String) -> std::fmt::Result {
        writeln!(
            out,
            r#"<?xml version="1.0" encoding="UTF-8"?>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2" xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2" xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
  <cbc:CustomizationID>{}</cbc:CustomizationID>
  <cbc:ProfileID>{}</cbc:ProfileID>
  <cbc:ID>{}</cbc:ID>
  <cbc:IssueDate>2026-11-02</cbc:IssueDate>
  <cbc:DueDate>2026-12-02</cbc:DueDate>
  <cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>"#,
            self.profile, self.land.frame, self.number
        )?;
        for (code, text) in self.land.notes {
            let mark = if code.is_empty() { String::new() } else { format!("#{code}#") };
            writeln!(out, "  <cbc:Note>{mark}{text}</cbc:Note>")?;
        }
        writeln!(
            out,
            r#"  <cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
  <cbc:BuyerReference>ACHATS-12</cbc:BuyerReference>
  <cac:OrderReference>
    <cbc:ID>CDE-2026-0815</cbc:ID>
  </cac:OrderReference>"#
        )?;
        for (role, party) in
            [("AccountingSupplierParty", &self.land.seller), ("AccountingCustomerParty", &self.land.buyer)]
        {
            party.write_ubl(out, role)?;
        }
        writeln!(
            out,
            r#"  <cac:Delivery>
    <cbc:ActualDeliveryDate>2026-10-29</cbc:ActualDeliveryDate>
  </cac:Delivery>
  <cac:PaymentMeans>
    <cbc:PaymentMeansCode>30</cbc:PaymentMeansCode>
    <cbc:PaymentID>{}</cbc:PaymentID>
    <cac:PayeeFinancialAccount>
      <cbc:ID>{}</cbc:ID>
    </cac:PayeeFinancialAccount>
  </cac:PaymentMeans>
  <cac:PaymentTerms>
    <cbc:Note>30 jours, sans escompte</cbc:Note>
  </cac:PaymentTerms>
  <cac:TaxTotal>
    <cbc:TaxAmount currencyID="EUR">{}</cbc:TaxAmount>"#,
            self.number,
            self.land.account,
            euros(self.vat())
        )?;
        for (rate, base, vat) in self.breakdowns() {
            writeln!(
                out,
                r#"    <cac:TaxSubtotal>
      <cbc:TaxableAmount currencyID="EUR">{}</cbc:TaxableAmount>
      <cbc:TaxAmount currencyID="EUR">{}</cbc:TaxAmount>
      <cac:TaxCategory>
        <cbc:ID>S</cbc:ID>
        <cbc:Percent>{rate}</cbc:Percent>
        <cac:TaxScheme>
          <cbc:ID>VAT</cbc:ID>
        </cac:TaxScheme>
      </cac:TaxCategory>
    </cac:TaxSubtotal>"#,
                euros(base),
                euros(vat)
            )?;
        }
        let (net, with) = (euros(self.net()), euros(self.net() + self.vat()));
        writeln!(
            out,
            r#"  </cac:TaxTotal>
  <cac:LegalMonetaryTotal>
    <cbc:LineExtensionAmount currencyID="EUR">{net}</cbc:LineExtensionAmount>
    <cbc:TaxExclusiveAmount currencyID="EUR">{net}</cbc:TaxExclusiveAmount>
    <cbc:TaxInclusiveAmount currencyID="EUR">{with}</cbc:TaxInclusiveAmount>
    <cbc:PayableAmount currencyID="EUR">{with}</cbc:PayableAmount>
  </cac:LegalMonetaryTotal>"#
        )?;
        for (n, line) in self.lines.iter().enumerate() {
            writeln!(
                out,
                r#"  <cac:InvoiceLine>
    <cbc:ID>{id}</cbc:ID>
    <cbc:InvoicedQuantity unitCode="C62">{}</cbc:InvoicedQuantity>
    <cbc:LineExtensionAmount currencyID="EUR">{}</cbc:LineExtensionAmount>
    <cac:Item>
      <cbc:Name>Article {id}, modèle courant</cbc:Name>
      <cac:SellersItemIdentification>
        <cbc:ID>ART-{id}</cbc:ID>
      </cac:SellersItemIdentification>
      <cac:ClassifiedTaxCategory>
        <cbc:ID>S</cbc:ID>
        <cbc:Percent>{}</cbc:Percent>
        <cac:TaxScheme>
          <cbc:ID>VAT</cbc:ID>
        </cac:TaxScheme>
      </cac:ClassifiedTaxCategory>
    </cac:Item>
    <cac:Price>
      <cbc:PriceAmount currencyID="EUR">{}</cbc:PriceAmount>
    </cac:Price>
  </cac:InvoiceLine>"#,
                line.quantity,
                euros(line.net),
                line.rate,
                euros(line.price),
                id = n + 1,
            )?;
        }
        writeln!(out, "</Invoice>")
    }

    fn write_cii(&self, out: &mut String) -> std::fmt::Result {
        writeln!(
            out,
            r#"<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100" xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100" xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100">
  <rsm:ExchangedDocumentContext>
    <ram:BusinessProcessSpecifiedDocumentContextParameter>
      <ram:ID>{}</ram:ID>
    </ram:BusinessProcessSpecifiedDocumentContextParameter>
    <ram:GuidelineSpecifiedDocumentContextParameter>
      <ram:ID>{}</ram:ID>
    </ram:GuidelineSpecifiedDocumentContextParameter>
  </rsm:ExchangedDocumentContext>
  <rsm:ExchangedDocument>
    <ram:ID>{}</ram:ID>
    <ram:TypeCode>380</ram:TypeCode>
    <ram:IssueDateTime>
      <udt:DateTimeString format="102">20261102</udt:DateTimeString>
    </ram:IssueDateTime>"#,
            self.land.frame, self.profile, self.number
        )?;
        for (code, text) in self.land.notes {
            let mark =
                if code.is_empty() { String::new() } else { format!("<ram:SubjectCode>{code}</ram:SubjectCode>") };
            writeln!(out, "    <ram:IncludedNote><ram:Content>{text}</ram:Content>{mark}</ram:IncludedNote>")?;
        }
        writeln!(out, "  </rsm:ExchangedDocument>\n  <rsm:SupplyChainTradeTransaction>")?;
        for (n, line) in self.lines.iter().enumerate() {
            writeln!(
                out,
                r#"    <ram:IncludedSupplyChainTradeLineItem>
      <ram:AssociatedDocumentLineDocument>
        <ram:LineID>{id}</ram:LineID>
      </ram:AssociatedDocumentLineDocument>
      <ram:SpecifiedTradeProduct>
        <ram:SellerAssignedID>ART-{id}</ram:SellerAssignedID>
        <ram:Name>Article {id}, modèle courant</ram:Name>
      </ram:SpecifiedTradeProduct>
      <ram:SpecifiedLineTradeAgreement>
        <ram:NetPriceProductTradePrice>
          <ram:ChargeAmount>{}</ram:ChargeAmount>
        </ram:NetPriceProductTradePrice>
      </ram:SpecifiedLineTradeAgreement>
      <ram:SpecifiedLineTradeDelivery>
        <ram:BilledQuantity unitCode="C62">{}</ram:BilledQuantity>
      </ram:SpecifiedLineTradeDelivery>
      <ram:SpecifiedLineTradeSettlement>
        <ram:ApplicableTradeTax>
          <ram:TypeCode>VAT</ram:TypeCode>
          <ram:CategoryCode>S</ram:CategoryCode>
          <ram:RateApplicablePercent>{}</ram:RateApplicablePercent>
        </ram:ApplicableTradeTax>
        <ram:SpecifiedTradeSettlementLineMonetarySummation>
          <ram:LineTotalAmount>{}</ram:LineTotalAmount>
        </ram:SpecifiedTradeSettlementLineMonetarySummation>
      </ram:SpecifiedLineTradeSettlement>
    </ram:IncludedSupplyChainTradeLineItem>"#,
                euros(line.price),
                line.quantity,
                line.rate,
                euros(line.net),
                id = n + 1,
            )?;
        }
        writeln!(out, "    <ram:ApplicableHeaderTradeAgreement>")?;
        for (role, party) in [("SellerTradeParty", &self.land.seller), ("BuyerTradeParty", &self.land.buyer)] {
            party.write_cii(out, role)?;
        }
        writeln!(
            out,
            r#"    </ram:ApplicableHeaderTradeAgreement>
    <ram:ApplicableHeaderTradeDelivery/>
    <ram:ApplicableHeaderTradeSettlement>
      <ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>"#
        )?;
        for (rate, base, vat) in self.breakdowns() {
            writeln!(
                out,
                r#"      <ram:ApplicableTradeTax>
        <ram:CalculatedAmount>{}</ram:CalculatedAmount>
        <ram:TypeCode>VAT</ram:TypeCode>
        <ram:BasisAmount>{}</ram:BasisAmount>
        <ram:CategoryCode>S</ram:CategoryCode>
        <ram:RateApplicablePercent>{rate}</ram:RateApplicablePercent>
      </ram:ApplicableTradeTax>"#,
                euros(vat),
                euros(base)
            )?;
        }
        let (net, vat, with) = (euros(self.net()), euros(self.vat()), euros(self.net() + self.vat()));
        writeln!(
            out,
            r#"      <ram:SpecifiedTradePaymentTerms>
        <ram:DueDateDateTime>
          <udt:DateTimeString format="102">20261202</udt:DateTimeString>
        </ram:DueDateDateTime>
      </ram:SpecifiedTradePaymentTerms>
      <ram:SpecifiedTradeSettlementHeaderMonetarySummation>
        <ram:LineTotalAmount>{net}</ram:LineTotalAmount>
        <ram:TaxBasisTotalAmount>{net}</ram:TaxBasisTotalAmount>
        <ram:TaxTotalAmount currencyID="EUR">{vat}</ram:TaxTotalAmount>
        <ram:GrandTotalAmount>{with}</ram:GrandTotalAmount>
        <ram:DuePayableAmount>{with}</ram:DuePayableAmount>
      </ram:SpecifiedTradeSettlementHeaderMonetarySummation>
    </ram:ApplicableHeaderTradeSettlement>
  </rsm:SupplyChainTradeTransaction>
</rsm:CrossIndustryInvoice>"#
        )
    }
}

struct Party {
    name: &'static str,
    street: &'static str,
    city: &'static str,
    zone: &'static str,
    country: &'static str,
    vat: &'static str,
    /// Electronic address and legal identifier are the same number, under schemes of their own.
    address: &'static str,
    legal: &'static str,
    id: &'static str,
}

static BELGIUM: Land = Land {
    rates: [21, 6],
    frame: "M1",
    notes: &[("", "Livraison d'octobre, déposée à l'entrepôt de Tournai")],
    account: "BE68539007547034",
    seller: Party {
        name: "Fournitures de l'Escaut SA",
        street: "8 quai des Salines",
        city: "Tournai",
        zone: "7500",
        country: "BE",
        vat: "BE0123456749",
        address: "0208",
        legal: "0208",
        id: "0123456749",
    },
    buyer: Party {
        name: "Imprimerie du Beffroi",
        street: "31 rue de la Tête d'Or",
        city: "Gand",
        zone: "9000",
        country: "BE",
        vat: "BE0876543270",
        address: "0208",
        legal: "0208",
        id: "0876543270",
    },
};

static FRANCE: Land = Land {
    rates: [20, 10],
    frame: "S1",
    notes: &[
        ("PMT", "Indemnité forfaitaire pour frais de recouvrement : 40 EUR"),
        ("PMD", "Pénalités de retard : trois fois le taux d'intérêt légal"),
        ("AAB", "Pas d'escompte pour paiement anticipé"),
    ],
    account: "FR3330002005500000157841Z25",
    seller: Party {
        name: "Fournitures de l'Escaut SAS",
        street: "8 quai des Salines",
        city: "Valenciennes",
        zone: "59300",
        country: "FR",
        vat: "FR19812345676",
        address: "0225",
        legal: "0002",
        id: "812345676",
    },
    buyer: Party {
        name: "Imprimerie du Beffroi",
        street: "31 rue de la Tête d'Or",
        city: "Douai",
        zone: "59500",
        country: "FR",
        vat: "FR71934567892",
        address: "0225",
        legal: "0002",
        id: "934567892",
    },
};

impl Party {
    fn write_ubl(&self, out: &mut String, role: &str) -> std::fmt::Result {
        let Party { name, street, city, zone, country, vat, address, legal, id } = self;
        writeln!(
            out,
            r#"  <cac:{role}>
    <cac:Party>
      <cbc:EndpointID schemeID="{address}">{id}</cbc:EndpointID>
      <cac:PartyName>
        <cbc:Name>{name}</cbc:Name>
      </cac:PartyName>
      <cac:PostalAddress>
        <cbc:StreetName>{street}</cbc:StreetName>
        <cbc:CityName>{city}</cbc:CityName>
        <cbc:PostalZone>{zone}</cbc:PostalZone>
        <cac:Country>
          <cbc:IdentificationCode>{country}</cbc:IdentificationCode>
        </cac:Country>
      </cac:PostalAddress>
      <cac:PartyTaxScheme>
        <cbc:CompanyID>{vat}</cbc:CompanyID>
        <cac:TaxScheme>
          <cbc:ID>VAT</cbc:ID>
        </cac:TaxScheme>
      </cac:PartyTaxScheme>
      <cac:PartyLegalEntity>
        <cbc:RegistrationName>{name}</cbc:RegistrationName>
        <cbc:CompanyID schemeID="{legal}">{id}</cbc:CompanyID>
      </cac:PartyLegalEntity>
      <cac:Contact>
        <cbc:Name>Service comptable</cbc:Name>
        <cbc:ElectronicMail>compta@exemple.example</cbc:ElectronicMail>
      </cac:Contact>
    </cac:Party>
  </cac:{role}>"#
        )
    }

    fn write_cii(&self, out: &mut String, role: &str) -> std::fmt::Result {
        let Party { name, street, city, zone, country, vat, address, legal, id } = self;
        writeln!(
            out,
            r#"      <ram:{role}>
        <ram:Name>{name}</ram:Name>
        <ram:SpecifiedLegalOrganization>
          <ram:ID schemeID="{legal}">{id}</ram:ID>
        </ram:SpecifiedLegalOrganization>
        <ram:PostalTradeAddress>
          <ram:PostcodeCode>{zone}</ram:PostcodeCode>
          <ram:LineOne>{street}</ram:LineOne>
          <ram:CityName>{city}</ram:CityName>
          <ram:CountryID>{country}</ram:CountryID>
        </ram:PostalTradeAddress>
        <ram:URIUniversalCommunication>
          <ram:URIID schemeID="{address}">{id}</ram:URIID>
        </ram:URIUniversalCommunication>
        <ram:SpecifiedTaxRegistration>
          <ram:ID schemeID="VA">{vat}</ram:ID>
        </ram:SpecifiedTaxRegistration>
      </ram:{role}>"#
        )
    }
}

/// Cents as an amount.
fn euros(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}
