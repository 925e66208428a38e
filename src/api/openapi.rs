//! `GET /openapi.json`: the door described (OpenAPI 3.1), made of the handlers themselves and of the types of their answers.
//!
//! What all operations share is added here: scopes, refusals with their codes, headers, the types of documents. An operation's own
//! codes stand in [`CODES`]; a test holds that each operation has its row.

mod shared;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;
use serde_json::{Map, Value, json};
use utoipa::PartialSchema;

use super::problem::{Code, Sent, later};
use super::query::Plain;
use super::token::Scope;
use crate::problems;
use crate::validate::Choice;

use Code::*;

/// What may be refused of a body that is a document.
const DOCUMENT: &[Code] = &[BadBody, BadMediaType, BadEncoding, BadMultipart, TooLarge, Interrupted, Busy, Stopping];
/// What may be refused of a body that is JSON.
const WORDS: &[Code] = &[BadBody, BadMediaType, BadEncoding, TooLarge, Interrupted, Busy, Stopping];
const KEY: &[Code] = &[BadKey, KeyReused];
const ACT: &[&[Code]] = &[WORDS, KEY, &[BadQuery, NoInvoice, NotFound, HiddenCharacter, Refused, NotNow, Store]];
const STATEMENT_ACT: &[&[Code]] =
    &[WORDS, KEY, &[BadQuery, NoStatement, NotFound, HiddenCharacter, Refused, NotNow, Store]];

/// By operation: what it may refuse, beyond what every operation behind a token may.
const CODES: &[(&str, &[&[Code]])] = &[
    ("alive", &[&[BadQuery]]),
    ("ready", &[&[BadQuery]]),
    ("openapi", &[&[BadQuery]]),
    ("takeNotice", &[&[BadQuery, NotFound, BadSignature, BadEncoding, TooLarge, Interrupted, Busy, Stopping]]),
    ("acceptInvoice", &[DOCUMENT, KEY, &[BadQuery, LifeCycle, IsAnswer, TooMany, Store]]),
    ("listInvoices", &[&[BadQuery, BadCursor, Store, Busy, Stopping]]),
    ("getInvoice", &[&[BadQuery, NoInvoice, NotFound, Store, Busy, Stopping]]),
    ("getChain", &[&[BadQuery, NoInvoice, NotFound, Store, Busy, Stopping]]),
    ("getReport", &[&[NoInvoice, NotFound, NoReport, BadQuery, NotAcceptable, Store, Busy, Stopping]]),
    ("getDocument", &[&[BadQuery, NoInvoice, NotFound, NoOutgoing, Store, Busy, Stopping]]),
    ("getRendering", &[&[BadQuery, NoInvoice, NotFound, NoReport, NotAcceptable, Store, Busy, Stopping]]),
    ("getInterchange", &[&[BadQuery, NoInterchange, NotFound, Store, Busy, Stopping]]),
    ("getInterchangeDocument", &[&[BadQuery, NoInterchange, NotFound, Store, Busy, Stopping]]),
    ("acceptAnswer", &[DOCUMENT, &[BadQuery, NotAnAnswer, TooMany, Store]]),
    ("listAnswers", &[&[BadQuery, BadCursor, Store, Busy, Stopping]]),
    ("getAnswer", &[&[BadQuery, NoAnswer, NotFound, Store, Busy, Stopping]]),
    ("getAnswerDocument", &[&[BadQuery, NoAnswer, NotFound, Store, Busy, Stopping]]),
    ("listInvoiceAnswers", &[&[BadQuery, NoInvoice, NotFound, Store, Busy, Stopping]]),
    ("listInterchangeAnswers", &[&[BadQuery, NoInterchange, NotFound, Store, Busy, Stopping]]),
    ("acceptMessage", &[DOCUMENT, &[BadQuery, NotAMessage, Refused, Store]]),
    ("listMessages", &[&[BadQuery, BadCursor, Store, Busy, Stopping]]),
    ("getMessage", &[&[BadQuery, NoMessage, NotFound, Store, Busy, Stopping]]),
    ("getMessageDocument", &[&[BadQuery, NoMessage, NotFound, Store, Busy, Stopping]]),
    ("listInvoiceMessages", &[&[BadQuery, NoInvoice, NotFound, Store, Busy, Stopping]]),
    ("retryMessage", &[&[BadQuery, NoMessage, NotFound, Store, Busy, Stopping]]),
    ("sayOfInvoice", ACT),
    ("listInvoiceStatements", &[&[BadQuery, NoInvoice, NotFound, Store, Busy, Stopping]]),
    ("listStatements", &[&[BadQuery, BadCursor, Store, Busy, Stopping]]),
    ("getStatement", &[&[BadQuery, NoStatement, NotFound, Store, Busy, Stopping]]),
    ("getStatementDocument", &[&[BadQuery, NoStatement, NotFound, Store, Busy, Stopping]]),
    ("releaseStatement", STATEMENT_ACT),
    ("withdrawStatement", STATEMENT_ACT),
    ("retryStatement", &[WORDS, &[BadQuery, NoStatement, NotFound, HiddenCharacter, Refused, NotNow, Store]]),
    ("getSeal", &[&[BadQuery, NoInvoice, NotFound, NoSeal, Store, Busy, Stopping]]),
    ("listInvoiceEvents", &[&[NoInvoice, NotFound, BadQuery, BadCursor, Store, Busy, Stopping]]),
    ("releaseInvoice", ACT),
    ("retryInvoice", ACT),
    ("parkInvoice", ACT),
    ("cancelInvoice", ACT),
    ("validate", &[DOCUMENT, &[BadKey, BadQuery, NotAcceptable, NoClient]]),
    ("askDirectory", &[&[BadQuery, NotFound, Store, Busy, Stopping]]),
    ("listProblems", &[&[BadQuery, BadCursor, NotAcceptable, Store, Busy, Stopping]]),
    ("getProblem", &[&[BadQuery, NoProblem, NotFound, Store, Busy, Stopping]]),
    ("changeProblem", &[WORDS, KEY, &[BadQuery, NoProblem, NotFound, HiddenCharacter, Refused, Store]]),
    ("reportProblems", &[&[BadQuery, NotAcceptable, Store, Busy, Stopping]]),
    ("listEvents", &[&[BadQuery, BadCursor, Store, Busy, Stopping]]),
    ("metrics", &[&[BadQuery]]),
    ("listClients", &[&[BadQuery, BadCursor, Busy, Stopping]]),
    ("getClient", &[&[BadQuery, NoClient, NotFound, Busy, Stopping]]),
];

