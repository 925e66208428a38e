//! The other side: papers, a judge that reads them, and platforms that keep what they took through every crash.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::dice::Dice;
use super::spoken::{Spoken, TAKES};
use super::{Failing, Life, START};
use crate::clock::{Clock, ManualClock, Millis};
use crate::crypto::sha256;
use crate::day::Day;
use crate::formats::cdar::{ABOUT_INVOICE, About, Detail, Moment, Party as CdarParty, Statement};
use crate::invoice::Party;
use crate::lifecycle::cdar_status;
use crate::platforms::{
    Content, Deposit, Follow, Heard, Inbox, Intent, Known, Line, Mark, Message, Platform, PlatformStatus, Raw,
    Recipient, STATEMENT, Search, Silence, Voice,
};
use crate::queue::{Judge, Judged, JudgedFinding, Sendable, Verdict, Written};
use crate::rules::{Finding, Severity, Waived};
use crate::signature::verify;
use crate::store::{Facts, JudgedOn, LookedUp, NumberKey, Store as _};
use crate::text::{Text, folded};

/// A document of the simulation: says itself how it will be judged.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Paper {
    pub n: u64,
    pub seller: String,
    pub number: String,
    /// Which customer it asks; nobody knows which one 0 is.
    pub customer: u8,
    pub kind: Kind,
    pub platform: Option<String>,
    /// Came in a syntax that no platform takes: something is written of it, by each edition of the partner files something else.
    #[serde(default)]
    pub edi: bool,
}

/// Between the parts of what is written.
const MARK: &str = "\u{1f}";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    Good,
    Wrong,
    /// Wrong, and excused by a waiver that the customer files have in every other edition.
    Excused,
    Unreadable,
    Poison,
}

impl Paper {
    pub fn random(dice: &mut Dice, n: u64) -> Self {
        let kind = match dice.below(20) {
            0..=3 => Kind::Wrong,
            4 => Kind::Unreadable,
            5 => Kind::Poison,
            6..=9 => Kind::Excused,
            _ => Kind::Good,
        };
        let platform = match dice.below(20) {
            0 => None,
            1 => Some("gone".into()),
            2..=6 => Some("vague".into()),
            7..=12 => Some("told".into()),
            _ => Some("proving".into()),
        };
        let hyphen = ["-", "-", "-", "\u{2011}", "\u{a0}-"][dice.below(5) as usize];
        // Two SIRENs: a message names the seller by that number.
        let seller = ["111111118", "222222226"][dice.below(2) as usize].to_owned();
        let number = format!("F{hyphen}{}", dice.below(9));
        let customer = [0, 1, 1, 1, 2][dice.below(5) as usize];
        let edi = dice.one_in(3);
        Self { n, seller, number, customer, kind, platform, edi }
    }

    /// What leaves of it, by this edition.
    pub fn written(&self, edition: u64) -> Vec<u8> {
        let filling = "x".repeat(if self.n.is_multiple_of(5) { 2 * crate::store::PIECE } else { 0 });
        format!("{edition}{MARK}{}{MARK}{filling}", serde_json::to_string(self).unwrap()).into_bytes()
    }

    /// Reads what was posted, or what was written of it: then the edition is told as well.
    pub fn read(bytes: &[u8]) -> (Paper, Option<u64>) {
        let text = std::str::from_utf8(bytes).unwrap();
        match text.split_once(MARK) {
            Some((edition, rest)) => {
                let paper = rest.split(MARK).next().unwrap();
                (serde_json::from_str(paper).unwrap(), Some(edition.parse().unwrap()))
            }
            None => (serde_json::from_str(text).unwrap(), None),
        }
    }

    pub fn bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap()
    }

    pub fn key(&self) -> NumberKey {
        NumberKey::of(&self.seller, &self.number, 2026).unwrap()
    }
}

/// Judges by what papers say of themselves, and by the edition of the customer files.
#[derive(Default)]
pub struct SimJudge {
    pub edition: Arc<AtomicU64>,
}

