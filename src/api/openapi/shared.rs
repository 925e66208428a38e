//! What several operations share: documents, links, parameters, headers.

use serde_json::{Map, Value, json};

use crate::api::body;

/// A document, under any of its types or alone in a form.
pub(super) fn document() -> Value {
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
                "properties": { "file": { "type": "string", "format": "binary" } },
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
pub(super) fn links() -> Value {
    let of = |(name, operation): (&str, &str)| {
        let link = json!({ "operationId": operation, "parameters": { "id": "$response.body#/id" } });
        (name.to_owned(), link)
    };
    let all = [
        ("invoice", "getInvoice"),
        ("report", "getReport"),
        ("document", "getDocument"),
        ("rendering", "getRendering"),
        ("seal", "getSeal"),
        ("events", "listInvoiceEvents"),
        ("retry", "retryInvoice"),
        ("park", "parkInvoice"),
        ("release", "releaseInvoice"),
        ("cancel", "cancelInvoice"),
    ];
    Value::Object(all.into_iter().map(of).collect())
}

pub(super) fn parameters() -> Value {
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

pub(super) fn headers() -> Value {
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
