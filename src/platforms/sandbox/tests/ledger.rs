//! The ledger of both platforms, and answers that break off.

use super::*;

const UBL: &str = include_str!("../../../../fixtures/invoices/ubl-minimal-fr.xml");

fn afnor(sandbox: &Sandbox) -> crate::platforms::afnor::Afnor {
    let base = format!("http://{}", sandbox.address);
    let mut config = crate::platforms::afnor::AfnorConfig::new(
        "pa",
        format!("{base}/afnor-flow"),
        format!("{base}/afnor/oauth2/token"),
    );
    config.client_id = sandbox.script.client_id.clone();
    config.client_secret = sandbox.script.client_secret.clone();
    crate::platforms::afnor::Afnor::new(config).unwrap()
}

fn document(number: &str) -> (Intent, Document) {
    let text = UBL.replace("FA-2026-0044", number);
    let sha256 = crate::validate::hex(&crate::crypto::sha256(text.as_bytes()));
    let intent = Intent { sha256, syntax: "UBL".into(), seller: None, ..intent(number) };
    (intent, Document::of(text.into_bytes()))
}

async fn lines(sandbox: &Sandbox) -> (String, Vec<Value>) {
    let text = reqwest::get(format!("http://{}/sandbox/ledger", sandbox.address)).await.unwrap().text().await.unwrap();
    let rows = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (text, rows)
}

#[tokio::test]
async fn a_garbled_answer_leaves_a_doubt_and_the_invoice_at_the_platform() {
    let sandbox = Sandbox::with(["F-1", "G-1"].map(|number| Behaviour::new(number, Action::Garble))).await;
    let (chorus, pa) = (sandbox.client(), afnor(&sandbox));
    let (intent, text) = document("G-1");
    assert!(matches!(send(&chorus, &Invoice::default()).await, Deposit::Unknown { .. }));
    assert!(matches!(pa.deposit(&intent, &text).await, Deposit::Unknown { .. }));
    let all = sandbox.page("/sandbox/behaviour").await;
    let struck: Vec<&Value> = all["behaviours"].as_array().unwrap().iter().map(|one| &one["struck"]).collect();
    assert_eq!(struck, [1, 1]);
    assert!(matches!(chorus.search(&super::intent("F-1")).await, Search::Found { .. }));
    assert!(matches!(pa.search(&intent).await, Search::Found { .. }));
    sandbox.end().await;
}

#[tokio::test]
async fn the_ledger_tells_what_came_and_what_was_said_of_it_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.jsonl");
    let refuse = Behaviour::new("L-2", Action::Refuse);
    let sandbox =
        Sandbox::start(Script { ledger: Some(path.clone()), behaviour: vec![refuse], ..Script::default() }).await;
    let (chorus, pa) = (sandbox.client(), afnor(&sandbox));
    assert!(matches!(send(&chorus, &Invoice::numbered("L-1")).await, Deposit::Taken { .. }));
    assert!(
        matches!(send(&chorus, &Invoice::numbered("L-1")).await, Deposit::Taken { .. }),
        "its end says the duplicate"
    );
    let (intent, text) = document("L-2");
    assert!(matches!(pa.deposit(&intent, &text).await, Deposit::Taken { .. }));
    let again = Intent { invoice_id: "another".into(), ..intent.clone() };
    assert!(matches!(pa.deposit(&again, &text).await, Deposit::Taken { .. }), "213 says the duplicate");

    let (text, rows) = lines(&sandbox).await;
    let of = |what: &str| rows.iter().filter(|row| row["what"] == what).collect::<Vec<_>>();
    let told: Vec<_> = of("deposit").iter().map(|row| (row["number"].as_str(), row["kept"].as_bool())).collect();
    let wanted = [("L-1", true), ("L-1", false), ("L-2", true), ("L-2", false)];
    assert_eq!(told, wanted.map(|(number, kept)| (Some(number), Some(kept))));
    assert!(of("deposit").iter().all(|row| row["sha256"].as_str().is_some_and(|sha256| sha256.len() == 64)));
    assert_eq!(of("deposit")[3]["outcome"], "Ok, 213 DOUBLON");
    let statuses: Vec<_> =
        of("status").iter().map(|row| (row["code"].as_str().unwrap(), row["by"].as_str().unwrap())).collect();
    for wanted in [("DEPOSEE", "platform"), ("203", "platform"), ("210", "buyer"), ("213", "platform")] {
        assert!(statuses.contains(&wanted), "{wanted:?} {statuses:?}");
    }
    assert!(rows.is_sorted_by_key(|row| row["at"].as_str().unwrap().to_owned()), "{text}");
    assert_eq!(lines(&sandbox).await.0, text);
    sandbox.end().await;
    assert_eq!(std::fs::read_to_string(path).unwrap(), text);
}
