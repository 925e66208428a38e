//! All that the sandbox remembers: deposits, invoices and their histories, and which faults have struck.
//!
//! Time is a parameter, and nothing happens in the background: a deposit carries its whole future from the start, and an
//! answer shows what of it has come to pass.

use std::collections::HashMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use tokio::sync::Notify;

use super::afnor::{self, Flow, Hook, Notice, Owed, Subscribers};
use super::behaviour::{Action, Behaviour, Call};
use super::journal::{Journal, Record};
use super::judge::{Judgement, judge};
use super::look::Look;
use super::notices::Tried;
use super::record::{Deposit, Invoice, Millis, Step};
use super::script::{Line, Script};

/// `identifiantFactureCPP` of the first invoice.
const FIRST_ID: u64 = 1_000_001;
/// `pieceJointeId` of the first document.
const FIRST_FILE: u64 = 500_001;
/// What documents make of a suspended invoice.
const COMPLETED: &str = "COMPLETEE";
/// Questions to directories remembered at most.
const LOOKUPS: usize = 100_000;

/// A file as it came with `deposer/flux`.
pub(super) struct Incoming {
    pub file_name: String,
    pub syntax: String,
    pub bytes: Vec<u8>,
    pub look: Look,
}

pub(super) struct World {
    script: Script,
    /// The behaviours, of the script and added, each with how often it struck.
    behaviours: Vec<(Behaviour, u32)>,
    deposits: Vec<Deposit>,
    invoices: Vec<Invoice>,
    by_flow: HashMap<String, usize>,
    by_number: HashMap<String, Vec<usize>>,
    /// Those of the accredited platform.
    flows: Vec<Flow>,
    /// How many documents were uploaded.
    files: u64,
    /// What directories were asked.
    lookups: Vec<String>,
    /// Those who are given notice of what happens to flows.
    subscribers: Subscribers,
    journal: Option<Journal>,
}

/// What strikes a call.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Faults {
    /// Instead of acting: the first of these.
    pub before: Option<Behaviour>,
    pub delay_ms: u64,
    pub garble: bool,
    pub lose: bool,
}

impl World {
    /// Notes that a directory was asked.
    pub fn looked(&mut self, names: &[String]) {
        if self.lookups.len() < LOOKUPS {
            self.lookups.push(names.join(" "));
        }
    }

    pub fn lookups(&self) -> &[String] {
        &self.lookups
    }

    /// Another status of a line, or another line.
    pub fn set_line(&mut self, line: Line) {
        self.script.line.retain(|known| known.address != line.address);
        self.script.line.push(line);
    }

    /// # Errors
    /// The state file cannot be read, understood or written.
    pub fn open(script: Script) -> std::io::Result<Self> {
        let mut world = Self {
            behaviours: script.behaviour.iter().cloned().map(|b| (b, 0)).collect(),
            deposits: Vec::new(),
            invoices: Vec::new(),
            by_flow: HashMap::new(),
            by_number: HashMap::new(),
            flows: Vec::new(),
            files: 0,
            lookups: Vec::new(),
            subscribers: Subscribers::default(),
            journal: None,
            script,
        };
        if let Some(path) = world.script.state_file.clone() {
            let (journal, records) = Journal::open(&path)?;
            records.into_iter().for_each(|record| world.apply(record));
            world.journal = Some(journal);
        }
        Ok(world)
    }

    pub fn script(&self) -> &Script {
        &self.script
    }

    pub fn deposits(&self) -> &[Deposit] {
        &self.deposits
    }

    pub fn deposit_of(&self, flow: &str) -> Option<&Deposit> {
        self.by_flow.get(flow).map(|i| &self.deposits[*i])
    }

    /// Invoices that can be found now.
    pub fn invoices(&self, now: Millis) -> impl Iterator<Item = &Invoice> {
        self.invoices.iter().filter(move |invoice| invoice.since <= now)
    }

