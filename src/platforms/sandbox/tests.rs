//! The client of Chorus Pro against the sandbox, over real sockets on this machine.

mod afnor;
mod chaos;
mod demo;
mod ledger;
mod notices;
mod reception;

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::samples::{BUYER, Invoice, SELLER};
use super::{Action, Behaviour, Call, Script, Service, Structure, serve};
use crate::platforms::chorus_pro::{ChorusConfig, ChorusPro};
use crate::platforms::{Deposit, Follow, Intent, Line, Platform, PlatformStatus, Search, Voice};
use crate::store::Document;

struct Sandbox {
    address: SocketAddr,
    script: Script,
    stop: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
}

impl Sandbox {
    async fn start(script: Script) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async move {
            let _ = stopped.await;
        };
        let task = tokio::spawn(serve(listener, script.clone(), shutdown));
        Self { address, script, stop, task }
    }

    async fn with(behaviours: impl IntoIterator<Item = Behaviour>) -> Self {
        Self::start(Script { behaviour: behaviours.into_iter().collect(), ..Script::default() }).await
    }

    async fn end(self) {
        self.stop.send(()).unwrap();
        self.task.await.unwrap().unwrap();
    }

    fn config(&self) -> ChorusConfig {
        let base = format!("http://{}", self.address);
        let mut config = ChorusConfig::new("chorus", &base, format!("{base}/api/oauth/token"));
        config.client_id = self.script.client_id.clone();
        config.client_secret = self.script.client_secret.clone();
        config.account_login = self.script.account_login.clone();
        config.account_password = self.script.account_password.clone();
        config
    }

    fn client(&self) -> ChorusPro {
        ChorusPro::new(self.config()).unwrap()
    }

    async fn page(&self, path: &str) -> Value {
        let text = reqwest::get(format!("http://{}{path}", self.address)).await.unwrap().text().await.unwrap();
        serde_json::from_str(&text).unwrap()
    }

    /// How many deposits arrived.
    async fn deposits(&self) -> usize {
        self.page("/sandbox/deposits").await["deposits"].as_array().unwrap().len()
    }

    async fn add(&self, behaviour: Value) -> u16 {
        let url = format!("http://{}/sandbox/behaviour", self.address);
        reqwest::Client::new().post(url).body(behaviour.to_string()).send().await.unwrap().status().as_u16()
    }
}

fn intent(number: &str) -> Intent {
    Intent {
        invoice_id: number.to_owned(),
        sha256: String::new(),
        file_name: format!("{number}.xml"),
        syntax: "IN_DP_E1_UBL_INVOICE".into(),
        number: number.to_owned(),
        seller: Some(SELLER.into()),
        issued: Some("2026-11-02".into()),
    }
}

fn fault(action: Action) -> Behaviour {
    Behaviour::new("*", action)
}

async fn send(client: &ChorusPro, invoice: &Invoice) -> Deposit {
    client.deposit(&intent(invoice.number), &Document::of(invoice.ubl().into_bytes())).await
}

async fn taken(client: &ChorusPro, invoice: &Invoice) -> String {
    match send(client, invoice).await {
        Deposit::Taken { reference, .. } => reference,
        other => panic!("{other:?}"),
    }
}

async fn followed(client: &ChorusPro, number: &str, reference: &str) -> (Option<String>, Vec<PlatformStatus>) {
    match client.follow(&intent(number), Some(reference), None).await {
        Follow::Statuses { platform_invoice, statuses, .. } => (platform_invoice, statuses),
        other => panic!("{other:?}"),
    }
}

fn codes(statuses: &[PlatformStatus]) -> Vec<&str> {
    statuses.iter().map(|s| s.code.as_str()).collect()
}

