//! Platforms that answer, lose answers and hang; what they took outlives every crash.

use std::sync::Arc;

use async_trait::async_trait;

use super::spoken::TAKES;
use super::world::{Letter, Lot, World, YieldOnce, spent};
use super::{Failing, Life, START};
use crate::clock::{Clock, Millis};
use crate::crypto::sha256;
use crate::platforms::{
    Content, Deposit, Follow, Heard, Inbox, Intent, Known, Line, Mark, Message, Platform, PlatformStatus, Raw,
    Recipient, STATEMENT, Search, Silence, Voice,
};
use crate::rules::Finding;
use crate::signature::verify;
use crate::store::{LookedUp, Store as _};
use crate::text::Text;

pub struct SimPlatform {
    pub name: &'static str,
    pub world: Arc<World>,
    pub life: Arc<Life>,
    /// The disk on which each deposit's seal must already be.
    pub seals: Option<Arc<Failing>>,
}

impl SimPlatform {
    /// Lets others go on for a while; the process may end meanwhile, and then nothing ever returns.
    async fn linger(&self) {
        for _ in 0..self.world.roll(4) {
            YieldOnce(false).await;
        }
        if self.life.ends_here() {
            std::future::pending::<()>().await;
        }
    }

    async fn hang(&self) {
        self.world.see("cut-off");
        let long = self.world.clock.now() + 10_000_000;
        self.world.clock.sleep_until(long).await;
    }
}

fn raw(call: &str) -> Vec<Raw> {
    vec![Raw { call: call.into(), http: 200, body: "{}".into() }]
}

#[async_trait]
impl Platform for SimPlatform {
    fn name(&self) -> &str {
        self.name
    }

    async fn deposit(&self, intent: &Intent, document: &crate::store::Document) -> Deposit {
        // A process that ends while it reads sends nothing.
        let Ok(sent) = document.whole().await else {
            return Deposit::NotSent {
                why: "the document could not be read".into(),
                retry_after_ms: None,
                raw: vec![],
            };
        };
        let digest = sha256(&sent);
        assert_eq!(digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>(), intent.sha256);
        let statement = intent.syntax == STATEMENT;
        if let Some(disk) = self.seals.as_ref().filter(|_| !statement) {
            let seal = disk.inner.seal(&intent.invoice_id).unwrap().expect("no deposit without a seal on disk");
            verify(&seal, &digest).expect("the seal is over the very bytes");
        }
        if !statement {
            self.world.with(|inner| inner.calls.push((intent.invoice_id.clone(), sent.clone())));
        }
        self.linger().await;
        if self.world.dead(self.name) {
            return Deposit::NotSent { why: "connection refused".into(), retry_after_ms: None, raw: vec![] };
        }
        match self.world.roll(20) {
            0 => Deposit::NotSent { why: "429".into(), retry_after_ms: Some(90_000), raw: raw("deposit") },
            1 => Deposit::Refused { code: "20001".into(), text: "fichier trop gros".into(), raw: raw("deposit") },
            2 => {
                self.world.see("lost-question");
                Deposit::Unknown { why: "connection reset".into(), retry_after_ms: None, raw: vec![] }
            }
            3 => {
                self.hang().await;
                Deposit::Unknown { why: "never".into(), retry_after_ms: None, raw: vec![] }
            }
            4 | 5 => {
                self.world.take_in(self.name, intent, &sent);
                self.world.see("lost-answer");
                self.linger().await;
                Deposit::Unknown { why: "connection reset".into(), retry_after_ms: None, raw: vec![] }
            }
            6 => {
                self.world.take_in(self.name, intent, &sent);
                self.hang().await;
                Deposit::Unknown { why: "never".into(), retry_after_ms: None, raw: vec![] }
            }
            _ => {
                let reference = self.world.take_in(self.name, intent, &sent);
                self.linger().await;
                Deposit::Taken { reference, raw: raw("deposit") }
            }
        }
    }

    async fn search(&self, intent: &Intent) -> Search {
        self.linger().await;
        if self.world.dead(self.name) || self.world.roll(8) == 0 {
            return Search::NoAnswer { why: "502".into(), line: Line::Silent, raw: raw("search") };
        }
        if intent.syntax == STATEMENT {
            return self.world.find_statement(intent, raw("search"));
        }
        let now = self.world.clock.now();
        let found = self.world.with(|inner| {
            let here = |lot: &&Lot| lot.platform == self.name && lot.invoice == intent.invoice_id && !spent(lot, now);
            inner.lots.iter().rev().find(|lot| here(lot) && lot.visible_at <= now).map(|lot| lot.reference.clone())
        });
        self.linger().await;
        match found {
            Some(reference) => Search::Found { reference: Some(reference), platform_invoice: None, raw: raw("search") },
            None => Search::Absent { raw: raw("search") },
        }
    }

