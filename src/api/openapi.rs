//! `GET /openapi.json`: the door described (OpenAPI 3.1), made of the handlers themselves and of the types of their answers.
//!
//! What all operations share is added here: scopes, refusals with their codes, headers, the types of documents. An operation's own
//! codes stand in [`CODES`]; a test holds that each operation has its row.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;
use serde_json::{Map, Value, json};
use utoipa::PartialSchema;

use super::body;
use super::problem::{Code, Sent};
use super::token::Scope;
use crate::problems;
use crate::validate::Choice;

use Code::*;

/// What may be refused of a body that is a document.
const DOCUMENT: &[Code] = &[BadBody, BadMediaType, BadEncoding, BadMultipart, TooLarge, TooSlow, Interrupted, Busy];
/// What may be refused of a body that is JSON.
const WORDS: &[Code] = &[BadBody, BadMediaType, BadEncoding, TooLarge, TooSlow, Interrupted, Busy];
const KEY: &[Code] = &[BadKey, KeyReused];
const ACT: &[&[Code]] = &[WORDS, KEY, &[NoInvoice, NotFound, Refused, NotNow, Store]];

/// By operation: what it may refuse, beyond what every operation behind a token may.
const CODES: &[(&str, &[&[Code]])] = &[
    ("alive", &[]),
    ("ready", &[]),
    ("openapi", &[]),
    ("acceptInvoice", &[DOCUMENT, KEY, &[Store]]),
    ("listInvoices", &[&[BadQuery, BadCursor, Store]]),
    ("getInvoice", &[&[NoInvoice, NotFound, Store]]),
    ("getReport", &[&[NoInvoice, NotFound, NoReport, BadQuery, NotAcceptable, Store]]),
    ("getDocument", &[&[NoInvoice, NotFound, Store]]),
    ("listInvoiceEvents", &[&[NoInvoice, NotFound, BadQuery, BadCursor, Store]]),
    ("releaseInvoice", ACT),
    ("retryInvoice", ACT),
    ("parkInvoice", ACT),
    ("cancelInvoice", ACT),
    ("validate", &[DOCUMENT, &[BadQuery, NotAcceptable, NoClient]]),
    ("listProblems", &[&[BadQuery, BadCursor, NotAcceptable, Store]]),
    ("getProblem", &[&[NoProblem, NotFound, Store]]),
    ("changeProblem", &[WORDS, KEY, &[NoProblem, NotFound, Refused, Store]]),
    ("reportProblems", &[&[BadQuery, NotAcceptable, Store]]),
    ("listEvents", &[&[BadQuery, BadCursor, Store]]),
    ("listClients", &[&[BadQuery]]),
    ("getClient", &[&[NoClient, NotFound]]),
];

/// What every operation behind a token may refuse.
const BEHIND: &[Code] = &[NoToken, BadToken, ExpiredToken, MissingScope, CrossSite, Facteur];

const TAGS: [(&str, &str); 7] = [
    ("invoices", "Sent, listed, shown with their report and their very bytes."),
    ("acts", "What people do with an invoice. Each names its author, and is kept in the timeline."),
    ("validate", "The verdict on a document; nothing is kept."),
    ("events", "What happened, in order, to be read again from any cursor."),
    ("problems", "Refusals as billing problems with cause, amount, customer and owner; and their report."),
    ("clients", "What each customer asks of its invoices."),
    ("health", "For supervisors; no token is asked for."),
];

const ABOUT: &str = "facteur reads invoices, says what is wrong with them, delivers them, follows them, and turns each refusal \
into a billing problem that somebody owns.\n\nErrors are RFC 9457 problem+json with a stable `code`, and in both languages; \
`Accept-Language` chooses that of `title` and `detail`. An error holds nothing of an invoice. Lists come in pages: `next` and the \
header `Link` lead to the next one, and are absent on the last; cursors are given back as they came.";

/// Describe this API
///
/// This document.
#[utoipa::path(get, path = "/openapi.json", operation_id = "openapi", tag = "health",
    responses((status = 200, body = Object)))]