#[tokio::test]
async fn a_good_invoice_is_taken_found_and_followed() {
    let sandbox = Sandbox::start(Script::default()).await;
    let client = sandbox.client();
    client.check().await.unwrap();
    let reference = taken(&client, &Invoice::default()).await;
    let (id, statuses) = followed(&client, "F-1", &reference).await;
    assert_eq!(codes(&statuses), ["DEPOSEE", "MISE_A_DISPOSITION"]);
    assert!(statuses.iter().all(|s| s.voice == Voice::Platform && s.at.is_some()));
    let Search::Found { reference: found, platform_invoice, raw } = client.search(&intent("F-1")).await else {
        panic!()
    };
    assert_eq!((found, &platform_invoice), (Some(reference), &id));
    assert!(raw.iter().any(|r| r.call.contains("rechercher/fournisseur") && r.http == 200 && r.body.contains("F-1")));
    let Follow::Statuses { statuses: again, .. } = client.follow(&intent("F-1"), None, id.as_deref()).await else {
        panic!()
    };
    assert_eq!(again, statuses);

    let mut cii = intent("F-2");
    cii.syntax = "IN_DP_E1_CII_16B".into();
    let document = Invoice::numbered("F-2").cii();
    assert!(matches!(client.deposit(&cii, &Document::of(document.clone().into_bytes())).await, Deposit::Taken { .. }));
    let page = sandbox.page("/sandbox/invoices").await;
    assert_eq!(page["invoices"][1]["number"], "F-2");
    assert_eq!(page["invoices"][1]["deposited"], 1);
    sandbox.end().await;
}

#[tokio::test]
async fn a_lost_answer_is_unknown_then_found() {
    let sandbox = Sandbox::with([Behaviour::new("F-1", Action::LoseAnswer)]).await;
    let client = sandbox.client();
    let Deposit::Unknown { why, raw, .. } = send(&client, &Invoice::default()).await else { panic!() };
    assert!(!why.is_empty());
    assert_eq!(raw.last().map(|r| (r.http, r.body.as_str())), Some((0, "")));
    let Search::Found { reference: Some(reference), .. } = client.search(&intent("F-1")).await else { panic!() };
    assert_eq!(codes(&followed(&client, "F-1", &reference).await.1)[0], "DEPOSEE");
    assert_eq!(sandbox.deposits().await, 1, "the client never repeats a deposit by itself");
    sandbox.end().await;
}

#[tokio::test]
async fn a_request_lost_before_it_acted_is_unknown_then_absent() {
    let sandbox = Sandbox::with([fault(Action::DropBefore)]).await;
    let client = sandbox.client();
    assert!(matches!(send(&client, &Invoice::default()).await, Deposit::Unknown { .. }));
    assert!(matches!(client.search(&intent("F-1")).await, Search::Absent { .. }));
    assert_eq!(sandbox.deposits().await, 0);
    assert!(matches!(send(&client, &Invoice::default()).await, Deposit::Taken { .. }), "it struck once only");
    sandbox.end().await;
}

#[tokio::test]
async fn a_slow_answer_is_unknown_and_soon() {
    let sandbox = Sandbox::with([Behaviour { ms: Some(60_000), ..fault(Action::Delay) }]).await;
    let mut config = sandbox.config();
    config.connect_timeout = Duration::from_millis(200);
    config.timeout = Duration::from_millis(400);
    let client = ChorusPro::new(config).unwrap();
    let started = std::time::Instant::now();
    let Deposit::Unknown { why, .. } = send(&client, &Invoice::default()).await else { panic!() };
    assert!(why.contains("time-out"), "{why}");
    assert!(started.elapsed() < Duration::from_secs(20));
    assert!(matches!(client.search(&intent("F-1")).await, Search::Found { .. }));
    sandbox.task.abort();
}

