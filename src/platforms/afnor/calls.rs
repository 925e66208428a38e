//! The services of the AFNOR Flow Service that facteur calls, and what their answers prove.

use std::sync::atomic::AtomicU32;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use reqwest::{Body, RequestBuilder};
use serde_json::{Value, json};

use super::answer::{refusal, understand};
use super::config::{Addresses, AfnorConfig};
use super::flow::Flow;
use super::multipart;
use crate::limits;
use crate::platforms::line::{Caller, ConfigError, Trouble, text_of};
use crate::platforms::{Intent, Raw};
use crate::store::Document;

/// Rows asked for in one page; the norm allows 100.
pub(super) const PAGE: usize = 50;
/// Fewest rows that are believed to be all that a platform gives in one page; the norm's own default is 25.
const LEAST_PAGE: usize = 10;
/// Pages read at most of one search by our own reference: more of one invoice is no answer to trust.
const PAGES: usize = 20;
/// Longest cursor believed.
const CURSOR_BYTES: usize = 8 * 1024;

/// The line to a platform.
pub(super) struct Line {
    pub config: AfnorConfig,
    flow: String,
    pub directory: Option<String>,
    pub caller: Caller,
    /// How often in a row the platform refused a question about kinds of messages that it need not know, and took one without them.
    pub unknown_kinds: AtomicU32,
    /// How often in a row the next page of a listing could not be had.
    pub no_page: AtomicU32,
    /// When listings last began further back, by [`BACK`].
    looked_back: Mutex<[Option<Instant>; BACK.len()]>,
}

/// How often a listing begins further back, and how far: what shows late under an earlier time, or was written by a clock that ran ahead, is met all the same.
const BACK: [(Duration, Duration); 3] = [
    (Duration::from_secs(60), Duration::from_secs(15 * 60)),
    (Duration::from_secs(10 * 60), Duration::from_secs(2 * 3_600)),
    (Duration::from_secs(6 * 3_600), Duration::from_secs(26 * 3_600)),
];

/// A page of a listing.
pub(super) struct Page {
    pub rows: Vec<Flow>,
    /// Rows of the answer, those that are no flow included.
    pub told: usize,
    /// It has as many rows as a page may have here: there may be more.
    pub full: bool,
    pub cursor: Option<String>,
}

impl Line {
    pub fn new(config: AfnorConfig) -> Result<Self, ConfigError> {
        let Addresses { flow, directory, token } = config.checked()?;
        let caller = Caller::new(&config.reach(), config.grant(token), config.secrets())?;
        let (unknown_kinds, no_page) = (AtomicU32::new(0), AtomicU32::new(0));
        Ok(Self { config, flow, directory, caller, unknown_kinds, no_page, looked_back: Mutex::default() })
    }

    /// How far back the next listing begins; none where it is not its turn. The first begins as far back as any.
    pub fn looks_back(&self) -> Option<Duration> {
        let last = self.looked_back.lock().unwrap_or_else(PoisonError::into_inner);
        let due = BACK.iter().zip(last.iter()).rev();
        let mut due = due.filter(|((every, _), last)| last.is_none_or(|last| last.elapsed() >= *every));
        due.next().map(|((_, back), _)| *back)
    }

    /// A listing began so far back.
    pub fn looked_back(&self, far: Duration) {
        let mut last = self.looked_back.lock().unwrap_or_else(PoisonError::into_inner);
        for ((_, back), last) in BACK.iter().zip(last.iter_mut()) {
            if *back <= far {
                *last = Some(Instant::now());
            }
        }
    }

    /// `POST /v1/flows`. The document goes as it is read, piece by piece.
    pub async fn deposit(
        &self,
        intent: &Intent,
        tracking: &str,
        document: &Document,
        raw: &mut Vec<Raw>,
    ) -> Result<Value, Trouble> {
        let boundary = random().map_err(|why| Trouble::NotSent { why, retry_after_ms: None })?;
        let boundary = format!("facteur-{}", boundary.replace('-', ""));
        let (head, tail) = multipart::ends(intent, tracking, &boundary);
        let length = head.len() as u64 + document.size() + tail.len() as u64;
        let kind = format!("multipart/form-data; boundary={boundary}");
        let same = |piece: Bytes| piece;
        let request = || {
            let body = document.body(head.clone(), same, tail.clone(), length);
            let request = self.caller.deposits.post(format!("{}/v1/flows", self.flow)).header("Content-Type", &kind);
            self.named(request).body(Body::wrap(body))
        };
        understand(self.caller.call(request, "POST /v1/flows", raw).await?)
    }