pub async fn shown() -> Response {
    static TEXT: OnceLock<String> = OnceLock::new();
    let mut response = Response::new(TEXT.get_or_init(|| described().to_string()).as_str().into());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// The whole document.
pub fn described() -> Value {
    let mut paths = Map::new();
    let mut schemas = Map::new();
    schemas.insert("Problem".into(), serde_json::to_value(Sent::schema()).unwrap_or_default());
    let groups = [(super::open(), None), (super::read(), Some(Scope::Read)), (super::write(), Some(Scope::Write))];
    for (routes, scope) in groups {
        // Made of maps and texts alone: this cannot fail.
        let mut part = serde_json::to_value(routes.into_openapi()).unwrap_or_default();
        for (path, mut item) in taken(&mut part["paths"]) {
            for (_, operation) in item.as_object_mut().into_iter().flatten() {
                complete(operation, scope);
            }
            let known = paths.entry(path).or_insert_with(|| json!({}));
            known.as_object_mut().into_iter().for_each(|known| known.extend(taken(&mut item)));
        }
        schemas.extend(taken(&mut part["components"]["schemas"]));
    }
    let mut paths = Value::Object(paths);
    let mut schemas = Value::Object(schemas);
    schemas["Wish"]["properties"]["cause"]["enum"] =
        causes(false).into_iter().map(Value::from).chain([Value::Null]).collect();
    reflow(&mut paths);
    reflow(&mut schemas);
    let tags = TAGS.map(|(name, about)| json!({ "name": name, "description": about }));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "facteur", "version": env!("CARGO_PKG_VERSION"), "description": ABOUT,
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": schemas,
            "parameters": parameters(),
            "headers": headers(),
            "securitySchemes": { "token": {
                "type": "http", "scheme": "bearer",
                "description": "A token of `facteur token add`, with the scope that the operation names: `read` looks and validates, \
                                `write` also sends and acts, `admin` everything. Where the configuration opens loopback, none.",
            } },
        },
    })
}

/// Comments of the code are wrapped where its lines end; a description is not.
fn reflow(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member.as_str() {
                    Some(text) if name == "description" => {
                        let paragraphs = text.split("\n\n").map(|paragraph| paragraph.replace('\n', " "));
                        *member = paragraphs.collect::<Vec<_>>().join("\n\n").into();
                    }
                    _ => reflow(member),
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(reflow),
        _ => {}
    }
}

fn taken(value: &mut Value) -> Map<String, Value> {
    value.as_object_mut().map(std::mem::take).unwrap_or_default()
}

/// Adds to an operation what follows from its name and its scope.
fn complete(operation: &mut Value, scope: Option<Scope>) {
    let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
    for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
        given(parameter);
    }
    let own = CODES.iter().find(|(name, _)| *name == id).map_or(&[][..], |(_, codes)| codes);
    let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for code in own.iter().copied().flatten().chain(scope.iter().flat_map(|_| BEHIND)) {
        by_status.entry(code.status().as_u16()).or_default().push(*code);
    }
    if let Some(scope) = scope {
        operation["security"] = json!([{ "token": [scope.as_str()] }]);
    }
    if own.contains(&DOCUMENT) {
        operation["requestBody"] = document();
    }
    if id == "retryInvoice" {
        operation["requestBody"]["required"] = false.into();
    }
    let keyed = own.contains(&KEY);
    let conditional = ["getReport", "getDocument"].contains(&id.as_str());
    let mut shared = vec![json!({ "$ref": "#/components/parameters/AcceptLanguage" })];
    if conditional {
        shared.push(json!({ "$ref": "#/components/parameters/IfNoneMatch" }));
    }
    if scope.is_some() {
        match operation.get_mut("parameters").and_then(Value::as_array_mut) {
            Some(there) => there.extend(shared),
            None => operation["parameters"] = shared.into(),
        }
    }
    let good = operation["responses"].as_object_mut();
    for (status, response) in good.into_iter().flatten() {
        if response["description"].as_str().is_none_or(str::is_empty) {
            response["description"] = "Done".into();
        }
        name_header(response, "x-request-id");
        for (there, name) in [(keyed, "Idempotent-Replayed"), (conditional, "ETag"), (id.starts_with("list"), "Link")] {
            if there {
                name_header(response, name);
            }
        }
        if status == "202" {
            response["links"] = links();
        }
    }
    for (status, codes) in by_status {
        operation["responses"][status.to_string()] = refusal(status, &codes);
    }
    if conditional {
        let mut known = json!({ "description": "What the client has is what there is" });
        name_header(&mut known, "ETag");
        name_header(&mut known, "x-request-id");
        operation["responses"]["304"] = known;
    }
}

