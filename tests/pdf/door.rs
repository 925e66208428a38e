//! A Factur-X from the caller's hands to the platform, through the real daemon and the real sandbox.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::{fixtures, hostile, make::FacturX, xml};
use crate::stage::Stage;

const SCRIPT: &str = r#"
# Longer than it takes to learn that the deposit was taken: who does not wait for the invoice does not find it.
processing_ms = 700
[[structure]]
siret = "26262626000034"
name = "Centre hospitalier des Deux-Rives"
engagements = ["CH26-004217"]
"#;

async fn accepted(stage: &Stage, bytes: Vec<u8>) -> String {
    let (status, told) = stage.post("/v1/invoices", bytes, &[("content-type", "application/pdf")]).await.unwrap();
    assert_eq!(status, 202, "{told}");
    told["id"].as_str().unwrap().to_owned()
}

/// The first invoice that the platform has integrated. A deposit is delivered once it is taken, and becomes an invoice only after
/// it was processed: asked at once, there may be none yet.
async fn integrated(stage: &Stage) -> Value {
    let began = Instant::now();
    loop {
        if let Some(invoice) = stage.at_sandbox("invoices").await.into_iter().next() {
            return invoice;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "taken, and never integrated");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_factur_x_is_judged_delivered_and_given_back_as_it_came() {
    let stage = Stage::new(SCRIPT);
    let pdf = fixtures::good("FX-1").bytes();
    let id = accepted(&stage, pdf.clone()).await;
    stage.settled(std::slice::from_ref(&id), &["delivered"]).await;
    let row = stage.get(&format!("/v1/invoices/{id}")).await;
    assert_eq!((&row["number"], &row["syntax"]), (&"FX-1".into(), &"facturx-pdf".into()), "{row}");
    let deposits = stage.at_sandbox("deposits").await;
    assert_eq!(deposits.len(), 1);
    assert_eq!(
        (&deposits[0]["syntax"], &deposits[0]["sha256"]),
        (&"IN_DP_E2_CII_FACTURX".into(), &row["sha256"]),
        "{}",
        deposits[0]
    );
    assert!(deposits[0]["file_name"].as_str().unwrap().ends_with(".pdf"));
    assert_eq!(integrated(&stage).await["number"], "FX-1");
    // Given back byte for byte, as a PDF, and never to be shown by a browser.
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = stage.url(&format!("/v1/invoices/{id}/document"));
    let answer = client.get(url).bearer_auth(stage.token()).send().await.unwrap();
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "application/pdf");
    assert_eq!(header("content-disposition"), format!("attachment; filename=\"{id}.pdf\""));
    assert_eq!(answer.bytes().await.unwrap(), pdf);
}

#[tokio::test]
async fn what_is_no_factur_x_is_kept_blocked_and_never_sent() {
    let stage = Stage::new(SCRIPT);
    let mut scanned = FacturX::new(b"");
    scanned.files.clear();
    let two = {
        let mut pdf = FacturX::new(&xml("FX-2"));
        pdf.files.push(super::make::Embedded::new("zugferd-invoice.xml", &xml("FX-3")));
        pdf
    };
    let cases = [
        (scanned.bytes(), "FCT-PDF-NO-INVOICE", "not-judged"),
        (hostile::encrypted(&FacturX::new(&xml("FX-4")).bytes(), "secret"), "FCT-PDF-ENCRYPTED", "not-judged"),
        (hostile::without_tail(&FacturX::new(&xml("FX-5")).bytes()), "FCT-PDF-REBUILT", "not-judged"),
        (two.bytes(), "FCT-PDF-TWO-INVOICES", "invalid"),
    ];
    for (bytes, rule, verdict) in cases {
        let id = accepted(&stage, bytes.clone()).await;
        stage.settled(std::slice::from_ref(&id), &["blocked"]).await;
        let report = stage.get(&format!("/v1/invoices/{id}/report")).await;
        assert_eq!(report["verdict"], verdict, "{rule}");
        let rules: Vec<&Value> = report["findings"].as_array().unwrap().iter().map(|f| &f["rule"]).collect();
        assert!(rules.contains(&&Value::from(rule)), "{rule}: {rules:?}");
        // `POST /v1/validate` says the same, and keeps nothing.
        let (status, told) = stage.post("/v1/validate", bytes, &[("content-type", "application/pdf")]).await.unwrap();
        assert_eq!((status.as_u16(), &told["verdict"]), (200, &Value::from(verdict)), "{rule}");
    }
    assert!(stage.at_sandbox("deposits").await.is_empty());
    let problems = stage.get("/v1/problems").await;
    let causes: Vec<&str> =
        problems["problems"].as_array().unwrap().iter().map(|p| p["cause"].as_str().unwrap()).collect();
    assert!(causes.len() >= 3 && causes.iter().all(|c| *c == "A8"), "{causes:?}");
}
