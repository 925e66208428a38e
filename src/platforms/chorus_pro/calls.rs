//! The services of Chorus Pro that facteur calls, and what their answers prove.

use reqwest::{Client, Url};
use serde_json::{Value, json};

use super::http::{self, Broken, Reply};
use super::token::Tokens;
use super::{ChorusConfig, ConfigError};
use crate::platforms::Raw;

pub(super) const DEPOSIT: &str = "/cpro/factures/v1/deposer/flux";
pub(super) const REPORT: &str = "/cpro/transverses/v1/consulterCRDetaille";
pub(super) const SEARCH: &str = "/cpro/factures/v1/rechercher/fournisseur";
pub(super) const HISTORY: &str = "/cpro/factures/v1/consulter/historique";
const HEALTH: &str = "/cpro/transverses/v1/health-check";

/// Rows asked for in one page.
const PAGE: u64 = 100;
/// Pages read at most in one listing; more of one number or one deposit is not a listing to trust.
const PAGES_MAX: u64 = 50;
/// Characters of a foreign error page quoted in a sentence; the whole of it is in `Raw`.
const QUOTED: usize = 300;

/// How a call failed, by what may have happened at the other end.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Trouble {
    /// Nothing left, or it was turned away at the door: nothing was acted upon.
    NotSent { why: String, retry_after_ms: Option<u64> },
    /// The platform answered with an error of its own; `answer` is null where that was no JSON.
    Refused { code: String, text: String, answer: Value },
    /// Nobody knows.
    Lost { why: String },
}

impl Trouble {
    /// The sentence for those who only asked a question, and how long to wait.
    pub fn into_why(self) -> (String, Option<u64>) {
        match self {
            Trouble::NotSent { why, retry_after_ms } => (why, retry_after_ms),
            Trouble::Refused { code, text, .. } => (format!("Chorus Pro answered error {code}: {text}"), None),
            Trouble::Lost { why } => (why, None),
        }
    }
}

/// The line to Chorus Pro: two addresses, a token, and a connection that is never used twice for deposits.
pub(super) struct Line {
    config: ChorusConfig,
    base: String,
    token_url: Url,
    deposits: Client,
    questions: Client,
    tokens: Tokens,
}

impl Line {
    pub fn new(config: ChorusConfig) -> Result<Self, ConfigError> {
        let (base, token_url) = config.checked()?;
        Ok(Self {
            base: base.as_str().trim_end_matches('/').to_owned(),
            token_url,
            deposits: http::client(&config, true)?,
            questions: http::client(&config, false)?,
            tokens: Tokens::new(),
            config,
        })
    }

    pub fn name(&self) -> &str {
        &self.config.name
    }

    /// `deposer/flux`.
    pub async fn deposit(
        &self,
        file_name: &str,
        syntax: &str,
        document: &[u8],
        raw: &mut Vec<Raw>,
    ) -> Result<Value, Trouble> {
        use base64::Engine;
        let body = json!({
            "fichierFlux": base64::engine::general_purpose::STANDARD.encode(document),
            "nomFichier": file_name,
            "syntaxeFlux": syntax,
            "avecSignature": false,
        });
        self.post(&self.deposits, DEPOSIT, &body, raw).await
    }

    /// `consulterCRDetaille`: what became of a deposit.
    pub async fn report(&self, reference: &str, raw: &mut Vec<Raw>) -> Result<Value, Trouble> {
        self.post(&self.questions, REPORT, &json!({ "numeroFluxDepot": reference }), raw).await
    }

    /// `rechercher/fournisseur`: all invoices under `key` (`numeroFluxDepot` or `numeroFacture`), page after page.
    pub async fn invoices(&self, key: &str, value: &str, raw: &mut Vec<Raw>) -> Result<Vec<Value>, Trouble> {
        let ask = |page: u64| {
            json!({ key: value, "rechercheFactureParFournisseur": {
                "pageResultatDemandee": page, "nbResultatsParPage": PAGE,
                "triColonne": "IdentifiantFactureCPP", "triSens": "Descendant" } })
        };
        self.pages(SEARCH, ask, &["listeFactures"], &["parametresRetour", "pages"], raw).await
    }

