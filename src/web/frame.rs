//! What every page knows: its language, its visitor, where it stands, and the words.

use askama::Template;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};

use super::guard::Visitor;
use super::show;
use super::trouble::{Done, Trouble};
use super::{assets, notice, words};
use crate::story::{sentences, words as told};
use crate::text::Lang;

/// The frame of a page.
pub struct Frame {
    pub lang: Lang,
    pub title: String,
    /// The entry of the navigation that is current.
    pub at: &'static str,
    pub name: Option<String>,
    pub open: bool,
    pub may_write: bool,
    pub csrf: String,
    pub here: String,
    /// What was just done, in words.
    pub notice: Option<&'static str>,
}

impl Frame {
    pub fn new(visitor: &Visitor, at: &'static str, title: &str) -> Self {
        Self {
            lang: visitor.lang,
            title: words::say(title, visitor.lang).to_owned(),
            at,
            name: visitor.name.clone(),
            open: visitor.open,
            may_write: visitor.may_write,
            csrf: visitor.csrf.clone(),
            here: visitor.here.clone(),
            notice: None,
        }
    }

    pub fn titled(self, title: String) -> Self {
        Self { title, ..self }
    }

    /// The notice that an address carries, where this session made it.
    pub fn after(self, visitor: &Visitor, did: Option<&str>) -> Self {
        Self { notice: did.and_then(|did| notice::told(visitor, did)), ..self }
    }

    /// What is told on the spot.
    pub fn told(self, did: Option<&str>) -> Self {
        Self { notice: did.and_then(notice::known).or(self.notice), ..self }
    }

    pub fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }

    /// So many days or older.
    pub fn older_than(&self, days: &str) -> String {
        words::fill("problems.older", self.lang, &[("n", days)])
    }

    pub fn fr(&self) -> bool {
        self.lang == Lang::Fr
    }

    /// A sentence by its key.
    pub fn t<'k>(&self, key: &'k str) -> &'k str {
        words::say(key, self.lang)
    }

    /// A sentence whose key is made of a room and an id, such as `state` and `blocked`; the id where there is none.
    pub fn of(&self, room: &str, id: &str) -> String {
        let key = format!("{room}.{id}");
        let said = words::say(&key, self.lang);
        if said == key { show::said(id, 80) } else { said.to_owned() }
    }

    /// So many of a thing: `3 factures`.
    pub fn many(&self, key: &str, n: &usize) -> String {
        // French counts zero among the ones.
        let one = *n == 1 || (*n == 0 && self.fr());
        let key = format!("{key}.{}", if one { "one" } else { "many" });
        words::fill(&key, self.lang, &[("n", &self.n(n))])
    }

    pub fn n(&self, n: &usize) -> String {
        show::number(*n as u64, self.lang)
    }

    pub fn day(&self, text: &str) -> String {
        show::day(text, self.lang)
    }

    /// Words of others, harmless to look at and bounded.
    pub fn said(&self, text: &str) -> String {
        show::said(text, 300)
    }

    /// A reason of facteur's own in words, or of others as they gave it.
    pub fn reason(&self, why: &str) -> String {
        show::said(&sentences::said(why, self.lang), 400)
    }

    /// The way an invoice came in.
    pub fn source(&self, source: &str) -> String {
        show::said(&told::source(source, self.lang), 80)
    }

    pub fn short(&self, text: &str) -> String {
        show::said(text, 60)
    }

    pub fn asset(&self, stem: &str) -> String {
        assets::path(stem)
    }

    pub fn back(&self) -> String {
        show::in_query(&self.here)
    }
}

/// A page as an answer.
pub fn html(page: &impl Template) -> Done {
    let text = page.render().map_err(|error| {
        tracing::error!(%error, "a page could not be made");
        Trouble::fault()
    })?;
    let mut response: Response = text.into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    Ok(response)
}