impl SimJudge {
    pub fn excuses(edition: u64) -> bool {
        edition.is_multiple_of(2)
    }
}

impl Judge for SimJudge {
    fn judge(&self, bytes: &bytes::Bytes, id: &str, as_of: Day, kept: Option<&bytes::Bytes>) -> Judged {
        let (mut paper, none) = Paper::read(bytes);
        assert!(none.is_none(), "what came is what is judged first");
        if paper.kind == Kind::Poison {
            // Without the hook's message: this one is meant.
            std::panic::resume_unwind(Box::new("poison"));
        }
        let edition = self.edition.load(Ordering::Relaxed);
        let excused = paper.kind == Kind::Excused && Self::excuses(edition);
        let verdict = match paper.kind {
            Kind::Excused if !excused => Verdict::Invalid,
            Kind::Good | Kind::Excused => Verdict::Valid,
            Kind::Wrong => Verdict::Invalid,
            Kind::Unreadable | Kind::Poison => Verdict::NotJudged,
        };
        let waived = excused.then(|| Waived {
            rule: "BR-CO-10".into(),
            author: "ann".into(),
            reason: "agreed".into(),
            until: as_of,
            file: "waivers.toml".into(),
            line: 1,
        });
        let finding = |rule: &str, term: &str| JudgedFinding {
            rule: rule.into(),
            group: rule.into(),
            severity: Severity::Fatal,
            terms: vec![term.into()],
            message: Text::new("faux", "wrong"),
            found: None,
            expected: None,
            waived: waived.clone(),
            opens: true,
            severity_was: None,
        };
        let findings = match paper.kind {
            Kind::Wrong => {
                vec![finding("BR-CO-10", "BT-106"), finding("BR-CO-15", "BT-112"), finding("BR-FR-X", "BT-13")]
            }
            Kind::Excused => vec![finding("BR-CO-10", "BT-106")],
            _ => vec![],
        };
        let readable = paper.kind != Kind::Unreadable;
        let mut written = (paper.edi && readable).then(|| bytes::Bytes::from(paper.written(edition / 2)));
        let syntax = (paper.edi && readable).then(|| "edifact-d96a".to_owned());
        if let Some(kept) = kept.filter(|kept| written.as_ref() != Some(kept)) {
            (paper, written) = (Paper::read(kept).0, None);
        }
        let judged = written.as_ref().or(kept).unwrap_or(bytes);
        let judged: String = sha256(judged).iter().map(|byte| format!("{byte:02x}")).collect();
        let written = written.map(|bytes| Written { bytes, syntax: "cii".into(), not_carried: vec![] });
        Judged {
            written,
            verdict,
            facts: Facts {
                number: readable.then(|| paper.number.clone()),
                customer: Some("21690123100011".into()),
                buyer: Party {
                    siren: (paper.customer > 0).then(|| format!("21690123{}", paper.customer)),
                    ..Party::default()
                },
                recipient: Recipient { address: Some(format!("21690123{}", paper.customer)), ..Recipient::default() },
                customer_name: Some("Ville".into()),
                payable: Some("120.00".into()),
                currency: Some("EUR".into()),
                syntax,
                ..Facts::default()
            },
            number_key: readable.then(|| paper.key()),
            report_json: json!({ "verdict": verdict, "as_of": as_of, "findings": [], "judged": judged }).to_string(),
            findings,
            judged_on: JudgedOn { day: as_of, basis: edition.to_string() },
            platform: paper.platform,
            sendable: readable.then(|| Sendable {
                syntax: "IN_DP_E1_UBL_INVOICE".into(),
                file_name: format!("{id}.xml"),
                number: paper.number,
                seller: Some(paper.seller),
                issued: Some("2026-11-02".into()),
            }),
        }
    }

    fn basis(&self) -> String {
        self.edition.load(Ordering::Relaxed).to_string()
    }
}

