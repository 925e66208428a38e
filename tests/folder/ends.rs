//! Where files end, and what is beside them.

use std::fs;

use super::{all_told, documents, ended, invoice, put, report, text, watched};
use crate::api::stage;

#[tokio::test]
async fn a_good_invoice_is_done_and_a_wrong_one_refused_with_reports_beside() {
    let (stage, inbox) = watched("").await;
    put(&inbox, "Facture Mairie.xml", &stage::invoice("01-good-ubl-mairie.xml"));
    put(&inbox, "wrong.xml", &stage::invoice("12-wrong-sum-one-cent.xml"));
    put(&inbox, "cut.xml", &stage::invoice("16-unreadable-truncated.xml"));
    ended(&inbox, 1, 2).await;
    assert_eq!(documents(&inbox, "done"), ["Facture Mairie.xml"]);
    assert_eq!(documents(&inbox, "refused"), ["cut.xml", "wrong.xml"]);
    all_told(&inbox).await;
    assert_eq!(fs::read(inbox.join("done/Facture Mairie.xml")).unwrap(), stage::invoice("01-good-ubl-mairie.xml"));

    let beside = report(&inbox, "done", "Facture Mairie.xml");
    let id = beside["received"]["id"].as_str().unwrap().to_owned();
    let mut without = beside.clone();
    without.as_object_mut().unwrap().remove("received");
    let mut report_of_api = stage.get(&format!("/v1/invoices/{id}/report")).await;
    // Sealed or not is known at the delivery, which comes later.
    assert_eq!(report_of_api.as_object_mut().unwrap().remove("seal").unwrap()["state"], "unsigned");
    assert_eq!(without, report_of_api, "the report of the API, and `received`");
    assert_eq!((&beside["received"]["before"], &beside["received"]["source"]), (&false.into(), &"folder:erp".into()));
    let row = stage.until(&id, &["delivered", "accepted", "paid"]).await;
    assert_eq!(row["source"], "folder:erp");
    let events = stage.get(&format!("/v1/invoices/{id}/events")).await;
    let file = events["events"].as_array().unwrap().iter().find(|event| event["kind"] == "file").unwrap().clone();
    assert_eq!((&file["data"]["file"], &file["data"]["folder"]), (&"Facture Mairie.xml".into(), &"erp".into()));

    let wrong = report(&inbox, "refused", "wrong.xml");
    assert_eq!((&wrong["verdict"], &wrong["received"]["state"]), (&"invalid".into(), &"blocked".into()));
    let told = text(&inbox, "refused", "wrong.xml");
    assert!(
        told.contains("BR-CO-") && told.contains("wrong.xml: NON VALIDE") && told.contains("wrong.xml: INVALID"),
        "{told}"
    );
    assert!(text(&inbox, "done", "Facture Mairie.xml").starts_with("Facture "));
    assert_eq!(report(&inbox, "refused", "cut.xml")["verdict"], "not-judged");
    assert!(stage.daemon.stop().await);
}

/// A status (CDAR) among the invoices is put aside with what it is, and never becomes an invoice.
#[tokio::test]
async fn a_life_cycle_message_is_put_aside() {
    let (stage, inbox) = watched("").await;
    put(&inbox, "statut.xml", &fs::read("fixtures/rules/fr-cdv/cdar-210.xml").unwrap());
    put(&inbox, "F.xml", &invoice("CDV-1"));
    ended(&inbox, 1, 1).await;
    assert_eq!(
        (documents(&inbox, "done"), documents(&inbox, "refused")),
        (vec!["F.xml".into()], vec!["statut.xml".into()])
    );
    let told = report(&inbox, "refused", "statut.xml");
    assert_eq!((&told["verdict"], &told["findings"][0]["rule"]), (&"not-judged".into(), &"FCT-READ-LIFE-CYCLE".into()));
    let told = text(&inbox, "refused", "statut.xml");
    assert!(told.contains("210 Refusée") && told.contains("FA-2026-0042"), "{told}");
    assert_eq!(stage.get("/v1/invoices").await["invoices"].as_array().unwrap().len(), 1);
    assert!(stage.daemon.stop().await);
}

