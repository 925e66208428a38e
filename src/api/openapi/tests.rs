//! The description against the router, and against itself.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::*;
use crate::api::clients::{ClientInFull, ClientPage};
use crate::api::{App, Ask, Customers, PartnerFiles, Validator, router};
use crate::clock::RealClock;
use crate::config::Partners;
use crate::rules::client::{Clients, Folder};
use crate::store::{Handle, sqlite::Sqlite};
use crate::text::Text;
use crate::validate::Judged;

struct Nobody;

impl Validator for Nobody {
    fn validate(&self, _: &axum::body::Bytes, _: &Ask) -> Result<Vec<Judged>, Text> {
        Err(Text::default())
    }
}

impl PartnerFiles for Nobody {
    fn in_force(&self) -> Arc<Partners> {
        Arc::default()
    }
    fn gone(&self) -> bool {
        false
    }
}

impl Customers for Nobody {
    fn in_force(&self) -> Option<Arc<Clients>> {
        None
    }
    fn files(&self) -> Result<Folder, Text> {
        Ok(Folder::default())
    }
    fn show(&self) -> ClientPage {
        ClientPage { clients: vec![], faults: vec![], remarks: vec![], next: None }
    }
    fn knows(&self, _: &str) -> bool {
        false
    }
    fn one(&self, _: &str) -> Option<ClientInFull> {
        None
    }
    fn faults(&self) -> usize {
        0
    }
    fn gone(&self) -> bool {
        false
    }
}

impl crate::api::notices::Notices for Nobody {
    fn take(&self, _: &str, _: &[u8], _: &str, _: &str) -> crate::api::notices::Taken {
        crate::api::notices::Taken::Nobody
    }
}

fn app(folder: &std::path::Path) -> App {
    App {
        store: Handle::direct(Arc::new(Sqlite::open(&folder.join("db")).unwrap())),
        clock: Arc::new(RealClock::default()),
        validator: Arc::new(Nobody),
        customers: Arc::new(Nobody),
        partners: Arc::new(Nobody),
        tokens: Arc::default(),
        seal: None,
        folders: Arc::default(),
        metrics_open: false,
        platforms: Arc::new([]),
        speaking: Arc::default(),
        ports: None,
        open: false,
        owners: Arc::new(crate::config::Problems { owners: std::collections::BTreeMap::default() }),
        budget: crate::api::Budget::new(1 << 20, 1 << 20),
        answers: crate::api::Answers::new(2, tokio::sync::watch::channel(false).1),
        notices: Arc::new(Nobody),
        judging: Arc::new(tokio::sync::Semaphore::new(1)),
        stopping: Arc::default(),
    }
}

fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    let of = |(path, item): (&String, &Value)| {
        let methods = item.as_object().unwrap().clone().into_iter();
        methods.map(|(method, operation)| (path.clone(), method, operation)).collect::<Vec<_>>()
    };
    paths.iter().flat_map(of).collect()
}

#[test]
fn every_route_is_described_and_every_description_is_a_route() {
    let folder = tempfile::tempdir().unwrap();
    // The router shows the paths it matches only so.
    let served = format!("{:?}", router(app(folder.path())));
    let served = served.split('"').filter(|piece| piece.starts_with('/'));
    // The last two are the router's own fallback.
    let served: BTreeSet<&str> = served.filter(|path| *path != "/" && !path.contains("__private")).collect();
    let document = described();
    let described: BTreeSet<&str> = document["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    assert!(served.len() > 15, "{served:?}");
    assert_eq!(served, described, "a route without its description, or the other way round; see `api::open`");
}

#[test]
fn every_operation_has_its_row_of_codes_and_a_name_of_its_own() {
    let document = described();
    let operations = operations(&document);
    let ids: Vec<&str> = operations.iter().filter_map(|(.., operation)| operation["operationId"].as_str()).collect();
    let rows: BTreeSet<&str> = CODES.iter().map(|(id, _)| *id).collect();
    assert_eq!(ids.iter().copied().collect::<BTreeSet<_>>(), rows);
    assert_eq!((ids.len(), CODES.len()), (operations.len(), rows.len()));
    for (path, method, operation) in &operations {
        let said = |key: &str| operation[key].as_str().is_some_and(|text| !text.trim().is_empty());
        assert!(said("summary"), "{method} {path} says nothing of itself");
        let scoped = operation["security"][0]["token"][0].as_str();
        let expected = match (path.starts_with("/v1"), method.as_str(), path.as_str()) {
            (_, _, "/metrics") => Some("read"),
            // It bears a signature of its own.
            (_, _, "/v1/notices/{platform}") => None,
            (false, ..) => None,
            (_, "get", _) | (_, _, "/v1/validate") => Some("read"),
            _ => Some("write"),
        };
        assert_eq!(scoped, expected, "{method} {path}");
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.values().all(|r| r["headers"]["x-request-id"].is_object()), "{method} {path}");
        assert!(!path.contains("{id}") || responses.contains_key("404"), "{method} {path}");
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_code_is_told() {
    let document = described();
    let text = document.to_string();
    for piece in text.split("\"$ref\":\"#").skip(1) {
        let pointer = piece.split('"').next().unwrap();
        assert!(document.pointer(pointer).is_some(), "{pointer} leads nowhere");
    }
    // What no operation of ours can answer is for addresses and methods that are none.
    for code in Code::all().filter(|code| *code != MethodNotAllowed) {
        assert!(text.contains(&format!("`{}`: ", code.as_str())), "no operation tells {}", code.as_str());
    }
    assert_eq!(document["openapi"], "3.1.0");
    assert!(text.len() > 10_000);
}