/// A deposit that a platform took in.
#[derive(Debug, Clone)]
pub struct Lot {
    pub platform: &'static str,
    pub invoice: String,
    pub key: (String, String),
    pub reference: String,
    /// What the platform has received.
    pub document: bytes::Bytes,
    /// A search sees it from then on.
    pub visible_at: Millis,
    /// What will be said about it, and when.
    pub story: Vec<(Millis, PlatformStatus)>,
    /// Nothing of it exists at the platform (refused as a file, or lost by the platform and asked for again).
    pub void: bool,
}

/// A message that waits at the platform that tells by messages.
#[derive(Debug, Clone)]
pub struct Letter {
    pub flow: String,
    /// Its place in the platform's list, which begins with the first that could be listed.
    pub listed_at: Millis,
    pub tracking: String,
    pub bytes: bytes::Bytes,
}

pub struct World {
    pub inner: Mutex<Inner>,
    pub clock: Arc<ManualClock>,
}

pub struct Inner {
    pub dice: Dice,
    pub lots: Vec<Lot>,
    pub letters: Vec<Letter>,
    pub spoken: Vec<Spoken>,
    /// Deposits begun, by invoice, each with what was sent.
    pub calls: Vec<(String, bytes::Bytes)>,
    pub seen: Vec<&'static str>,
    /// A platform is dead until then, or the key cannot be used.
    dead: [Millis; 4],
}

impl World {
    pub fn new(dice: Dice, clock: Arc<ManualClock>) -> Self {
        let inner = Inner {
            dice,
            lots: vec![],
            letters: vec![],
            spoken: vec![],
            calls: vec![],
            seen: vec![],
            dead: [START; 4],
        };
        Self { inner: Mutex::new(inner), clock }
    }

    pub(super) fn with<T>(&self, work: impl FnOnce(&mut Inner) -> T) -> T {
        work(&mut self.inner.lock().unwrap())
    }

    pub fn roll(&self, n: u64) -> u64 {
        self.with(|inner| inner.dice.below(n))
    }

    pub fn see(&self, what: &'static str) {
        self.with(|inner| inner.seen.push(what));
    }

    /// Is the platform out of order? Now and then it stays so for an hour.
    pub fn dead(&self, platform: &str) -> bool {
        let now = self.clock.now();
        self.with(|inner| {
            let n = ["proving", "vague", "told"].iter().position(|name| *name == platform).unwrap_or(3);
            if inner.dice.one_in(150) {
                inner.dead[n] = now + 3_600_000;
            }
            inner.dead[n] > now
        })
    }

    fn take_in(&self, platform: &'static str, intent: &Intent, document: &bytes::Bytes) -> String {
        if intent.syntax == STATEMENT {
            return self.take_statement(intent);
        }
        let now = self.clock.now();
        self.with(|inner| {
            let reference = format!("R{}", inner.lots.len() + 1);
            // Later than the answer, and never later than the time after which absence is proof.
            let visible_at = now + inner.dice.below(600_000) as Millis;
            let by_messages = platform == "told";
            let (story, void) = if by_messages { life(&mut inner.dice, now) } else { story(&mut inner.dice, now) };
            if by_messages {
                let written = letters(&mut inner.dice, intent, &story, inner.letters.len());
                inner.letters.extend(written);
            }
            inner.lots.push(Lot {
                platform,
                invoice: intent.invoice_id.clone(),
                // Whoever reads it there takes look-alikes for one.
                key: (intent.seller.clone().unwrap_or_default(), folded(&intent.number)),
                reference: reference.clone(),
                document: document.clone(),
                visible_at,
                story,
                void,
            });
            reference
        })
    }
}