    pub fn invoices_numbered(&self, number: &str, now: Millis) -> impl Iterator<Item = &Invoice> {
        let rows = self.by_number.get(number).map(Vec::as_slice).unwrap_or_default();
        rows.iter().map(|i| &self.invoices[*i]).filter(move |invoice| invoice.since <= now)
    }

    pub fn invoice(&self, id: u64, now: Millis) -> Option<&Invoice> {
        let index = usize::try_from(id.checked_sub(FIRST_ID)?).ok()?;
        self.invoices.get(index).filter(|invoice| invoice.since <= now)
    }

    /// The faults that strike a call about something known under these names; each counts as having struck.
    ///
    /// # Errors
    /// The state file cannot be written.
    pub fn strike(&mut self, call: Call, names: &[String]) -> std::io::Result<Faults> {
        let due = |(behaviour, struck): &(Behaviour, u32)| {
            behaviour.call.unwrap_or(Call::Deposit) == call
                && behaviour.limit().is_none_or(|limit| *struck < limit)
                && behaviour.strikes(names)
        };
        let due: Vec<usize> = (0..self.behaviours.len()).filter(|i| due(&self.behaviours[*i])).collect();
        let action = |world: &Self, i: usize| world.behaviours[i].0.action;
        // Where nothing is acted upon, what would strike afterwards waits for the next call.
        let before = |i: &&usize| {
            matches!(action(self, **i), Action::DropBefore | Action::Fail | Action::CodeRetour | Action::ExpireToken)
        };
        if let Some(i) = due.iter().find(before).copied() {
            self.struck(i)?;
            return Ok(Faults { before: Some(self.behaviours[i].0.clone()), ..Faults::default() });
        }
        let mut faults = Faults::default();
        for i in due {
            match action(self, i) {
                Action::Delay => {
                    faults.delay_ms = faults.delay_ms.saturating_add(self.behaviours[i].0.ms.unwrap_or(1000))
                }
                Action::Garble => faults.garble = true,
                Action::LoseAnswer => faults.lose = true,
                _ => continue,
            }
            self.struck(i)?;
        }
        Ok(faults)
    }

    /// Takes a file, judges it and plans everything that follows; the number of the flow.
    ///
    /// # Errors
    /// The state file cannot be written: nothing was taken.
    pub fn deposit(&mut self, incoming: &Incoming, now: Millis) -> std::io::Result<String> {
        let look = &incoming.look;
        let names: Vec<String> = look.number.iter().cloned().chain([incoming.file_name.clone()]).collect();
        let flow = format!("CPP{:022}", self.deposits.len() + 1);
        let mut due = now.saturating_add_unsigned(self.script.processing_ms);
        let mut incident = false;
        for i in 0..self.behaviours.len() {
            let (behaviour, struck) = &self.behaviours[i];
            if behaviour.limit().is_some_and(|limit| *struck >= limit) || !behaviour.strikes(&names) {
                continue;
            }
            match behaviour.action {
                Action::Hold => due = due.saturating_add_unsigned(behaviour.ms.unwrap_or(1000)),
                Action::Incident => incident = true,
                _ => continue,
            }
            self.struck(i)?;
        }
        let judgement = judge(look, &incoming.syntax, &incoming.file_name, &self.script, self.taken(look));
        let mut deposit = Deposit {
            flow: flow.clone(),
            at: now,
            due,
            file_name: incoming.file_name.clone(),
            syntax: incoming.syntax.clone(),
            sha256: Sha256::digest(&incoming.bytes).iter().map(|b| format!("{b:02x}")).collect(),
            number: look.number.clone(),
            seller: look.seller_siret.clone().or_else(|| look.seller_siren.clone()),
            buyer: look.buyer_siret.clone(),
            end: "IN_INTEGRE".into(),
            technical: Vec::new(),
            payment: None,
        };
        let mut invoice = None;
        match judgement {
            _ if incident => deposit.end = "IN_INCIDENTE".into(),
            Judgement::Rejected { technical, payment } => {
                deposit.end = "IN_REJETE".into();
                deposit.technical = technical;
                deposit.payment = payment;
            }
            Judgement::Integrated { refusal } => invoice = Some(self.plan(look, &deposit, refusal)),
        }
        self.keep(Record::Deposit { deposit: Box::new(deposit), invoice: invoice.map(Box::new) })?;
        Ok(flow)
    }

