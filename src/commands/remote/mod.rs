//! The daemon as seen from the command line: where it is, how it is asked, what it answers.

mod call;
mod door;
mod shapes;
mod trouble;

use std::future::Future;
use std::process::ExitCode;

use bytes::Bytes;
use serde::Deserialize as _;
use serde_json::{Value, json};

pub use call::{Remote, client};
pub use door::RemoteArgs;
#[cfg(test)]
pub use shapes::tests::problem as tests_problem;
#[cfg(test)]
pub use shapes::{Heard, Next};
pub use shapes::{Invoice, Other, Outgoing, PartOf, Problem, Seal, Taken};
pub use trouble::Trouble;

use super::show;
use crate::limits;
use crate::text::Lang;

/// What a question to the daemon gives.
pub type Asked<T> = Result<T, Trouble>;

/// Speaks to the daemon; whatever goes wrong is told on standard error and ends with 2.
pub fn with<F, Fut>(args: &RemoteArgs, lang: Lang, act: F) -> ExitCode
where
    F: FnOnce(Remote) -> Fut,
    Fut: Future<Output = Asked<ExitCode>>,
{
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => return show::fail(&e.to_string()),
    };
    let done = runtime.block_on(async { act(Remote::open(args)?).await });
    done.unwrap_or_else(|trouble| show::fail(&trouble.say(lang)))
}

impl Remote {
    /// Hands a document over. On return it is on the daemon's disk.
    pub async fn accept(&self, document: Bytes, key: Option<&str>) -> Asked<Taken> {
        let reply = self.post_document("/v1/invoices", document, key).await?;
        let known = reply.replayed;
        reply.read().map(|taken: Taken| Taken { known, ..taken })
    }

    /// What a platform's directory says of a recipient.
    pub async fn directory(&self, query: &[(&str, &str)]) -> Asked<Value> {
        self.get(&["v1", "directory"], query).await?.read()
    }

    pub async fn invoice(&self, id: &str) -> Asked<Value> {
        self.get(&["v1", "invoices", id], &[]).await?.read()
    }

    /// The invoices that correct, replace or settle it, and that it does so to.
    pub async fn chain(&self, id: &str) -> Asked<Value> {
        self.get(&["v1", "invoices", id, "chain"], &[]).await?.read()
    }

    /// Invoices, newest first, up to so many; page by page.
    pub async fn invoices(
        &self,
        state: Option<&str>,
        verdict: Option<&str>,
        number: Option<&str>,
        most: usize,
    ) -> Asked<Vec<Value>> {
        let mut found: Vec<Value> = Vec::new();
        let mut after: Option<String> = None;
        while found.len() < most {
            let limit = (most - found.len()).min(limits::PAGE_ROWS).to_string();
            let mut query = vec![("limit", limit.as_str())];
            query.extend(state.map(|state| ("state", state)));
            query.extend(verdict.map(|verdict| ("verdict", verdict)));
            query.extend(number.map(|number| ("number", number)));
            query.extend(after.as_deref().map(|after| ("after", after)));
            let page: shapes::Invoices = self.get(&["v1", "invoices"], &query).await?.read()?;
            found.extend(page.invoices);
            match page.next {
                Some(next) if after.as_ref() != Some(&next) => after = Some(next),
                _ => break,
            }
        }
        Ok(found)
    }

    /// The whole timeline of an invoice, oldest first.
    pub async fn events(&self, id: &str) -> Asked<Vec<Value>> {
        let mut found = Vec::new();
        let mut after = 0u64;
        loop {
            let (from, limit) = (after.to_string(), limits::PAGE_ROWS.to_string());
            let query = [("after", from.as_str()), ("limit", limit.as_str())];
            let page: shapes::Events = self.get(&["v1", "invoices", id, "events"], &query).await?.read()?;
            found.extend(page.events);
            if !page.more || page.next <= after {
                return Ok(found);
            }
            after = page.next;
        }
    }

