//! A visitor of the page without a browser: cookies, forms, redirects followed by hand.

use std::cell::RefCell;

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, Response};

use crate::api::stage::Stage;

pub struct Visitor<'s> {
    pub stage: &'s Stage,
    pub client: Client,
    pub cookie: RefCell<String>,
}

impl<'s> Visitor<'s> {
    pub fn new(stage: &'s Stage) -> Self {
        let client = Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
        Self { stage, client, cookie: RefCell::default() }
    }

    /// Logged in with a token.
    pub async fn with(stage: &'s Stage, token: &str) -> Self {
        let visitor = Self::new(stage);
        let answer = visitor.post("/login", &[("token", token)]).await;
        assert_eq!(answer.status(), 303);
        visitor
    }

    pub fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.stage.url(path)).header(COOKIE, self.cookie.borrow().as_str())
    }

    pub async fn get(&self, path: &str) -> (u16, String) {
        let answer = self.ask(Method::GET, path).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// A form of a page of ours; the cookies that come back are kept.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let origin = self.stage.url("");
        let request = self.ask(Method::POST, path).header("origin", origin).header("sec-fetch-site", "same-origin");
        let answer = request.form(fields).send().await.unwrap();
        if let Some(cookie) = answer.headers().get(SET_COOKIE) {
            *self.cookie.borrow_mut() = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
        }
        answer
    }

    /// The word that the forms of a page carry.
    pub async fn csrf(&self, path: &str) -> String {
        value(&self.get(path).await.1, "csrf")
    }
}

/// The value of a hidden field of a page.
pub fn value(page: &str, name: &str) -> String {
    let at = page.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap_or_else(|| panic!("no {name} in {page}"));
    at.split('"').next().unwrap().to_owned()
}

pub fn location(answer: &Response) -> &str {
    answer.headers()[LOCATION].to_str().unwrap()
}