    /// `consulter/historique`: the statuses of one invoice, as entries `histoStatut`, and its current status.
    pub async fn history(&self, invoice: &str, raw: &mut Vec<Raw>) -> Result<(Vec<Value>, Option<String>), Trouble> {
        let id = invoice.parse::<u64>().map_or_else(|_| json!(invoice), |n| json!(n));
        let ask = |page: u64| {
            json!({ "idFacture": id, "paramRechercheHistoStatuts": {
                "pageResultatDemandeeListeHistoStatut": page, "nbResultatsParPageListeHistoStatut": PAGE,
                "triColonneListeHistoStatut": "HistoStatutDatePassage", "triSensListeHistoStatut": "Ascendant" } })
        };
        let list = ["historiquesDesStatuts", "histoStatut"];
        let entries = self.pages(HISTORY, ask, &list, &["historiquesDesStatuts", "pagesHistoStatut"], raw).await?;
        let last = raw.last().and_then(|r| serde_json::from_str::<Value>(&r.body).ok());
        Ok((entries, last.and_then(|v| text_of(&v, "statutCourantCode"))))
    }

    /// Is it there and does it know us?
    pub async fn health(&self, raw: &mut Vec<Raw>) -> Result<(), Trouble> {
        let request = self.questions.get(format!("{}{HEALTH}", self.base));
        let reply = self.authorized(request, format!("GET {HEALTH}"), raw).await?;
        let answer = understand(reply)?;
        match answer.get("statusCodeValue").and_then(Value::as_u64) {
            None | Some(200) => Ok(()),
            Some(code) => Err(Trouble::Lost { why: format!("Chorus Pro says of itself: {code}") }),
        }
    }

    async fn pages(
        &self,
        path: &str,
        ask: impl Fn(u64) -> Value,
        list: &[&str],
        pages: &[&str],
        raw: &mut Vec<Raw>,
    ) -> Result<Vec<Value>, Trouble> {
        let mut rows = Vec::new();
        for page in 1..=PAGES_MAX {
            let answer = self.post(&self.questions, path, &ask(page), raw).await?;
            let found = at(&answer, list);
            // An answer that is neither a list nor a stated success proves no absence.
            match found.and_then(Value::as_array) {
                Some(found) => rows.extend(found.iter().cloned()),
                None if found.is_none_or(Value::is_null) && code(&answer) == Some(Code::Fine) => {}
                None => return Err(Trouble::Lost { why: format!("the answer of {path} holds no {}", list.join(".")) }),
            }
            if page >= at(&answer, pages).and_then(Value::as_u64).unwrap_or(1) {
                return Ok(rows);
            }
        }
        Err(Trouble::Lost { why: format!("{path} has more than {PAGES_MAX} pages") })
    }

    async fn post(&self, client: &Client, path: &str, body: &Value, raw: &mut Vec<Raw>) -> Result<Value, Trouble> {
        let request = client
            .post(format!("{}{path}", self.base))
            .header("Content-Type", "application/json;charset=utf-8")
            .body(body.to_string());
        understand(self.authorized(request, format!("POST {path}"), raw).await?)
    }

    /// Sends with token and account; where the token is turned away, once more with a new one (a 401 is given before
    /// anything is acted upon).
    async fn authorized(
        &self,
        request: reqwest::RequestBuilder,
        call: String,
        raw: &mut Vec<Raw>,
    ) -> Result<Reply, Trouble> {
        let request = request.header("cpro-account", self.config.account_header()).header("Accept", "application/json");
        let mut stale: Option<String> = None;
        loop {
            let token = self.tokens.bearer(&self.questions, &self.config, &self.token_url, stale.as_deref(), raw).await;
            self.clean(raw, None);
            let token = token?;
            let attempt = request.try_clone().ok_or_else(|| Trouble::NotSent {
                why: "the request cannot be repeated".to_owned(),
                retry_after_ms: None,
            })?;
            let outcome = http::exchange(attempt.bearer_auth(&token)).await;
            raw.push(as_raw(&call, &outcome));
            self.clean(raw, Some(&token));
            match outcome {
                Ok(reply) if reply.http == 401 && stale.is_none() => stale = Some(token),
                // What is understood and quoted from here on is the cleaned body.
                Ok(reply) => {
                    return Ok(Reply { body: raw.last().map(|r| r.body.clone()).unwrap_or_default(), ..reply });
                }
                Err(Broken::NoConnection { why }) => return Err(Trouble::NotSent { why, retry_after_ms: None }),
                Err(Broken::NoAnswer { why, http: 0, .. }) => return Err(Trouble::Lost { why }),
                Err(Broken::NoAnswer { why, http, .. }) => {
                    return Err(Trouble::Lost { why: format!("HTTP {http}, {why}") });
                }
            }
        }
    }