/// A parameter that may be left out is never null: a text, a number or a truth where it is given.
fn given(parameter: &mut Value) {
    let kinds = parameter["schema"]["type"].as_array().cloned().unwrap_or_default();
    if let Some(kind) = kinds.into_iter().find(|kind| kind != "null") {
        parameter["schema"]["type"] = kind;
    }
    match parameter["name"].as_str() {
        Some("as_at") => {
            parameter["schema"] =
                json!({ "type": "string", "anyOf": [{ "format": "date" }, { "format": "date-time" }] });
        }
        Some("cause") => parameter["schema"] = json!({ "type": "string", "enum": causes(true) }),
        Some("rules") => {
            let known = Choice::known().join("|");
            parameter["schema"]["pattern"] = format!("^({known})(,({known}))*$").into();
        }
        _ => {}
    }
}

/// The sub-causes of the taxonomy, with or without their categories.
fn causes(with_categories: bool) -> Vec<&'static str> {
    let categories = problems::categories().iter().filter(|_| with_categories).map(|category| category.id.as_str());
    categories.chain(problems::causes().iter().map(|cause| cause.id.as_str())).collect()
}

/// A problem with one of these codes.
fn refusal(status: u16, codes: &[Code]) -> Value {
    let names: Vec<&str> = codes.iter().map(|code| code.as_str()).collect();
    let titles: Vec<String> = codes.iter().map(|code| format!("`{}`: {}", code.as_str(), code.title().en)).collect();
    let mut response = json!({
        "description": titles.join("; "),
        "content": { "application/problem+json": { "schema": { "allOf": [
            { "$ref": "#/components/schemas/Problem" },
            { "properties": { "code": { "enum": names }, "status": { "const": status } } },
        ] } } },
    });
    name_header(&mut response, "x-request-id");
    name_header(&mut response, "Content-Language");
    if matches!(status, 401 | 403) {
        name_header(&mut response, "WWW-Authenticate");
    }
    if codes.contains(&Busy) || codes.contains(&NoReport) {
        name_header(&mut response, "Retry-After");
    }
    response
}

fn name_header(response: &mut Value, name: &str) {
    if response["headers"].get(name).is_none() {
        response["headers"][name] = json!({ "$ref": format!("#/components/headers/{name}") });
    }
}

/// A document, under any of its types or alone in a form.
fn document() -> Value {
    let mut content = Map::new();
    for kind in body::TAKEN {
        let mut media = json!({ "schema": { "contentMediaType": kind } });
        if kind.ends_with("xml") {
            media["example"] = "<Invoice xmlns=\"urn:oasis:names:specification:ubl:schema:xsd:Invoice-2\"/>".into();
        }
        content.insert(kind.to_owned(), media);
    }
    content.insert(
        body::FORM.to_owned(),
        json!({
            "schema": {
                "type": "object", "required": ["file"], "maxProperties": 1,
                "properties": { "file": { "type": "string", "format": "binary", "minLength": 1 } },
            },
            "encoding": { "file": { "contentType": "application/octet-stream" } },
        }),
    );
    json!({
        "required": true,
        "description": "The document as it is; its content alone tells what it is. At most 100 MiB. In a form it stands alone: \
                        one part with a `filename`, whatever its name, or named `file`.",
        "content": content,
    })
}

