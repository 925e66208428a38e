//! The sandbox of the demo against the table of what must come of it: every document that reaches the platform there.

use std::path::Path;

use super::*;
use crate::platforms::sandbox::look;
use crate::store::Document;

#[tokio::test]
async fn the_demo_s_platform_does_what_its_table_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo");
    let text = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let mut script = Script::parse(&text("sandbox.toml")).unwrap();
    (script.processing_ms, script.step_ms) = (0, 0);
    let expected: toml::Table = text("expected.toml").parse().unwrap();
    let sandbox = Sandbox::start(script).await;
    let client = sandbox.client();
    let (mut checked, mut refusals) = (0, 0);
    for document in expected["document"].as_array().unwrap() {
        if document.get("deposits").and_then(toml::Value::as_integer) != Some(1) {
            continue;
        }
        let file = document["file"].as_str().unwrap();
        // What leaves of EDIFACT and X12 is what the daemon writes of them.
        if file.ends_with(".edi") {
            continue;
        }
        let bytes = std::fs::read(folder.join("invoices").join(file)).unwrap();
        let look = look::look(&bytes);
        assert_eq!(look.broken, None, "{file}");
        let cii = look.syntax == Some(crate::invoice::Syntax::Cii);
        let intent = Intent {
            invoice_id: file.into(),
            sha256: String::new(),
            file_name: file.into(),
            syntax: match (file.ends_with(".pdf"), cii) {
                (true, _) => "IN_DP_E2_CII_FACTURX",
                (_, true) => "IN_DP_E1_CII_16B",
                _ => "IN_DP_E1_UBL_INVOICE",
            }
            .into(),
            number: look.number.unwrap(),
            seller: look.seller_siret,
            issued: look.issued,
        };
        let reference = settled(&client, &intent, &bytes).await;
        let Follow::Statuses { statuses, platform_invoice, .. } = client.follow(&intent, Some(&reference), None).await
        else {
            panic!("{file}")
        };
        let mut told: Vec<&str> = codes(&statuses);
        told.dedup();
        let wanted: Vec<&str> = document["statuses"].as_array().unwrap().iter().map(|s| s.as_str().unwrap()).collect();
        assert_eq!(told, wanted, "{file}");
        assert_eq!(platform_invoice.is_some(), document["invoices"].as_integer() == Some(1), "{file}");
        if let Some(problem) = document.get("problem").filter(|p| p["said"].as_str() != Some("rule")) {
            let last = statuses.last().unwrap();
            assert_eq!(Some(last.code.as_str()), problem["code"].as_str(), "{file}");
            assert_eq!(last.reason.as_deref(), problem.get("reason").and_then(|r| r.as_str()), "{file}");
            assert_eq!(last.voice == Voice::Buyer, problem["said"].as_str() == Some("buyer"), "{file}");
            refusals += 1;
        }
        checked += 1;
    }
    assert!(checked > 20 && refusals > 8, "{checked} documents, {refusals} refusals");
    assert_eq!(sandbox.deposits().await, checked, "nothing came twice");
    sandbox.end().await;
}

/// Delivers as the queue does: again only where nothing was sent or nothing is there.
async fn settled(client: &ChorusPro, intent: &Intent, bytes: &[u8]) -> String {
    for _ in 0..5 {
        match client.deposit(intent, &Document::of(bytes.to_vec())).await {
            Deposit::Taken { reference, .. } => return reference,
            Deposit::NotSent { .. } => {}
            Deposit::Refused { text, .. } => panic!("{}: {text}", intent.file_name),
            Deposit::Unknown { .. } => match client.search(intent).await {
                Search::Found { reference: Some(reference), .. } => return reference,
                Search::Absent { .. } => {}
                other => panic!("{}: {other:?}", intent.file_name),
            },
        }
    }
    panic!("{} was never taken", intent.file_name)
}
