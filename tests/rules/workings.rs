//! Sums: a working adds up to its result, and what follows a sum goes with the amount that it expects.

use facteur::formats::{self, Edit};
use facteur::report::groups;
use facteur::rules::Working;
use facteur::xml::NodeId;
use proptest::prelude::*;

use super::complete::{judged, path};
use super::edit::{Case, List};

/// A working adds up to its result.
#[test]
fn workings_add_up() {
    let list = List::read();
    let mut seen = 0;
    for case in &list.case {
        for finding in judged(&list.edited(case)).findings {
            if let Some(working) = finding.working.filter(|w| w.more == 0) {
                assert_eq!(sum(&working), working.result.parse().ok(), "{}: {working:?}", case.edit);
                assert_eq!(Some(&working.result), finding.expected.as_ref());
                seen += 1;
            }
        }
    }
    assert!(seen > 60, "only {seen} workings");
}

/// The parts put together to the cent; rules that round nothing have results with more decimals.
fn sum(working: &Working) -> Option<f64> {
    let mut total = 0.0;
    for part in &working.parts {
        let value: f64 = part.value.parse().ok()?;
        match part.sign.as_str() {
            "+" => total += value,
            "-" => total -= value,
            "×" => total *= value,
            "÷" => total /= value,
            other => panic!("no sign {other}"),
        }
    }
    let result: f64 = working.result.parse().ok()?;
    ((total - result).abs() <= 0.005 + 1e-9).then_some(result)
}

const AMOUNTS: [(&str, &[&str]); 2] = [
    (
        "ubl-full",
        &[
            "/Invoice/cac:InvoiceLine[1]/cbc:LineExtensionAmount",
            "/Invoice/cac:AllowanceCharge[1]/cbc:Amount",
            "/Invoice/cac:AllowanceCharge[2]/cbc:Amount",
            "/Invoice/cac:TaxTotal[1]/cbc:TaxAmount",
            "/Invoice/cac:TaxTotal[1]/cac:TaxSubtotal[1]/cbc:TaxableAmount",
            "/Invoice/cac:TaxTotal[1]/cac:TaxSubtotal[1]/cbc:TaxAmount",
            "/Invoice/cac:TaxTotal[1]/cac:TaxSubtotal[1]/cac:TaxCategory/cbc:Percent",
            "/Invoice/cac:LegalMonetaryTotal/cbc:LineExtensionAmount",
            "/Invoice/cac:LegalMonetaryTotal/cbc:TaxExclusiveAmount",
            "/Invoice/cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount",
            "/Invoice/cac:LegalMonetaryTotal/cbc:AllowanceTotalAmount",
            "/Invoice/cac:LegalMonetaryTotal/cbc:ChargeTotalAmount",
            "/Invoice/cac:LegalMonetaryTotal/cbc:PrepaidAmount",
            "/Invoice/cac:LegalMonetaryTotal/cbc:PayableAmount",
        ],
    ),
    (
        "cii-full",
        &[
            "/ram:IncludedSupplyChainTradeLineItem[1]/ram:SpecifiedLineTradeSettlement/ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount",
            "/ram:ApplicableHeaderTradeSettlement/ram:SpecifiedTradeAllowanceCharge[1]/ram:ActualAmount",
            "/ram:ApplicableHeaderTradeSettlement/ram:SpecifiedTradeAllowanceCharge[2]/ram:ActualAmount",
            "/ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax[1]/ram:CalculatedAmount",
            "/ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax[1]/ram:BasisAmount",
            "/ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax[1]/ram:RateApplicablePercent",
            "/ram:ApplicableHeaderTradeSettlement/ram:SpecifiedTradeSettlementHeaderMonetarySummation/ram:LineTotalAmount",
            "/ram:ApplicableHeaderTradeSettlement/ram:SpecifiedTradeSettlementHeaderMonetarySummation/ram:AllowanceTotalAmount",
            "/ram:ApplicableHeaderTradeSettlement/ram:SpecifiedTradeSettlementHeaderMonetarySummation/ram:TaxBasisTotalAmount",
            "/ram:ApplicableHeaderTradeSettlement/ram:SpecifiedTradeSettlementHeaderMonetarySummation/ram:TaxTotalAmount[1]",
            "/ram:ApplicableHeaderTradeSettlement/ram:SpecifiedTradeSettlementHeaderMonetarySummation/ram:GrandTotalAmount",
            "/ram:ApplicableHeaderTradeSettlement/ram:SpecifiedTradeSettlementHeaderMonetarySummation/ram:DuePayableAmount",
        ],
    ),
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 160, failure_persistence: None, ..ProptestConfig::default() })]

    /// Amounts broken at random, up to four at a time: whatever follows a sum goes with its expected amount in its place.
    #[test]
    fn sums_that_follow_go_with_the_expected_amount(
        cii in any::<bool>(),
        broken in proptest::collection::vec((any::<prop::sample::Index>(), prop_oneof![Just(0i64), -3i64..4, 0i64..200_000], any::<bool>()), 1..5),
    ) {
        let (base, paths) = AMOUNTS[usize::from(cii)];
        let transaction = "/rsm:CrossIndustryInvoice/rsm:SupplyChainTradeTransaction";
        let list = List::read();
        let edit: Vec<String> = broken
            .iter()
            .map(|(at, cents, delete)| {
                let path = format!("{}{}", if cii { transaction } else { "" }, at.get(paths));
                if *delete && *cents == 0 { format!("set {path} = 0.00") } else { format!("set {path} = {}.{:02}", cents / 100, cents.abs() % 100) }
            })
            .collect();
        let edit = edit.join(" ; ");
        let text = list.edited(&Case { base: base.into(), edit: edit.clone(), fires: Vec::new(), stops: false });
        let report = judged(&text);
        for group in groups(&report.findings).iter().filter(|g| !g.followers.is_empty()) {
            let root = &report.findings[group.root];
            let read = formats::read(text.as_bytes()).unwrap();
            let tree = read.invoice.tree();
            let node = (0..tree.len() as NodeId).find(|n| Some(tree.path(*n).as_str()) == path(root)).unwrap();
            let value = root.expected.clone().unwrap();
            let after = judged(&Edit::Text { node, value }.apply(tree).unwrap());
            for at in group.followers.iter().chain([&group.root]) {
                let gone = &report.findings[*at];
                prop_assert!(
                    !after.findings.iter().any(|f| f.rule == gone.rule && path(f) == path(gone)),
                    "{edit}: {} stands though {} is mended",
                    gone.rule,
                    root.rule
                );
            }
        }
    }
}