#[tokio::test]
async fn one_language_where_one_is_asked_for_and_only_names_that_fit() {
    let (stage, inbox) = watched("lang = \"en\"\npattern = [\"*.xml\"]").await;
    put(&inbox, "readable.pdf", b"%PDF-1.7");
    put(&inbox, "F1.XML", &invoice("LANG-1"));
    ended(&inbox, 1, 0).await;
    let told = text(&inbox, "done", "F1.XML");
    assert!(told.contains("facteur has it in charge") && !told.contains("s'en charge"), "{told}");
    assert!(inbox.join("readable.pdf").exists());
    assert!(stage.daemon.stop().await);
}

#[tokio::test]
async fn the_same_bytes_again_are_told_as_such_and_the_same_name_never_overwrites() {
    let (stage, inbox) = watched("").await;
    let good = stage::invoice("01-good-ubl-mairie.xml");
    let posted = stage.accept("01-good-ubl-mairie.xml").await;
    stage.until(&posted, &["delivered", "accepted", "paid"]).await;
    put(&inbox, "F.xml", &good);
    ended(&inbox, 1, 0).await;
    let again = report(&inbox, "done", "F.xml");
    assert_eq!((&again["received"]["before"], &again["received"]["id"]), (&true.into(), &posted.as_str().into()));
    assert_eq!(again["received"]["source"], "http");
    assert!(text(&inbox, "done", "F.xml").contains("nothing is sent twice"));

    // Another document under the same name, then the same once more.
    put(&inbox, "F.xml", &invoice("SECOND-1"));
    ended(&inbox, 2, 0).await;
    put(&inbox, "F.xml", &invoice("SECOND-1"));
    ended(&inbox, 3, 0).await;
    assert_eq!(documents(&inbox, "done"), ["F.xml", "F~2.xml", "F~3.xml"]);
    all_told(&inbox).await;
    assert_eq!(fs::read(inbox.join("done/F.xml")).unwrap(), good);
    assert_eq!(report(&inbox, "done", "F~2.xml")["received"]["before"], false);
    assert_eq!(report(&inbox, "done", "F~3.xml")["received"]["before"], true);
    assert_eq!(stage.get("/v1/invoices").await["invoices"].as_array().unwrap().len(), 2);

    // A wrong one again is refused again.
    let wrong = stage::invoice("12-wrong-sum-one-cent.xml");
    put(&inbox, "W.xml", &wrong);
    ended(&inbox, 3, 1).await;
    put(&inbox, "W.xml", &wrong);
    ended(&inbox, 3, 2).await;
    assert_eq!(report(&inbox, "refused", "W~2.xml")["received"]["before"], true);
    assert!(stage.daemon.stop().await);
}

#[tokio::test]
async fn an_invoice_without_a_route_is_in_charge_and_says_that_somebody_is_needed() {
    let (stage, inbox) = watched("").await;
    fs::write(stage.folder.path().join("clients/nowhere.toml"), {
        let text = fs::read_to_string("fixtures/demo/clients/mairie-saint-aubin.toml").unwrap();
        let text: String = text.lines().filter(|l| !l.starts_with("route")).map(|l| format!("{l}\n")).collect();
        text.replacen("name =", "route = \"elsewhere\"\nname =", 1)
    })
    .unwrap();
    fs::remove_file(stage.folder.path().join("clients/mairie-saint-aubin.toml")).unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
    put(&inbox, "F.xml", &stage::invoice("01-good-ubl-mairie.xml"));
    ended(&inbox, 1, 0).await;
    let beside = report(&inbox, "done", "F.xml");
    assert_eq!((&beside["verdict"], &beside["received"]["state"]), (&"valid".into(), &"parked".into()));
    assert!(text(&inbox, "done", "F.xml").contains("Set aside until somebody sees to it"));
    assert!(stage.daemon.stop().await);
}