    /// Takes a document in; its number.
    ///
    /// # Errors
    /// The state file cannot be written.
    pub fn upload(&mut self, name: &str, bytes: usize) -> std::io::Result<u64> {
        self.keep(Record::File { name: name.to_owned(), bytes })?;
        Ok(FIRST_FILE + self.files - 1)
    }

    pub fn has_file(&self, id: u64) -> bool {
        (FIRST_FILE..FIRST_FILE + self.files).contains(&id)
    }

    /// Documents complete an invoice.
    ///
    /// # Errors
    /// The state file cannot be written.
    pub fn complete(&mut self, id: u64, files: usize, comment: Option<&str>, at: Millis) -> std::io::Result<()> {
        self.keep(Record::Completed { id, files, comment: comment.map(str::to_owned), at })
    }

    /// Everything at the accredited platform, seen or to come.
    pub fn flows(&self) -> &[Flow] {
        &self.flows
    }

    /// The behaviours that befall what is known under these names, each counted where it strikes so many times.
    ///
    /// # Errors
    /// The state file cannot be written.
    pub fn befalling(&mut self, names: &[String]) -> std::io::Result<Vec<Behaviour>> {
        let limited = |behaviour: &Behaviour| behaviour.action == Action::Hold;
        let due = |(behaviour, struck): &(Behaviour, u32)| {
            let spent = limited(behaviour) && behaviour.limit().is_some_and(|limit| *struck >= limit);
            behaviour.strikes(names) && !spent
        };
        let due: Vec<usize> = (0..self.behaviours.len()).filter(|i| due(&self.behaviours[*i])).collect();
        let found: Vec<Behaviour> = due.iter().map(|i| self.behaviours[*i].0.clone()).collect();
        for i in due {
            if limited(&self.behaviours[i].0) {
                self.struck(i)?;
            }
        }
        Ok(found)
    }

    /// The behaviours, of the script and added, each with how often it struck.
    pub fn behaviours(&self) -> &[(Behaviour, u32)] {
        &self.behaviours
    }

    /// All behaviours that are about what is known under these names, spent or not.
    pub fn behaviours_of(&self, names: &[String]) -> Vec<Behaviour> {
        let all = self.behaviours.iter().map(|(behaviour, _)| behaviour);
        all.filter(|behaviour| behaviour.strikes(names)).cloned().collect()
    }

    /// Keeps flows, numbered in their order; the id of the first.
    ///
    /// # Errors
    /// The state file cannot be written: none is kept.
    pub fn keep_flows(&mut self, flows: Vec<Flow>) -> std::io::Result<String> {
        let first = Flow::id_of(self.flows.len() as u64 + 1);
        self.keep(Record::Flows { flows })?;
        Ok(first)
    }

    pub fn hooks(&self) -> &[Hook] {
        self.subscribers.hooks()
    }

    /// Takes a subscription; it has its id from here.
    ///
    /// # Errors
    /// The state file cannot be written.
    pub fn subscribe(&mut self, mut hook: Hook) -> std::io::Result<Hook> {
        hook.id = self.subscribers.next_id();
        self.keep(Record::Subscribed { hook: Box::new(hook.clone()) })?;
        Ok(hook)
    }

    /// Ends a subscription; false where there is none.
    ///
    /// # Errors
    /// The state file cannot be written.
    pub fn unsubscribe(&mut self, id: &str) -> std::io::Result<bool> {
        if !self.hooks().iter().any(|hook| hook.id == id) {
            return Ok(false);
        }
        self.keep(Record::Unsubscribed { id: id.to_owned() })?;
        Ok(true)
    }

    /// Told whenever something may be owed to subscribers that was not before.
    pub fn changed(&self) -> Arc<Notify> {
        self.subscribers.changed.clone()
    }