/// What may be said to every request, whatever it asks for.
const EVERY: &[Code] = &[BadRequest, LongAddress, LongHead, TooSlow, BadHost];

/// What every operation behind a token may refuse.
const BEHIND: &[Code] = &[NoToken, BadToken, ExpiredToken, MissingScope, CrossSite, Facteur];

const TAGS: [(&str, &str); 11] = [
    ("invoices", "Sent, listed, shown with their report and their very bytes."),
    ("answers", "CONTRL and APERAK: written for the EDIFACT that was received, and received for what was sent."),
    ("messages", "What accredited platforms say of the life of invoices, kept as it came."),
    ("notices", "Platforms say that they have something for us (webhooks); each is signed, no token is asked for."),
    ("statements", "What we say of invoices to their platforms: payments received, documents that complete them."),
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
pub async fn shown(_: Plain) -> Response {
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
    let groups = [
        (super::open(), None),
        (super::read(), Some(Scope::Read)),
        (super::measured(), Some(Scope::Read)),
        (super::write(), Some(Scope::Write)),
    ];
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
            "parameters": shared::parameters(),
            "headers": shared::headers(),
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
    for code in own.iter().copied().flatten().chain(EVERY).chain(scope.iter().flat_map(|_| BEHIND)) {
        by_status.entry(code.status().as_u16()).or_default().push(*code);
    }
    if let Some(scope) = scope {
        operation["security"] = json!([{ "token": [scope.as_str()] }]);
    }
    if own.contains(&DOCUMENT) {
        operation["requestBody"] = shared::document();
    }
    if id == "retryInvoice" {
        operation["requestBody"]["required"] = false.into();
    }
    let keyed = own.contains(&KEY);
    let conditional = ["getReport", "getDocument", "getRendering"].contains(&id.as_str());
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
            response["links"] = shared::links();
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
    let schema = &parameter["schema"];
    let free = ["pattern", "format", "enum"].iter().all(|narrower| schema[narrower].is_null());
    if parameter["in"] == "query" && schema["type"] == "string" && free {
        // No query holds a null character.
        parameter["schema"]["pattern"] = r"^[^\x00]*$".into();
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
    if codes.iter().any(|code| later(*code).is_some()) {
        name_header(&mut response, "Retry-After");
    }
    response
}

fn name_header(response: &mut Value, name: &str) {
    if response["headers"].get(name).is_none() {
        response["headers"][name] = json!({ "$ref": format!("#/components/headers/{name}") });
    }
}

#[cfg(test)]
mod tests;