#[tokio::test]
async fn http_errors_mean_what_they_prove() {
    let fail = |http, retry_after: Option<&str>| Behaviour {
        http: Some(http),
        retry_after: retry_after.map(str::to_owned),
        text: Some("busy".into()),
        ..fault(Action::Fail)
    };
    let sandbox = Sandbox::with([
        fail(429, Some("7")),
        fail(429, None),
        fail(503, None),
        fail(500, None),
        fail(413, None),
        fail(200, None),
    ])
    .await;
    let client = sandbox.client();
    let Deposit::NotSent { retry_after_ms, .. } = send(&client, &Invoice::default()).await else { panic!() };
    assert_eq!(retry_after_ms, Some(7000));
    assert!(matches!(send(&client, &Invoice::default()).await, Deposit::NotSent { retry_after_ms: None, .. }));
    assert!(
        matches!(send(&client, &Invoice::default()).await, Deposit::Unknown { .. }),
        "503: somebody behind may have it"
    );
    assert!(matches!(send(&client, &Invoice::default()).await, Deposit::Unknown { .. }));
    let Deposit::Refused { code, text, .. } = send(&client, &Invoice::default()).await else { panic!() };
    assert_eq!((code.as_str(), text.as_str()), ("HTTP_413", "busy"));
    assert!(matches!(send(&client, &Invoice::default()).await, Deposit::Unknown { .. }), "HTTP 200 with rubbish");
    assert_eq!(sandbox.deposits().await, 0);
    sandbox.end().await;
}

#[tokio::test]
async fn a_code_retour_is_an_error_in_spite_of_http_200() {
    let code = Behaviour { code: Some(20001), text: Some("GDP_MSG_11.022".into()), ..fault(Action::CodeRetour) };
    let report = Behaviour { call: Some(Call::Report), ..code.clone() };
    let search = Behaviour { call: Some(Call::Search), ..code.clone() };
    let history = Behaviour { call: Some(Call::History), ..code.clone() };
    let sandbox = Sandbox::with([code, report, search, history]).await;
    let client = sandbox.client();
    let Deposit::Refused { code, text, .. } = send(&client, &Invoice::default()).await else { panic!() };
    assert_eq!((code.as_str(), text.as_str()), ("20001", "GDP_MSG_11.022"));
    let reference = taken(&client, &Invoice::default()).await;
    for struck in ["report", "search", "history"] {
        let Follow::NoAnswer { why, .. } = client.follow(&intent("F-1"), Some(&reference), None).await else {
            panic!()
        };
        assert!(why.contains("20001"), "{struck}: {why}");
    }
    assert_eq!(followed(&client, "F-1", &reference).await.1.len(), 2);
    let large = vec![b' '; 11 * 1024 * 1024];
    assert!(
        matches!(client.deposit(&intent("F-9"), &Document::of(large)).await, Deposit::Refused { code, .. } if code == "20001")
    );
    sandbox.end().await;
}

#[tokio::test]
async fn questions_without_answer_prove_nothing() {
    let on = |call, action| Behaviour { call: Some(call), ..fault(action) };
    let busy = Behaviour { http: Some(503), retry_after: Some("3".into()), ..on(Call::Report, Action::Fail) };
    let sandbox = Sandbox::with([
        on(Call::Search, Action::DropBefore),
        on(Call::Search, Action::LoseAnswer),
        on(Call::Report, Action::LoseAnswer),
        busy,
    ])
    .await;
    let client = sandbox.client();
    let reference = taken(&client, &Invoice::default()).await;
    assert!(matches!(client.search(&intent("F-1")).await, Search::NoAnswer { .. }));
    assert!(matches!(client.search(&intent("F-1")).await, Search::NoAnswer { .. }));
    // The loss strikes what comes through; the 503 comes first, as it lets nothing through.
    let about = intent("F-1");
    let follow = || client.follow(&about, Some(&reference), None);
    assert!(matches!(follow().await, Follow::NoAnswer { retry_after_ms: Some(3000), .. }));
    assert!(matches!(follow().await, Follow::NoAnswer { retry_after_ms: None, .. }));
    assert!(matches!(follow().await, Follow::Statuses { .. }));
    // What was never asked, and an error about one deposit, say nothing against the connection.
    let unused = Line::Unused;
    // Without any reference of it, it is looked for.
    let found = client.follow(&intent("F-1"), None, None).await;
    assert!(
        matches!(&found, Follow::Statuses { platform_invoice: Some(_), statuses, .. } if !statuses.is_empty()),
        "{found:?}"
    );
    let none = client.follow(&intent("F-404"), None, None).await;
    assert!(matches!(none, Follow::NoAnswer { line: Line::Answers, .. }), "{none:?}");
    assert!(matches!(client.search(&intent("")).await, Search::NoAnswer { line, .. } if line == unused));
    let other = client.follow(&intent("F-1"), Some("CPP9"), None).await;
    assert!(matches!(other, Follow::NoAnswer { line: Line::Answers, .. }), "{other:?}");
    sandbox.end().await;
}