/// What a platform will say of a deposit, in its own order of time.
fn story(dice: &mut Dice, now: Millis) -> (Vec<(Millis, PlatformStatus)>, bool) {
    let say = |code: &'static str, reason: Option<&'static str>, voice: Voice| (code, reason, voice);
    use Voice::{Buyer, Platform};
    let mut plot = vec![say("IN_RECU", None, Platform)];
    let fate = dice.below(16);
    let void = fate <= 2;
    match fate {
        0 | 1 => plot.push(say("IN_REJETE", Some("listeErreurDP"), Platform)),
        2 => plot.push(say("IN_INCIDENTE", None, Platform)),
        _ => {
            plot.extend([say("IN_INTEGRE", None, Platform), say("DEPOSEE", None, Platform)]);
            plot.push(say("MISE_A_DISPOSITION", None, Platform));
            match fate {
                3 | 4 => plot.push(say("REJETEE", Some("SE_ERR"), Buyer)),
                5 => plot.extend([say("VALIDEE_1", None, Buyer), say("REJETEE", Some("EJ_ERR"), Buyer)]),
                6 => plot.extend([say("SUSPENDUE", None, Buyer), say("COMPLETEE", None, Buyer)]),
                7 => plot.extend(["SUSPENDUE", "COMPLETEE", "SUSPENDUE"].map(|code| say(code, None, Buyer))),
                8 => plot.extend([say("REFUSEE_1", None, Buyer), say("VALIDEE_1", None, Buyer)]),
                9 => plot.push(say("CODE_INCONNU_42", Some("XYZ"), Buyer)),
                10 => plot.push(say("IN_REJETE", Some("doublon"), Platform)),
                _ => {}
            }
            if !(3..=5).contains(&fate) {
                plot.extend([say("MANDATEE", None, Buyer), say("MISE_EN_PAIEMENT", None, Buyer)]);
            }
        }
    }
    let mut at = now;
    let timed = plot.into_iter().map(|(code, reason, voice)| {
        at += 1_000 + dice.below(2_000_000) as Millis;
        let (reason, text) = (reason.map(Into::into), reason.map(|reason| format!("motif : {reason}")));
        (at, PlatformStatus { code: code.into(), reason, text, at: Some(format!("{at:015}")), voice })
    });
    (timed.collect(), void)
}

/// What a platform that tells by messages will say.
fn life(dice: &mut Dice, now: Millis) -> (Vec<(Millis, PlatformStatus)>, bool) {
    use Voice::{Buyer, Platform, Seller};
    let fate = dice.below(14);
    let mut plot = vec![("200", None, Platform), ("202", None, Platform)];
    match fate {
        0 | 1 => plot = vec![("501", Some("IRR_SYNTAX"), Platform)],
        2 | 3 => plot.push(("210", Some("CMD_ERR"), Buyer)),
        4 => plot.extend([("205", None, Buyer), ("210", Some("TX_TVA_ERR"), Buyer)]),
        5 => plot.extend([("208", Some("JUSTIF_ABS"), Buyer), ("209", None, Seller)]),
        6 => plot.extend([("207", Some("QTE_ERR"), Buyer), ("205", None, Buyer)]),
        7 => plot.push(("299", None, Platform)),
        8 | 9 => plot.push(("213", Some("DOUBLON"), Platform)),
        _ => plot.extend([("204", None, Buyer), ("205", None, Buyer)]),
    }
    if !matches!(fate, 0..=4) {
        plot.push(("211", None, Buyer));
    }
    let mut at = now;
    let timed = plot.into_iter().map(|(code, reason, voice): (&str, Option<&str>, Voice)| {
        at += 1_000 + dice.below(2_000_000) as Millis;
        let told = Moment::from_millis(at).unwrap().rfc3339();
        (at, PlatformStatus { code: code.into(), reason: reason.map(Into::into), text: None, at: Some(told), voice })
    });
    (timed.collect(), fate <= 1)
}

/// Its statuses as messages: late, out of order, some of them twice, and some without our reference.
fn letters(dice: &mut Dice, intent: &Intent, story: &[(Millis, PlatformStatus)], before: usize) -> Vec<Letter> {
    let mut letters = Vec::new();
    if dice.one_in(12) {
        // Something that nobody can read.
        letters.push(Letter {
            flow: format!("L{before}"),
            listed_at: story.first().map_or(0, |(at, _)| *at),
            tracking: "nobody's".into(),
            bytes: bytes::Bytes::from_static(b"<Acknowledgement"),
        });
    }
    for (at, status) in story {
        let bytes = bytes::Bytes::from(letter(intent, *at, status));
        for _ in 0..1 + usize::from(dice.one_in(6)) {
            letters.push(Letter {
                flow: format!("L{}", before + letters.len()),
                listed_at: at + dice.below(900_000) as Millis,
                tracking: if dice.one_in(3) { String::new() } else { intent.invoice_id.clone() },
                bytes: bytes.clone(),
            });
        }
    }
    letters
}