    /// The notices that are due, and when one more is; by this machine's clock, as `now` is.
    pub fn owed(&self, now: Millis) -> (Vec<Owed>, Option<Millis>) {
        let skew = self.script.clock_skew_ms;
        let (due, next) = self.subscribers.owed(&self.flows, now.saturating_add(skew));
        (due, next.map(|at| at.saturating_sub(skew)))
    }

    /// A notice as it is sent, the flow that it is of, and the names under which faults strike it.
    pub fn notice(&self, owed: &Owed, now: Millis) -> Option<(Notice, String, Vec<String>)> {
        let hook = self.hooks().iter().find(|hook| hook.id == owed.hook)?;
        let flow = self.flows.iter().find(|flow| flow.nth == owed.flow)?;
        let there = now.saturating_add(self.script.clock_skew_ms);
        Some((hook.notice(flow, there), flow.id.clone(), flow.names()))
    }

    /// A notice is told, or given up.
    ///
    /// # Errors
    /// The state file cannot be written.
    pub fn noticed(&mut self, owed: Owed) -> std::io::Result<()> {
        self.keep(Record::Noticed { hook: owed.hook, flow: owed.flow, at: owed.at })
    }

    pub fn tried(&mut self, tried: Tried) {
        self.subscribers.tried(tried);
    }

    pub fn tries(&self) -> &[Tried] {
        self.subscribers.tries()
    }

    /// Adds a behaviour. One that stands for statuses strikes the invoices that are here as well.
    ///
    /// # Errors
    /// The state file cannot be written.
    pub fn add(&mut self, behaviour: Behaviour, now: Millis) -> std::io::Result<()> {
        self.keep(Record::Added { behaviour: Box::new(behaviour), at: now })
    }

    /// The same seller, number and year: Chorus Pro's key of an invoice.
    fn taken(&self, look: &Look) -> bool {
        let (Some(number), Some(siren)) = (&look.number, &look.seller_siren) else { return false };
        let year = |date: &Option<String>| date.as_deref().and_then(|d| d.get(..4)).map(str::to_owned);
        self.by_number
            .get(number)
            .into_iter()
            .flatten()
            .map(|i| &self.invoices[*i])
            .any(|invoice| invoice.seller_siren == *siren && year(&invoice.issued) == year(&look.issued))
    }

    fn plan(&self, look: &Look, deposit: &Deposit, refusal: Option<String>) -> Invoice {
        let mut invoice = Invoice {
            id: FIRST_ID + self.invoices.len() as u64,
            flow: deposit.flow.clone(),
            file_name: deposit.file_name.clone(),
            sha256: deposit.sha256.clone(),
            number: look.number.clone().unwrap_or_default(),
            seller: deposit.seller.clone().unwrap_or_default(),
            seller_siren: look.seller_siren.clone().unwrap_or_default(),
            buyer: look.buyer_siret.clone(),
            issued: look.issued.clone(),
            credit: look.credit,
            currency: look.currency.clone(),
            total: look.total.clone(),
            payable: look.payable.clone(),
            since: deposit.due,
            history: Vec::new(),
            repeat: false,
            reorder: false,
        };
        self.push(&mut invoice, "DEPOSEE", None, false, deposit.due);
        match refusal {
            Some(comment) => self.push(&mut invoice, "REJETEE", Some(comment), false, deposit.due),
            None => {
                self.push(&mut invoice, "MISE_A_DISPOSITION", None, false, deposit.due);
                for (behaviour, _) in &self.behaviours {
                    self.befall(&mut invoice, behaviour, deposit.due);
                }
            }
        }
        invoice
    }

    /// Lets a behaviour befall an invoice, where it is one that does.
    fn befall(&self, invoice: &mut Invoice, behaviour: &Behaviour, now: Millis) {
        if !behaviour.strikes(&invoice.names()) {
            return;
        }
        match behaviour.action {
            Action::Repeat => invoice.repeat = true,
            Action::Reorder => invoice.reorder = true,
            action if !action.statuses().is_empty() => {
                let usual = action.statuses().iter().map(|s| (*s).to_owned()).collect();
                let codes: Vec<String> = behaviour.statuses.clone().unwrap_or(usual);
                let said: Vec<&str> =
                    [&behaviour.motive, &behaviour.comment].into_iter().flatten().map(String::as_str).collect();
                let comment = (!said.is_empty()).then(|| said.join(" : "));
                for (i, code) in codes.iter().enumerate() {
                    let comment = comment.clone().filter(|_| i + 1 == codes.len());
                    self.push(invoice, code, comment, true, now);
                }
            }
            _ => {}
        }
    }