#[tokio::test]
async fn wrong_credentials_send_nothing_and_say_so() {
    let sandbox = Sandbox::start(Script::default()).await;
    for key in ["id", "secret"] {
        let mut config = sandbox.config();
        let field = if key == "id" { &mut config.client_id } else { &mut config.client_secret };
        *field = "wrong-one".into();
        let client = ChorusPro::new(config).unwrap();
        let Deposit::NotSent { why, raw, .. } = send(&client, &Invoice::default()).await else { panic!() };
        assert!(why.contains("client_id") && why.contains("client_secret"), "{why}");
        assert!(raw[0].body.contains("invalid_client") && raw[0].http == 400);
        assert!(client.check().await.is_err());
    }
    let mut config = sandbox.config();
    config.account_password = "wrong-one".into();
    let client = ChorusPro::new(config).unwrap();
    let Deposit::NotSent { why, raw, .. } = send(&client, &Invoice::default()).await else { panic!() };
    assert!(why.contains("403") && why.contains("technical account"), "{why}");
    assert_eq!(raw.last().map(|r| (r.http, r.body.as_str())), Some((403, "")));
    assert!(client.check().await.unwrap_err().contains("technical account"));
    assert_eq!(sandbox.deposits().await, 0);
    sandbox.end().await;
}

#[tokio::test]
async fn a_token_that_ends_is_renewed_on_the_way() {
    let sandbox = Sandbox::start(Script { token_seconds: 1, ..Script::default() }).await;
    let client = sandbox.client();
    let reference = taken(&client, &Invoice::default()).await;
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(followed(&client, "F-1", &reference).await.1.len(), 2);
    assert!(matches!(send(&client, &Invoice::numbered("F-2")).await, Deposit::Taken { .. }));
    sandbox.end().await;

    // Tokens that are dead on arrival: tried once more, then given up without having sent anything.
    let sandbox = Sandbox::start(Script { token_seconds: 0, ..Script::default() }).await;
    let Deposit::NotSent { why, raw, .. } = send(&sandbox.client(), &Invoice::default()).await else { panic!() };
    assert!(why.contains("401"), "{why}");
    assert_eq!(raw.iter().map(|r| r.http).collect::<Vec<_>>(), [200, 401, 200, 401]);
    sandbox.end().await;
}

#[tokio::test]
async fn the_platform_itself_ends_a_bad_deposit() {
    let sandbox = Sandbox::start(Script::default()).await;
    let client = sandbox.client();
    let ended = async |invoice: Invoice| {
        let reference = taken(&client, &invoice).await;
        let (id, statuses) = followed(&client, invoice.number, &reference).await;
        assert_eq!((id, codes(&statuses)), (None, vec!["IN_REJETE"]));
        assert_eq!(statuses[0].voice, Voice::Platform);
        statuses[0].clone()
    };
    let status = ended(Invoice { payment_means: None, ..Invoice::default() }).await;
    assert!(status.text.unwrap().contains("PaymentMeans.TypeCode.value est obligatoire"));
    taken(&client, &Invoice::default()).await;
    assert!(ended(Invoice::default()).await.text.unwrap().contains("Doublon"));
    assert!(ended(Invoice::numbered("F-12345678901234567890")).await.text.unwrap().contains("20"));

    let Deposit::Taken { reference, .. } =
        client.deposit(&intent("F-3"), &Document::of(&b"<Invoice><unclosed>"[..])).await
    else {
        panic!()
    };
    let (_, statuses) = followed(&client, "F-3", &reference).await;
    assert_eq!(statuses[0].reason.as_deref(), Some("ERR_XSD_001"));
    let mut cii = intent("F-4");
    cii.syntax = "IN_DP_E1_CII_16B".into();
    let Deposit::Taken { reference, .. } =
        client.deposit(&cii, &Document::of(Invoice::numbered("F-4").ubl().into_bytes())).await
    else {
        panic!()
    };
    assert_eq!(followed(&client, "F-4", &reference).await.1[0].code, "IN_REJETE");

    let page = sandbox.page("/sandbox/invoices").await;
    assert_eq!(page["invoices"].as_array().unwrap().len(), 1);
    assert_eq!(page["invoices"][0]["deposited"], 3, "two bad ones and the good one came under F-1: {page}");
    sandbox.end().await;
}