/// What can be done with an invoice that was just sent.
fn links() -> Value {
    let of = |(name, operation): (&str, &str)| {
        let link = json!({ "operationId": operation, "parameters": { "id": "$response.body#/id" } });
        (name.to_owned(), link)
    };
    let all = [
        ("invoice", "getInvoice"),
        ("report", "getReport"),
        ("document", "getDocument"),
        ("events", "listInvoiceEvents"),
        ("retry", "retryInvoice"),
        ("park", "parkInvoice"),
        ("release", "releaseInvoice"),
        ("cancel", "cancelInvoice"),
    ];
    Value::Object(all.into_iter().map(of).collect())
}

fn parameters() -> Value {
    json!({
        "AcceptLanguage": {
            "name": "Accept-Language", "in": "header", "required": false, "schema": { "type": "string" }, "example": "fr",
            "description": "`fr` or `en`, with weights: the language of refusals, of text and of CSV. English where neither is liked.",
        },
        "IfNoneMatch": {
            "name": "If-None-Match", "in": "header", "required": false, "schema": { "type": "string" },
            "description": "The `ETag` of an earlier answer: 304 where nothing changed since.",
        },
    })
}

fn headers() -> Value {
    let header = |about: &str, schema: Value| json!({ "description": about, "schema": schema });
    let text = || json!({ "type": "string" });
    json!({
        "x-request-id": header("As in the log; the client's own, where it sent one of at most 64 letters, digits, `-`, `_`, `.`.", text()),
        "Idempotent-Replayed": header("`true` where this answer was given before and nothing was done now.", json!({ "const": "true" })),
        "Content-Language": header("The language of `title` and `detail`.", json!({ "enum": ["fr", "en"] })),
        "ETag": header("Names the content of the answer.", text()),
        "Link": header("The next page, as `<…>; rel=\"next\"`; absent on the last.", text()),
        "WWW-Authenticate": header("What is wrong with the token (RFC 6750).", text()),
        "Retry-After": header("Seconds after which another try is worth while.", json!({ "type": "string" })),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Arc;

    use super::*;
    use crate::api::clients::{ClientInFull, ClientPage};
    use crate::api::{App, Ask, Customers, Validator, budget, router};
    use crate::clock::RealClock;
    use crate::report::Report;
    use crate::store::{Handle, sqlite::Sqlite};
    use crate::text::Text;

    struct Nobody;

    impl Validator for Nobody {
        fn validate(&self, _: &[u8], _: &Ask) -> Result<Report, Text> {
            Err(Text::default())
        }
    }

    impl Customers for Nobody {
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
    }

    fn app(folder: &std::path::Path) -> App {
        App {
            store: Handle::direct(Arc::new(Sqlite::open(&folder.join("db")).unwrap())),
            clock: Arc::new(RealClock::default()),
            validator: Arc::new(Nobody),
            customers: Arc::new(Nobody),
            tokens: Arc::default(),
            open: false,
            owners: Arc::new(crate::config::Problems { owners: std::collections::BTreeMap::default() }),
            budget: budget(),
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
        let ids: Vec<&str> =
            operations.iter().filter_map(|(.., operation)| operation["operationId"].as_str()).collect();
        let rows: BTreeSet<&str> = CODES.iter().map(|(id, _)| *id).collect();
        assert_eq!(ids.iter().copied().collect::<BTreeSet<_>>(), rows);
        assert_eq!((ids.len(), CODES.len()), (operations.len(), rows.len()));
        for (path, method, operation) in &operations {
            let said = |key: &str| operation[key].as_str().is_some_and(|text| !text.trim().is_empty());
            assert!(said("summary"), "{method} {path} says nothing of itself");
            let scoped = operation["security"][0]["token"][0].as_str();
            let expected = match (path.starts_with("/v1"), method.as_str(), path.as_str()) {
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
}