    /// `POST /v1/flows/search`: one page.
    pub async fn page(&self, criteria: &Value, cursor: Option<&str>, raw: &mut Vec<Raw>) -> Result<Page, Trouble> {
        let mut ask = json!({ "limit": PAGE, "where": criteria });
        if let Some(cursor) = cursor {
            ask["cursor"] = cursor.into();
        }
        let request = || {
            let request = self.caller.questions.post(format!("{}/v1/flows/search", self.flow));
            self.named(request).header("Content-Type", "application/json").body(ask.to_string())
        };
        let answer = understand(self.caller.call(request, "POST /v1/flows/search", raw).await?)?;
        let beside = |why: &str| Trouble::Beside { why: why.to_owned() };
        let rows = answer.get("results").and_then(Value::as_array);
        let rows = rows.ok_or_else(|| beside("the answer holds no list of flows (results)"))?;
        let cursor = match answer.get("nextCursor") {
            None | Some(Value::Null) => None,
            Some(Value::String(next)) if next.is_empty() => None,
            Some(Value::String(next)) if next.len() <= CURSOR_BYTES => Some(next.clone()),
            Some(_) => return Err(beside("the cursor of the next page is none")),
        };
        // A platform may give fewer rows than are asked for, and says so. A smaller number is none of a page.
        let limit = answer.get("limit").and_then(Value::as_u64).and_then(|limit| usize::try_from(limit).ok());
        let most = limit.filter(|limit| (LEAST_PAGE..PAGE).contains(limit)).unwrap_or(PAGE);
        let full = rows.len() >= most;
        Ok(Page { told: rows.len(), full, rows: rows.iter().filter_map(Flow::read).collect(), cursor })
    }

    /// All flows under our reference.
    pub async fn tracked(&self, tracking: &str, raw: &mut Vec<Raw>) -> Result<Vec<Flow>, Trouble> {
        let beside = |why: String| Trouble::Beside { why };
        let (mut found, mut cursor): (Vec<Flow>, Option<String>) = (Vec::new(), None);
        for _ in 0..PAGES {
            let page = self.page(&json!({ "trackingId": tracking }), cursor.as_deref(), raw).await?;
            // What cannot be read might be the one that is looked for.
            if page.rows.len() < page.told {
                return Err(beside("a flow of the answer has no flowId".into()));
            }
            found.extend(page.rows);
            match page.cursor {
                Some(next) if cursor.as_deref() == Some(&*next) => {
                    return Err(beside("the cursor of the next page is that of this one".into()));
                }
                Some(next) => cursor = Some(next),
                None if page.full => {
                    return Err(beside("a full page without a cursor: whether there is more cannot be known".into()));
                }
                None => return Ok(found),
            }
        }
        Err(beside(format!("one invoice has more than {PAGES} pages of flows")))
    }

    /// `GET /v1/flows/{flowId}?docType=Metadata`.
    pub async fn metadata(&self, flow: &str, raw: &mut Vec<Raw>) -> Result<Flow, Trouble> {
        let request = || self.reading(flow, "Metadata").header("Accept", "application/json");
        let call = format!("GET /v1/flows/{flow}?docType=Metadata");
        let answer = understand(self.caller.call(request, &call, raw).await?)?;
        let told = Flow::read(&answer).filter(|told| told.id == flow);
        told.ok_or_else(|| Trouble::Beside { why: "the answer is about no flow, or about another one".into() })
    }

    /// `GET /v1/flows/{flowId}?docType=Original`: the bytes as they were given to the platform.
    pub async fn original(&self, flow: &str, raw: &mut Vec<Raw>) -> Result<Bytes, Trouble> {
        let request = || self.reading(flow, "Original").header("Accept", "*/*");
        let call = format!("GET /v1/flows/{flow}?docType=Original");
        let most = limits::INBOX_MESSAGE_BYTES;
        let whole = self.caller.document(request, &call, most, raw).await?;
        match whole.http {
            200 if whole.bytes.trim_ascii().is_empty() => Err(Trouble::Beside { why: "the document is empty".into() }),
            200 if is_page(&whole.bytes) => {
                Err(Trouble::Beside { why: "a web page, or JSON, in place of a document".into() })
            }
            200 => Ok(whole.bytes.into()),
            other if (200..300).contains(&other) => {
                Err(Trouble::Beside { why: format!("HTTP {other} in place of a document") })
            }
            other => {
                let body = raw.last().map(|raw| raw.body.clone()).unwrap_or_default();
                Err(refusal(other, &body, whole.retry_after_ms))
            }
        }
    }