    /// The latest judgement; none where there is none yet.
    /// The seal of an invoice; none where it bears none.
    pub async fn seal(&self, id: &str) -> Asked<Option<Vec<u8>>> {
        match self.get(&["v1", "invoices", id, "seal"], &[]).await {
            Ok(reply) => Ok(Some(reply.into_bytes())),
            Err(Trouble::Refused(refusal)) if refusal.code == "no-seal" => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }

    pub async fn report(&self, id: &str) -> Asked<Option<Value>> {
        match self.get(&["v1", "invoices", id, "report"], &[]).await {
            Ok(reply) => reply.read().map(Some),
            Err(Trouble::Refused(refusal)) if refusal.code == "no-report" => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }

    /// What a person does with an invoice: `release`, `retry`, `park`.
    pub async fn act(&self, id: &str, act: &str, author: Option<&str>, reason: Option<&str>) -> Asked<Value> {
        self.send_json("POST", &["v1", "invoices", id, act], &said(&[("author", author), ("reason", reason)]))
            .await?
            .read()
    }

    /// Says something of an invoice to its platform.
    pub async fn say(&self, id: &str, wish: &Value) -> Asked<Value> {
        self.send_json("POST", &["v1", "invoices", id, "statements"], wish).await?.read()
    }

    /// What a person does with a statement of ours: `retry`, `release`, `withdraw`.
    pub async fn statement_act(&self, id: &str, act: &str, author: Option<&str>, reason: Option<&str>) -> Asked<Value> {
        let said = said(&[("author", author), ("reason", reason)]);
        self.send_json("POST", &["v1", "statements", id, act], &said).await?.read()
    }

    /// Problems, oldest first; all pages.
    pub async fn problems(&self, filter: &[(&str, &str)]) -> Asked<Vec<Value>> {
        let mut found = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let mut query = filter.to_vec();
            query.extend(after.as_deref().map(|after| ("after", after)));
            let page: shapes::Problems = self.get(&["v1", "problems"], &query).await?.read()?;
            found.extend(page.problems);
            match page.next {
                Some(next) if after.as_ref() != Some(&next) => after = Some(next),
                _ => return Ok(found),
            }
        }
    }

    pub async fn problem(&self, id: &str) -> Asked<Value> {
        self.get(&["v1", "problems", id], &[]).await?.read()
    }

    /// Changes a problem; members that are not there stay as they are.
    pub async fn change_problem(&self, id: &str, wish: &Value) -> Asked<Value> {
        self.send_json("PATCH", &["v1", "problems", id], wish).await?.read()
    }

    /// Answers in EDIFACT of which a message speaks of no invoice known, newest first: a page of them. None from a daemon that knows no answers.
    pub async fn unmatched_answers(&self) -> Asked<Vec<Value>> {
        let limit = limits::PAGE_ROWS.to_string();
        match self.get(&["v1", "answers"], &[("unmatched", "true"), ("limit", &limit)]).await {
            Ok(reply) => {
                let mut page: Value = reply.read()?;
                Ok(page["answers"].as_array_mut().map(std::mem::take).unwrap_or_default())
            }
            Err(trouble) if trouble.is_not_found() => Ok(Vec::new()),
            Err(trouble) => Err(trouble),
        }
    }

    /// Messages of platforms that a person has to look at, newest first: a page of them. None from a daemon that knows no messages.
    /// And the platforms whose messages do not come.
    pub async fn stuck_messages(&self) -> Asked<[Vec<Value>; 2]> {
        let limit = limits::PAGE_ROWS.to_string();
        match self.get(&["v1", "messages"], &[("state", "stuck"), ("limit", &limit)]).await {
            Ok(reply) => {
                let mut page: Value = reply.read()?;
                Ok(["messages", "stuck"].map(|list| page[list].as_array_mut().map(std::mem::take).unwrap_or_default()))
            }
            Err(trouble) if trouble.is_not_found() => Ok([Vec::new(), Vec::new()]),
            Err(trouble) => Err(trouble),
        }
    }

    /// Statements of ours that a person has to look at, newest first: those that were refused, and those set aside. None from a daemon that knows none.
    pub async fn stuck_statements(&self) -> Asked<Vec<Value>> {
        let limit = limits::PAGE_ROWS.to_string();
        let mut all = Vec::new();
        for state in ["parked", "refused"] {
            match self.get(&["v1", "statements"], &[("state", state), ("limit", &limit)]).await {
                Ok(reply) => {
                    let mut page: Value = reply.read()?;
                    all.append(page["statements"].as_array_mut().unwrap_or(&mut Vec::new()));
                }
                Err(trouble) if trouble.is_not_found() => {}
                Err(trouble) => return Err(trouble),
            }
        }
        Ok(all)
    }

    /// Is the daemon there, and ready for work? Needs no token.
    pub async fn ready(&self) -> Asked<Value> {
        self.look(&["readyz"]).await?.read()
    }
}

/// The records behind an answer of `GET /v1/problems`, as the report counts them. One that cannot be read stops it: a report that
/// silently counts less would be a lie.
pub fn problems(answer: &Value) -> Result<Vec<crate::problems::Problem>, String> {
    let page = shapes::Problems::deserialize(answer).map_err(|e| e.to_string())?;
    page.problems.iter().map(record).collect()
}

/// The record behind one problem.
pub fn record(shown: &Value) -> Result<crate::problems::Problem, String> {
    let problem = Problem::deserialize(shown).map_err(|e| e.to_string())?;
    let id = problem.id.clone();
    problem.record().ok_or_else(|| format!("problem {id}: a time that is none"))
}

/// The members that are there, as a JSON object.
pub fn said(members: &[(&str, Option<&str>)]) -> Value {
    members.iter().filter_map(|(name, value)| value.map(|value| ((*name).to_owned(), json!(value)))).collect()
}

/// An id of an invoice, as facteur makes them.
pub fn is_id(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}