    async fn follow(&self, intent: &Intent, reference: Option<&str>, _: Option<&str>) -> Follow {
        self.linger().await;
        if self.world.dead(self.name) || self.world.roll(10) == 0 {
            return Follow::NoAnswer {
                why: "502".into(),
                retry_after_ms: None,
                line: Line::Silent,
                raw: raw("follow"),
            };
        }
        if intent.syntax == STATEMENT {
            return self.world.acknowledge(reference, raw("follow"));
        }
        let now = self.world.clock.now();
        if self.name == "told" {
            // Technical only: what becomes of it is told by messages.
            let ack =
                PlatformStatus { code: "FLOW_OK".into(), reason: None, text: None, at: None, voice: Voice::Platform };
            return Follow::Statuses { platform_invoice: None, statuses: vec![ack], raw: raw("follow") };
        }
        let (statuses, late) = self.world.with(|inner| {
            let lot = inner.lots.iter().find(|lot| Some(lot.reference.as_str()) == reference).cloned();
            let lot = lot.expect("followed by a reference that the platform gave");
            assert_eq!(lot.invoice, intent.invoice_id);
            let mut told: Vec<_> = lot.story.iter().filter(|(at, _)| *at <= now).map(|(_, s)| s.clone()).collect();
            // An end is told only once all before it could be; what is told comes in pieces, repeated, in any order.
            let all = told.len() == lot.story.len();
            let mut late = false;
            if !all && told.len() > 1 && inner.dice.one_in(2) {
                let n = inner.dice.below(told.len() as u64) as usize;
                told.remove(n);
                late = true;
            }
            for n in (1..told.len()).rev() {
                let other = inner.dice.below(n as u64 + 1) as usize;
                if inner.dice.one_in(2) {
                    told.swap(n, other);
                }
            }
            if inner.dice.one_in(3) {
                told.extend(told.clone());
            }
            (told, late)
        });
        if late {
            self.world.see("late");
        }
        self.linger().await;
        Follow::Statuses { platform_invoice: None, statuses, raw: raw("follow") }
    }

    /// By one look-up, kept or asked for: it can, it cannot, or nothing is heard.
    async fn reception(&self, recipient: &Recipient, known: &dyn Known) -> Heard {
        let key = recipient.address.clone().expect("papers have one");
        let told = |good: bool, asked_at, kept| {
            self.world.see(if good { "can-receive" } else { "cannot-receive" });
            let finding = Finding {
                rule: "FCT-DIRECTORY-UNKNOWN".into(),
                terms: vec!["BT-49".into()],
                message: Text::new("personne", "nobody"),
                ..Finding::default()
            };
            let looked = LookedUp { kind: "line".into(), key: key.clone(), known: good, asked_at, kept };
            let findings = if good { vec![] } else { vec![finding] };
            Heard { findings, looked: vec![looked], ..Heard::default() }
        };
        if let Some((entry, at)) = known.recall("line", &key).await {
            self.world.see("recalled");
            return told(entry == "true", at, true);
        }
        let silent = |why: String, line| {
            self.world.see("directory-silent");
            Heard { silence: Some(Silence { why, retry_after_ms: None, line }), ..Heard::default() }
        };
        if let Some(why) = known.barred() {
            return silent(why, Line::Unused);
        }
        self.linger().await;
        if self.world.dead(self.name) || self.world.roll(10) == 0 {
            return silent("502".into(), Line::Silent);
        }
        if self.world.roll(40) == 0 {
            self.hang().await;
        }
        let good = self.world.roll(12) > 0;
        known.learn("line", &key, good.to_string(), good);
        self.linger().await;
        Heard { raw: raw("recipient"), ..told(good, known.now(), false) }
    }

    fn hears(&self) -> &'static [u16] {
        if self.name == TAKES { &[209, 212] } else { &[] }
    }

    async fn inbox(&self, since: &Mark) -> Inbox {
        const PAGE: usize = 3;
        if self.name != "told" {
            return Inbox::None;
        }
        self.linger().await;
        if self.world.dead(self.name) || self.world.roll(12) == 0 {
            let why = "502".into();
            return Inbox::NoAnswer { why, retry_after_ms: None, line: Line::Silent, raw: raw("inbox") };
        }
        let now = self.world.clock.now();
        let page = self.world.with(|inner| {
            let after: Millis = since.after.as_deref().map_or(START, |after| after.parse().unwrap());
            // Now and then from a little before, as a client that overlaps its listings.
            let from = after - if inner.dice.one_in(4) { 900_000 } else { 0 };
            let mut listed: Vec<Letter> = inner.letters.clone();
            listed.retain(|letter| letter.listed_at <= now && letter.listed_at > from);
            listed.sort_by_key(|letter| letter.listed_at);
            // Those of one moment are on one page.
            let last = listed.get(PAGE - 1).map(|letter| letter.listed_at);
            let more = last.is_some_and(|last| listed.iter().any(|letter| letter.listed_at > last));
            listed.retain(|letter| last.is_none_or(|last| letter.listed_at <= last));
            let mark = listed.iter().map(|letter| letter.listed_at).fold(after, Millis::max);
            let messages = listed.into_iter().map(|letter| Message {
                content: match inner.dice.one_in(8) {
                    true => Content::Missing { why: "503".into(), gone: false, line: Line::Silent },
                    false => Content::Bytes(letter.bytes.clone()),
                },
                flow: letter.flow,
                kind: "CustomerInvoiceLC".into(),
                updated_at: Some(letter.listed_at.to_string()),
                tracking_id: Some(letter.tracking),
                name: None,
            });
            (messages.collect(), Mark { after: Some(mark.to_string()), ..Mark::default() }, more)
        });
        self.world.see("listed");
        self.linger().await;
        let (messages, next, more) = page;
        Inbox::Page { messages, unread: 0, next, more, retry_after_ms: None, raw: raw("inbox") }
    }

    async fn fetch(&self, flow: &str) -> (Content, Vec<Raw>) {
        self.linger().await;
        let content = self.world.with(|inner| match inner.dice.one_in(4) {
            true => Content::Missing { why: "503".into(), gone: false, line: Line::Silent },
            false => Content::Bytes(inner.letters.iter().find(|one| one.flow == flow).unwrap().bytes.clone()),
        });
        self.world.see("fetched");
        (content, raw("fetch"))
    }

    async fn check(&self) -> Result<(), String> {
        Ok(())
    }
}
