//! The other side: what platforms took in and what they will say of it, kept through every crash.

use std::sync::{Arc, Mutex};

use super::START;
use super::dice::Dice;
use super::papers::Paper;
use super::spoken::Spoken;
use crate::clock::{Clock, ManualClock, Millis};
use crate::day::Day;
use crate::formats::cdar::{ABOUT_INVOICE, About, Detail, Moment, Party as CdarParty, Statement};
use crate::lifecycle::cdar_status;
use crate::platforms::{Intent, PlatformStatus, STATEMENT, Voice};
use crate::text::folded;

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

    pub fn take_in(&self, platform: &'static str, intent: &Intent, document: &bytes::Bytes) -> String {
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
                let buyer = Paper::read(document).0.siren();
                let written = letters(&mut inner.dice, intent, buyer.as_deref(), &story, inner.letters.len());
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
fn letters(
    dice: &mut Dice,
    intent: &Intent,
    buyer: Option<&str>,
    story: &[(Millis, PlatformStatus)],
    before: usize,
) -> Vec<Letter> {
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
        let bytes = bytes::Bytes::from(letter(intent, buyer, *at, status));
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

/// A status as a life-cycle message.
pub(super) fn letter(intent: &Intent, buyer: Option<&str>, at: Millis, status: &PlatformStatus) -> String {
    let at = Moment::from_millis(at).unwrap();
    let party = |role: &str| {
        let id = match role {
            "BY" => buyer,
            "SE" => intent.seller.as_deref(),
            _ => Some("0123"),
        };
        CdarParty { id: id.map(|id| ("0002".into(), id.into())), role: role.into(), ..CdarParty::default() }
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
pub fn spent(lot: &Lot, now: Millis) -> bool {
    lot.void && lot.story.last().is_some_and(|(at, _)| *at <= now)
}

pub struct YieldOnce(pub bool);

impl Future for YieldOnce {
    type Output = ();
    fn poll(mut self: std::pin::Pin<&mut Self>, _: &mut std::task::Context<'_>) -> std::task::Poll<()> {
        if std::mem::replace(&mut self.0, true) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    }
}