#[tokio::test]
async fn wrong_addressing_is_integrated_then_refused_by_the_platform() {
    let structure = Structure {
        siret: BUYER.into(),
        name: "Ville".into(),
        services: vec![Service { code: "COMPTA".into(), name: String::new(), active: true }],
        engagements: vec!["1234567890".into()],
        service_required: false,
        engagement_required: true,
        service_or_engagement_required: false,
        active: true,
    };
    let accept = Behaviour::new("*", Action::Accept);
    let script = Script { structure: vec![structure], behaviour: vec![accept], ..Script::default() };
    let sandbox = Sandbox::start(script).await;
    let client = sandbox.client();
    for (invoice, reason) in [
        (Invoice { buyer: "13002526500013", ..Invoice::numbered("A") }, None),
        (Invoice { service: Some("NOPE"), ..Invoice::numbered("B") }, Some("SE_ERR")),
        (Invoice { engagement: None, ..Invoice::numbered("C") }, Some("EJ_ERR")),
    ] {
        let reference = taken(&client, &invoice).await;
        let (id, statuses) = followed(&client, invoice.number, &reference).await;
        assert!(id.is_some());
        assert_eq!(codes(&statuses), ["DEPOSEE", "REJETEE"], "a refused invoice has no more life");
        assert_eq!(statuses[1].reason.as_deref(), reason);
        assert!(statuses[1].text.is_some());
        assert_eq!(statuses[1].voice, Voice::Platform);
    }
    let reference = taken(&client, &Invoice::default()).await;
    assert_eq!(followed(&client, "F-1", &reference).await.1.len(), 4);
    sandbox.end().await;
}

#[tokio::test]
async fn buyers_do_as_they_are_told() {
    let refuse = Behaviour {
        motive: Some("FACT_NON_CONFORME".into()),
        comment: Some("rien reçu".into()),
        ..Behaviour::new("R", Action::Refuse)
    };
    let suspend = Behaviour { comment: Some("bon de livraison ?".into()), ..Behaviour::new("S.xml", Action::Suspend) };
    let own = Behaviour { statuses: Some(vec!["STATUT_INVENTE".into()]), ..Behaviour::new("O", Action::Refuse) };
    let mut all = vec![refuse, suspend, own];
    all.extend([("D", Action::Dispute), ("A", Action::Accept), ("P", Action::Pay)].map(|(n, a)| Behaviour::new(n, a)));
    all.extend([("P", Action::Repeat), ("P", Action::Reorder)].map(|(n, a)| Behaviour::new(n, a)));
    let sandbox = Sandbox::with(all).await;
    let client = sandbox.client();
    let tail = async |number: &'static str| {
        let reference = taken(&client, &Invoice::numbered(number)).await;
        followed(&client, number, &reference).await.1.split_off(2)
    };
    let refused = &tail("R").await[0];
    assert_eq!((refused.code.as_str(), refused.reason.as_deref()), ("REJETEE", Some("FACT_NON_CONFORME")));
    assert_eq!(refused.text.as_deref(), Some("FACT_NON_CONFORME : rien reçu"));
    assert_eq!(refused.voice, Voice::Buyer);
    let suspended = &tail("S").await[0];
    assert_eq!((suspended.code.as_str(), suspended.reason.as_deref()), ("SUSPENDUE", None));
    assert_eq!(codes(&tail("O").await), ["STATUT_INVENTE"]);
    assert_eq!(codes(&tail("D").await), ["REFUSEE_2"]);
    assert_eq!(codes(&tail("A").await), ["SERVICE_FAIT", "MANDATEE"]);
    // Repeated and in no order: the moments and ids put it right, and each comes twice.
    let reference = taken(&client, &Invoice::numbered("P")).await;
    let mut paid = followed(&client, "P", &reference).await.1;
    assert_eq!(paid.len(), 14);
    paid.dedup();
    assert_eq!(
        codes(&paid),
        [
            "DEPOSEE",
            "MISE_A_DISPOSITION",
            "SERVICE_FAIT",
            "MANDATEE",
            "MISE_A_DISPOSITION_COMPTABLE",
            "COMPTABILISEE",
            "MISE_EN_PAIEMENT"
        ]
    );
    sandbox.end().await;
}