fn letter(intent: &Intent, at: Millis, status: &PlatformStatus) -> String {
    let at = Moment::from_millis(at).unwrap();
    let party = |role: &str| CdarParty {
        id: Some(("0002".into(), "111111118".into())),
        role: role.into(),
        ..CdarParty::default()
    };
    let role = match status.voice {
        Voice::Buyer => "BY",
        Voice::Seller => "SE",
        Voice::Platform => "WK",
    };
    let code: u16 = status.code.parse().unwrap();
    // A status that no table knows is written as one that it does, and renamed.
    let known = cdar_status(code).or_else(|| cdar_status(200)).unwrap();
    let reason = |reason: &String| Detail { reason: Some(reason.clone()), ..Detail::default() };
    let statement = Statement {
        process: "REGULATED",
        profile: ABOUT_INVOICE,
        created: at,
        at,
        sender: party("WK"),
        issuer: party(role),
        recipients: vec![party("SE")],
        about: About {
            number: intent.number.clone(),
            kind: Some("380".into()),
            issued: intent.issued.as_deref().and_then(Day::parse_iso),
            seller: intent.seller.clone(),
            received: None,
        },
        status: known,
        details: status.reason.iter().map(reason).collect(),
        attachments: vec![],
    };
    let open = "<ram:ProcessConditionCode>";
    statement.write().text.replace(&format!("{open}{}<", known.code), &format!("{open}{code}<"))
}

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
                Deposit::Unknown { why: "connection reset".into(), raw: vec![] }
            }
            3 => {
                self.hang().await;
                Deposit::Unknown { why: "never".into(), raw: vec![] }
            }
            4 | 5 => {
                self.world.take_in(self.name, intent, &sent);
                self.world.see("lost-answer");
                self.linger().await;
                Deposit::Unknown { why: "connection reset".into(), raw: vec![] }
            }
            6 => {
                self.world.take_in(self.name, intent, &sent);
                self.hang().await;
                Deposit::Unknown { why: "never".into(), raw: vec![] }
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
                    true => Content::Missing { why: "503".into(), gone: false },
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
            true => Content::Missing { why: "503".into(), gone: false },
            false => Content::Bytes(inner.letters.iter().find(|one| one.flow == flow).unwrap().bytes.clone()),
        });
        self.world.see("fetched");
        (content, raw("fetch"))
    }

    async fn check(&self) -> Result<(), String> {
        Ok(())
    }
}

impl World {
    /// When the next message can be listed, of those after the newest that was.
    pub fn next_letter(&self, after: Millis) -> Option<Millis> {
        self.with(|inner| inner.letters.iter().map(|letter| letter.listed_at).filter(|at| *at > after).min())
    }

    /// It has the invoice, and no search shows it yet.
    pub fn hidden(&self, invoice: &str, now: Millis) -> bool {
        self.with(|inner| {
            inner.lots.iter().any(|lot| lot.invoice == invoice && !spent(lot, now) && lot.visible_at > now)
        })
    }
}

/// The platform has said that nothing came of it.
fn spent(lot: &Lot, now: Millis) -> bool {
    lot.void && lot.story.last().is_some_and(|(at, _)| *at <= now)
}

pub struct YieldOnce(pub bool);

impl Future for YieldOnce {
    type Output = ();
    fn poll(mut self: std::pin::Pin<&mut Self>, _: &mut std::task::Context<'_>) -> std::task::Poll<()> {
        if std::mem::replace(&mut self.0, true) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    }
}