    /// A platform may echo what it was given: no secret goes to the store with its answer.
    fn clean(&self, raw: &mut [Raw], token: Option<&str>) {
        let secrets = self.config.secrets();
        let Some(last) = raw.last_mut() else { return };
        for secret in secrets.iter().map(String::as_str).chain(token).filter(|s| s.len() > 3) {
            if last.body.contains(secret) {
                last.body = last.body.replace(secret, "***");
            }
        }
    }
}

fn as_raw(call: &str, outcome: &Result<Reply, Broken>) -> Raw {
    let (http, body) = match outcome {
        Ok(reply) => (reply.http, reply.body.clone()),
        Err(Broken::NoAnswer { http, body, .. }) => (*http, body.clone()),
        Err(Broken::NoConnection { .. }) => (0, String::new()),
    };
    Raw { call: call.to_owned(), http, body }
}

/// What a whole answer proves.
fn understand(reply: Reply) -> Result<Value, Trouble> {
    let Reply { http, body, retry_after_ms } = reply;
    let not_sent = |why: &str| Trouble::NotSent { why: format!("HTTP {http}: {why}"), retry_after_ms };
    let answer = serde_json::from_str::<Value>(&body).ok().filter(Value::is_object);
    match (http, answer) {
        (200..=299, Some(answer)) => match code(&answer) {
            None | Some(Code::Fine) => Ok(answer),
            Some(Code::Error(code)) => Err(refused(code, answer)),
            Some(Code::Senseless) => Err(Trouble::Lost { why: "the answer has a codeRetour that is no number".into() }),
        },
        (200..=299, None) => {
            Err(Trouble::Lost { why: format!("HTTP {http}, but the answer is not JSON: {}", quote(&body)) })
        }
        (401, _) => Err(not_sent("PISTE turns away even a new token: check the application and its rights")),
        (403, _) if body.trim().is_empty() => Err(not_sent(
            "the PISTE application is not subscribed to this API, or the technical account is not attached to a structure",
        )),
        (403, _) => Err(not_sent(&format!("not allowed: {}", quote(&body)))),
        (429, _) => Err(not_sent("too many calls for now")),
        (503, _) => Err(not_sent("Chorus Pro is not available for now")),
        (400..=499, Some(answer)) if matches!(code(&answer), Some(Code::Error(_))) => match code(&answer) {
            Some(Code::Error(code)) => Err(refused(code, answer)),
            _ => Err(Trouble::Lost { why: format!("HTTP {http}") }),
        },
        (404 | 405 | 407, _) => Err(not_sent("there is no such service at this address: check base_url and proxy")),
        // The server gave up waiting for the request, or says nothing: no proof that it was not acted upon.
        (408, _) => Err(Trouble::Lost { why: "HTTP 408: the platform lost the request on its way".into() }),
        (400..=499, _) if !body.trim().is_empty() => {
            Err(Trouble::Refused { code: format!("HTTP_{http}"), text: quote(&body), answer: Value::Null })
        }
        _ => Err(Trouble::Lost { why: format!("HTTP {http}: {}", quote(&body)) }),
    }
}

fn refused(code: String, answer: Value) -> Trouble {
    let text = text_of(&answer, "libelle").unwrap_or_else(|| "(no libelle)".to_owned());
    Trouble::Refused { code, text, answer }
}

#[derive(Debug, PartialEq)]
enum Code {
    Fine,
    Error(String),
    Senseless,
}