#[tokio::test]
async fn things_take_their_time() {
    let script = Script { processing_ms: 1500, step_ms: 700, ..Script::default() };
    let sandbox = Sandbox::start(script).await;
    let client = sandbox.client();
    let reference = taken(&client, &Invoice::default()).await;
    assert_eq!(followed(&client, "F-1", &reference).await, (None, vec![]));
    assert!(matches!(client.search(&intent("F-1")).await, Search::Absent { .. }));
    let second = taken(&client, &Invoice::default()).await;
    tokio::time::sleep(Duration::from_millis(1600)).await;
    let (id, statuses) = followed(&client, "F-1", &reference).await;
    assert!(id.is_some());
    assert_eq!(codes(&statuses)[0], "DEPOSEE");
    assert_eq!(
        codes(&followed(&client, "F-1", &second).await.1),
        ["IN_REJETE"],
        "a duplicate counts from the deposit on"
    );
    tokio::time::sleep(Duration::from_millis(800)).await;
    assert_eq!(codes(&followed(&client, "F-1", &reference).await.1), ["DEPOSEE", "MISE_A_DISPOSITION"]);
    sandbox.end().await;
}

#[tokio::test]
async fn an_incident_leaves_the_number_free() {
    let sandbox = Sandbox::with([fault(Action::Incident)]).await;
    let client = sandbox.client();
    let reference = taken(&client, &Invoice::default()).await;
    assert_eq!(codes(&followed(&client, "F-1", &reference).await.1), ["IN_INCIDENTE"]);
    let reference = taken(&client, &Invoice::default()).await;
    assert_eq!(followed(&client, "F-1", &reference).await.1.len(), 2);
    sandbox.end().await;
}

#[tokio::test]
async fn behaviours_come_at_run_time_too() {
    let sandbox = Sandbox::start(Script::default()).await;
    let client = sandbox.client();
    let reference = taken(&client, &Invoice::default()).await;
    assert_eq!(sandbox.add(json!({ "match": "F-1", "do": "suspend", "comment": "?" })).await, 204);
    assert_eq!(codes(&followed(&client, "F-1", &reference).await.1).last(), Some(&"SUSPENDUE"));
    assert_eq!(sandbox.add(json!({ "match": "F-2", "do": "fail", "http": 503 })).await, 204);
    assert!(matches!(send(&client, &Invoice::numbered("F-2")).await, Deposit::Unknown { .. }));
    assert_eq!(sandbox.add(json!({ "match": "F-1", "do": "suspend", "times": 2 })).await, 400);
    assert_eq!(sandbox.add(json!({ "match": "F-1" })).await, 400);
    sandbox.end().await;
}