    /// Plans a status one step after the last one, and not before `now`.
    fn push(&self, invoice: &mut Invoice, code: &str, comment: Option<String>, by_buyer: bool, now: Millis) {
        let next = invoice.history.last().map_or(now, |step| step.at.saturating_add_unsigned(self.script.step_ms));
        invoice.history.push(Step {
            id: invoice.id * 100 + invoice.history.len() as u64,
            at: next.max(now),
            code: code.to_owned(),
            comment,
            by_buyer,
        });
    }

    fn struck(&mut self, index: usize) -> std::io::Result<()> {
        self.keep(Record::Struck { index })
    }

    /// On disk first, then true.
    fn keep(&mut self, record: Record) -> std::io::Result<()> {
        if let Some(journal) = &mut self.journal {
            journal.append(&record)?;
        }
        self.apply(record);
        Ok(())
    }

    fn apply(&mut self, record: Record) {
        match record {
            Record::Deposit { deposit, invoice } => {
                self.by_flow.insert(deposit.flow.clone(), self.deposits.len());
                self.deposits.push(*deposit);
                if let Some(invoice) = invoice {
                    self.by_number.entry(invoice.number.clone()).or_default().push(self.invoices.len());
                    self.invoices.push(*invoice);
                }
            }
            Record::File { .. } => self.files += 1,
            Record::Completed { id, comment, at, .. } => self.completed(id, comment, at),
            Record::Flows { flows } => self.number(flows),
            Record::Subscribed { hook } => self.subscribers.add(*hook),
            Record::Unsubscribed { id } => self.subscribers.end(&id),
            Record::Noticed { hook, flow, at } => self.subscribers.told(Owed { hook, flow, at }),
            Record::Struck { index } => {
                if let Some((_, struck)) = self.behaviours.get_mut(index) {
                    *struck += 1;
                }
            }
            Record::Added { behaviour, at } => {
                let mut invoices = std::mem::take(&mut self.invoices);
                for invoice in &mut invoices {
                    self.befall(invoice, &behaviour, at);
                }
                self.invoices = invoices;
                self.number(afnor::befall_all(&self.flows, &behaviour, at, &self.script));
                self.behaviours.push((*behaviour, 0));
            }
        }
    }

    /// Completed, and then whatever its buyer does: as the behaviour that suspended it says, or he accepts it.
    fn completed(&mut self, id: u64, comment: Option<String>, at: Millis) {
        let index = id.checked_sub(FIRST_ID).and_then(|index| usize::try_from(index).ok());
        let Some(mut invoice) = index.and_then(|index| self.invoices.get(index)).cloned() else { return };
        let asks = |one: &&Behaviour| matches!(one.action, Action::Suspend | Action::Dispute);
        let nth = invoice.history.iter().filter(|step| step.code == COMPLETED).count();
        let asked = self.behaviours_of(&invoice.names()).iter().filter(asks).nth(nth).cloned();
        self.push(&mut invoice, COMPLETED, comment, false, at);
        if let Some(asked) = asked {
            let then = Behaviour::new(asked.matches.clone(), asked.then.unwrap_or(Action::Accept));
            self.befall(&mut invoice, &then, at);
        }
        if let Some(kept) = index.and_then(|index| self.invoices.get_mut(index)) {
            *kept = invoice;
        }
    }

    fn number(&mut self, flows: Vec<Flow>) {
        for flow in flows {
            let nth = self.flows.len() as u64 + 1;
            self.flows.push(Flow { id: Flow::id_of(nth), nth, ..flow });
        }
        self.subscribers.changed.notify_one();
    }
}