/// `codeRetour`: zero is fine whatever `libelle` says (`TRA_MSG_00.000` is its usual text).
fn code(answer: &Value) -> Option<Code> {
    Some(match answer.get("codeRetour")? {
        Value::Null => return None,
        Value::Number(n) if n.as_f64() == Some(0.0) => Code::Fine,
        Value::Number(n) => Code::Error(n.to_string()),
        Value::String(s) => match s.trim().parse::<i64>() {
            Ok(0) => Code::Fine,
            Ok(n) => Code::Error(n.to_string()),
            Err(_) => Code::Senseless,
        },
        _ => Code::Senseless,
    })
}

/// A field as text, whether it came as text or as a number; none where empty.
pub(super) fn text_of(value: &Value, key: &str) -> Option<String> {
    match value.get(key)? {
        Value::String(s) if !s.trim().is_empty() => Some(s.trim().to_owned()),
        Value::Number(n) => Some(n.to_string()),
        _ => None,
    }
}

fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(value, |v, key| v.get(key))
}

fn quote(body: &str) -> String {
    let body = body.trim();
    match body.char_indices().nth(QUOTED) {
        _ if body.is_empty() => "(empty)".to_owned(),
        Some((end, _)) => format!("{}…", &body[..end]),
        None => body.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(http: u16, body: &str) -> Result<Value, Trouble> {
        understand(Reply { http, body: body.into(), retry_after_ms: Some(7) })
    }

    fn kind(http: u16, body: &str) -> &'static str {
        match told(http, body) {
            Ok(_) => "ok",
            Err(Trouble::NotSent { .. }) => "not-sent",
            Err(Trouble::Refused { .. }) => "refused",
            Err(Trouble::Lost { .. }) => "lost",
        }
    }

    #[test]
    fn an_answer_proves_no_more_than_it_says() {
        for (http, body, expected) in [
            (200, r#"{"codeRetour":0,"libelle":"TRA_MSG_00.000"}"#, "ok"),
            (200, r#"{"codeRetour":"0"}"#, "ok"),
            (200, r#"{"codeRetour":20001,"libelle":"GDP_MSG_11.022"}"#, "refused"),
            (200, r#"{"codeRetour":-1}"#, "refused"),
            (200, r#"{"codeRetour":0.5}"#, "refused"),
            (200, r#"{"codeRetour":"?"}"#, "lost"),
            (200, r#"{"codeRetour":[]}"#, "lost"),
            (200, "", "lost"),
            (200, "[]", "lost"),
            (200, "<html>maintenance</html>", "lost"),
            (200, r#"{"codeRetour":0"#, "lost"),
            (204, "", "lost"),
            (302, "", "lost"),
            (400, r#"{"codeRetour":1,"libelle":"no"}"#, "refused"),
            (400, "bad", "refused"),
            (400, "", "lost"),
            (401, "", "not-sent"),
            (403, "", "not-sent"),
            (403, r#"{"x":1}"#, "not-sent"),
            (404, "<html>", "not-sent"),
            (404, r#"{"codeRetour":1,"libelle":"no"}"#, "refused"),
            (408, "late", "lost"),
            (413, "too large", "refused"),
            (429, "", "not-sent"),
            (500, r#"{"codeRetour":1}"#, "lost"),
            (502, "bad gateway", "lost"),
            (503, "", "not-sent"),
            (504, "", "lost"),
        ] {
            assert_eq!(kind(http, body), expected, "{http} {body}");
        }
    }

    #[test]
    fn the_platform_s_words_and_waits_are_kept() {
        let Err(Trouble::Refused { code, text, .. }) = told(200, r#"{"codeRetour":20001,"libelle":"GDP_MSG_11.022"}"#)
        else {
            panic!()
        };
        assert_eq!((code.as_str(), text.as_str()), ("20001", "GDP_MSG_11.022"));
        assert!(matches!(told(503, ""), Err(Trouble::NotSent { retry_after_ms: Some(7), .. })));
        assert!(quote(&"é".repeat(1000)).chars().count() == QUOTED + 1);
    }
}