    /// `GET /v1/healthcheck`, of the Flow Service or of the directory.
    pub async fn health(&self, base: &str, raw: &mut Vec<Raw>) -> Result<(), Trouble> {
        let request = || self.named(self.caller.questions.get(format!("{base}/v1/healthcheck")));
        let reply = self.caller.call(request, "GET /v1/healthcheck", raw).await?;
        // Whatever it says of itself, it says it with 200.
        if reply.http == 200 { Ok(()) } else { Err(refusal(reply.http, &reply.body, reply.retry_after_ms)) }
    }

    pub async fn check(&self) -> Result<(), Trouble> {
        self.health(&self.flow, &mut Vec::new()).await
    }

    /// Under `/v1/webhooks`, with what stands behind it in the path.
    pub fn webhooks(&self, behind: Option<&str>) -> String {
        let base = format!("{}/v1/webhooks", self.flow);
        behind.map_or(base.clone(), |id| format!("{base}/{}", segment(id)))
    }

    fn reading(&self, flow: &str, kind: &str) -> RequestBuilder {
        self.named(self.caller.questions.get(format!("{}/v1/flows/{}?docType={kind}", self.flow, segment(flow))))
    }

    /// With the headers that every call bears: an id to correlate by (it makes no call idempotent), and the company.
    pub fn named(&self, mut request: RequestBuilder) -> RequestBuilder {
        if let Ok(id) = random() {
            request = request.header("Request-Id", id);
        }
        match &self.config.organization_id {
            Some(company) => request.header("Organization-Id", company),
            None => request,
        }
    }
}

/// Is it what a server says of itself, and no message? Life-cycle messages are XML of another root.
fn is_page(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    let begins = |with: &[u8]| bytes.get(..with.len()).is_some_and(|head| head.eq_ignore_ascii_case(with));
    [b"{".as_slice(), b"[", b"<!doctype html", b"<html"].into_iter().any(begins)
}

/// A random UUID (RFC 9562, version 4).
fn random() -> Result<String, String> {
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes).map_err(|e| format!("no randomness: {e}"))?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]))
}

/// A foreign id as one segment of a path: it leads nowhere else.
pub(super) fn segment(id: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_~".contains(&byte);
    let dotted = |byte: u8| byte == b'.' && !matches!(id, "." | "..");
    id.bytes().map(|b| if plain(b) || dotted(b) { (b as char).to_string() } else { format!("%{b:02X}") }).collect()
}

/// The reference of a deposit in the answer to it, or why the answer proves nothing.
pub(super) fn taken(answer: &Value, intent: &Intent, tracking: &str) -> Result<String, String> {
    let Some(flow) = Flow::read(answer) else {
        return Err("the answer holds no flowId: it proves nothing".into());
    };
    let differs = |theirs: &Option<String>, ours: &str| {
        theirs.as_deref().is_some_and(|theirs| !ours.is_empty() && !theirs.eq_ignore_ascii_case(ours))
    };
    if differs(&flow.tracking, tracking) || differs(&flow.sha256, &intent.sha256) {
        return Err(format!("the answer speaks of another document than ours, flow {}", flow.id));
    }
    Ok(flow.id)
}

/// As it stands in an answer that is no flow.
pub(super) fn id_of(answer: &Value, key: &str) -> Option<String> {
    text_of(answer, key).filter(|id| id.len() <= 256)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_one_segment_and_requests_have_ids_of_their_own() {
        for (id, expected) in
            [("a-1_~.b", "a-1_~.b"), ("../x?y#z", "..%2Fx%3Fy%23z"), ("..", "%2E%2E"), ("é", "%C3%A9"), ("", "")]
        {
            assert_eq!(segment(id), expected);
        }
        let (one, two) = (random().unwrap(), random().unwrap());
        assert_ne!(one, two);
        assert_eq!((one.len(), &one[14..15]), (36, "4"));
    }
}