#[tokio::test]
async fn long_lists_are_read_to_their_end() {
    let many: Vec<String> = (0..250).map(|n| format!("S_{n}")).collect();
    let sandbox =
        Sandbox::with([Behaviour { statuses: Some(many.clone()), ..Behaviour::new("*", Action::Accept) }]).await;
    let client = sandbox.client();
    // The same number in 130 years: one page holds 100 rows, newest first.
    let mut references = Vec::new();
    for year in 1900..2030 {
        let issued: &'static str = format!("{year}-11-02").leak();
        references.push(taken(&client, &Invoice { issued, ..Invoice::default() }).await);
    }
    let mut first = intent("F-1");
    first.issued = Some("1900-11-02".into());
    let Search::Found { reference, raw, .. } = client.search(&first).await else { panic!() };
    assert_eq!(reference.as_deref(), Some(references[0].as_str()));
    assert_eq!(raw.iter().filter(|r| r.call.contains("rechercher")).count(), 2);
    first.issued = Some("2999-01-01".into());
    assert!(matches!(client.search(&first).await, Search::Absent { .. }), "another year is another invoice");
    first.issued = Some("1900-11-02".into());
    first.seller = Some("55208131766522".into());
    assert!(
        matches!(client.search(&first).await, Search::Absent { .. }),
        "another seller's invoice is another invoice"
    );
    let (_, statuses) = followed(&client, "F-1", &references[0]).await;
    assert_eq!(codes(&statuses)[2..], many);
    sandbox.end().await;
}

#[tokio::test]
async fn it_goes_on_where_it_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.jsonl");
    let lose = Behaviour::new("F-1", Action::LoseAnswer);
    let script = Script { state_file: Some(file.clone()), behaviour: vec![lose], ..Script::default() };
    let sandbox = Sandbox::start(script.clone()).await;
    assert!(matches!(send(&sandbox.client(), &Invoice::default()).await, Deposit::Unknown { .. }));
    sandbox.add(json!({ "match": "F-1", "do": "refuse", "motive": "EJ_ERR" })).await;
    let before = sandbox.page("/sandbox/invoices").await;
    sandbox.end().await;

    // A line that a crash cut short is as if it never was.
    let mut text = std::fs::read_to_string(&file).unwrap();
    text.push_str("{\"deposit\":{\"depo");
    std::fs::write(&file, text).unwrap();
    let sandbox = Sandbox::start(script.clone()).await;
    assert_eq!(sandbox.page("/sandbox/invoices").await, before);
    let client = sandbox.client();
    let reference = taken(&client, &Invoice::default()).await;
    assert_eq!(codes(&followed(&client, "F-1", &reference).await.1), ["IN_REJETE"], "the number is still taken");
    let Search::Found { platform_invoice, .. } = client.search(&intent("F-1")).await else { panic!() };
    let Follow::Statuses { statuses, .. } = client.follow(&intent("F-1"), None, platform_invoice.as_deref()).await
    else {
        panic!()
    };
    assert_eq!(statuses.last().and_then(|s| s.reason.as_deref()), Some("EJ_ERR"));
    sandbox.end().await;

    std::fs::write(&file, "rubbish\n").unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    assert!(serve(listener, script, async {}).await.unwrap_err().to_string().contains("line 1"));
}

#[tokio::test]
async fn it_listens_on_this_machine_only() {
    let listener = tokio::net::TcpListener::bind("0.0.0.0:0").await.unwrap();
    assert!(serve(listener, Script::default(), async {}).await.is_err());
}

#[tokio::test]
async fn one_client_serves_many_tasks() {
    let sandbox = Sandbox::start(Script::default()).await;
    let client = std::sync::Arc::new(sandbox.client());
    let mut tasks = Vec::new();
    for n in 0..40 {
        let client = client.clone();
        let invoice = Invoice::numbered(format!("F-{n}").leak());
        tasks.push(tokio::spawn(async move { send(&client, &invoice).await }));
    }
    let mut tokens = 0;
    for task in tasks {
        let Deposit::Taken { raw, .. } = task.await.unwrap() else { panic!() };
        tokens += raw.iter().filter(|r| r.call.contains("token")).count();
    }
    assert_eq!(tokens, 1);
    assert_eq!(sandbox.deposits().await, 40);
    sandbox.end().await;
}
