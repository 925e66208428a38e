//! Small fictitious invoices for the tests of this room.

pub(crate) const SELLER: &str = "73282932000074";
pub(crate) const BUYER: &str = "21690123100011";

pub(crate) struct Invoice {
    pub number: &'static str,
    pub buyer: &'static str,
    pub service: Option<&'static str>,
    pub engagement: Option<&'static str>,
    pub payment_means: Option<&'static str>,
    pub issued: &'static str,
}

impl Default for Invoice {
    fn default() -> Self {
        Self {
            number: "F-1",
            buyer: BUYER,
            service: Some("COMPTA"),
            engagement: Some("1234567890"),
            payment_means: Some("30"),
            issued: "2026-11-02",
        }
    }
}

impl Invoice {
    pub fn numbered(number: &'static str) -> Self {
        Self { number, ..Self::default() }
    }

    pub fn ubl(&self) -> String {
        let optional = |value: Option<&str>, before: &str, after: &str| {
            value.map(|v| format!("{before}{v}{after}")).unwrap_or_default()
        };
        format!(
            r#"<?xml version="1.0" encoding="UTF-8"?>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
    xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
    xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
  <cbc:ProfileID>A1</cbc:ProfileID><cbc:ID>{number}</cbc:ID><cbc:IssueDate>{issued}</cbc:IssueDate><cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>
  <cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>{service}{engagement}
  <cac:AccountingSupplierParty><cac:Party><cac:PartyIdentification><cbc:ID schemeID="0009">{SELLER}</cbc:ID>
  </cac:PartyIdentification></cac:Party></cac:AccountingSupplierParty>
  <cac:AccountingCustomerParty><cac:Party><cac:PartyIdentification><cbc:ID schemeID="0009">{buyer}</cbc:ID>
  </cac:PartyIdentification></cac:Party></cac:AccountingCustomerParty>{means}
  <cac:LegalMonetaryTotal><cbc:TaxInclusiveAmount currencyID="EUR">120.00</cbc:TaxInclusiveAmount>
    <cbc:PayableAmount currencyID="EUR">120.00</cbc:PayableAmount></cac:LegalMonetaryTotal>
  <cac:InvoiceLine><cbc:ID>1</cbc:ID><cbc:LineExtensionAmount currencyID="EUR">100.00</cbc:LineExtensionAmount>
    <cac:Item><cbc:Name>Chaise</cbc:Name></cac:Item></cac:InvoiceLine>
</Invoice>"#,
            number = self.number,
            issued = self.issued,
            buyer = self.buyer,
            service = optional(self.service, "<cbc:BuyerReference>", "</cbc:BuyerReference>"),
            engagement = optional(self.engagement, "<cac:OrderReference><cbc:ID>", "</cbc:ID></cac:OrderReference>"),
            means = optional(
                self.payment_means,
                "<cac:PaymentMeans><cbc:PaymentMeansCode>",
                "</cbc:PaymentMeansCode></cac:PaymentMeans>"
            ),
        )
    }

    pub fn cii(&self) -> String {
        let optional = |value: Option<&str>, before: &str, after: &str| {
            value.map(|v| format!("{before}{v}{after}")).unwrap_or_default()
        };
        format!(
            r#"<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
    xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
    xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100">
  <rsm:ExchangedDocumentContext><ram:BusinessProcessSpecifiedDocumentContextParameter><ram:ID>A1</ram:ID>
  </ram:BusinessProcessSpecifiedDocumentContextParameter></rsm:ExchangedDocumentContext>
  <rsm:ExchangedDocument><ram:ID>{number}</ram:ID><ram:TypeCode>380</ram:TypeCode>
    <ram:IssueDateTime><udt:DateTimeString format="102">{issued}</udt:DateTimeString></ram:IssueDateTime>
  </rsm:ExchangedDocument>
  <rsm:SupplyChainTradeTransaction>
    <ram:ApplicableHeaderTradeAgreement>{service}
      <ram:SellerTradeParty><ram:GlobalID schemeID="0009">{SELLER}</ram:GlobalID></ram:SellerTradeParty>
      <ram:BuyerTradeParty><ram:GlobalID schemeID="0009">{buyer}</ram:GlobalID></ram:BuyerTradeParty>{engagement}
    </ram:ApplicableHeaderTradeAgreement>
    <ram:ApplicableHeaderTradeDelivery/>
    <ram:ApplicableHeaderTradeSettlement><ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>{means}
      <ram:SpecifiedTradeSettlementHeaderMonetarySummation><ram:GrandTotalAmount>120.00</ram:GrandTotalAmount>
      <ram:DuePayableAmount>120.00</ram:DuePayableAmount></ram:SpecifiedTradeSettlementHeaderMonetarySummation>
    </ram:ApplicableHeaderTradeSettlement>
  </rsm:SupplyChainTradeTransaction>
</rsm:CrossIndustryInvoice>"#,
            number = self.number,
            issued = self.issued.replace('-', ""),
            buyer = self.buyer,
            service = optional(self.service, "<ram:BuyerReference>", "</ram:BuyerReference>"),
            engagement = optional(
                self.engagement,
                "<ram:BuyerOrderReferencedDocument><ram:IssuerAssignedID>",
                "</ram:IssuerAssignedID></ram:BuyerOrderReferencedDocument>"
            ),
            means = optional(
                self.payment_means,
                "<ram:SpecifiedTradeSettlementPaymentMeans><ram:TypeCode>",
                "</ram:TypeCode></ram:SpecifiedTradeSettlementPaymentMeans>"
            ),
        )
    }
}
