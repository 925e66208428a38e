//! What is looked at when Prometheus asks: facts of the store, of folders, of the process. Written out beside what is counted.

use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};

use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use super::metrics::{Measure, registry};

/// The content type of [`Snapshot::text`].
pub const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// How things stand at one moment. Ages are in seconds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Snapshot {
    /// Invoices by state; every state is there.
    pub states: Vec<(&'static str, u64)>,
    /// Per lane (`judge`, or a platform's name): steps due now, and for how long the oldest has been.
    pub lanes: Vec<(String, u64, f64)>,
    /// Steps under way.
    pub leases: u64,
    /// For how long the oldest invoice in state `unknown` has been in doubt.
    pub unknown_age: f64,
    /// Open problems by category (`A` … `E`, `X`).
    pub problems: Vec<(String, u64)>,
    pub last_commit_failed: bool,
    pub client_faults: u64,
    pub partner_faults: u64,
    /// Bytes of request bodies held in memory.
    pub bodies: u64,
    pub folders: Vec<FolderNow>,
    /// The store could not be asked: what it tells is left out rather than wrong.
    pub store_silent: bool,
}

/// A watched folder.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FolderNow {
    pub name: String,
    /// It could be looked at, the last time it was tried.
    pub up: bool,
    /// Files that wait to be taken, and for how long the oldest has been seen.
    pub waiting: u64,
    pub oldest: f64,
    /// Files taken that have not come to their end.
    pub in_hand: u64,
    /// Entries that are left alone: links, pipes, devices.
    pub left: u64,
    /// Since the last look ended.
    pub looked: f64,
}

type ByOne<G = Gauge> = Family<[(&'static str, String); 1], G>;

impl Snapshot {
    /// Everything, counted and looked at, as OpenMetrics text.
    pub fn text(&self) -> String {
        let mut seen = Registry::with_prefix("facteur");
        if !self.store_silent {
            self.of_store(&mut seen);
        }
        self.of_folders(&mut seen);
        gauge(&mut seen, "store_up", "1 where the store answered this scrape", i64::from(!self.store_silent));
        gauge(&mut seen, "store_last_commit_failed", "1 until a commit passes", i64::from(self.last_commit_failed));
        gauge(&mut seen, "client_file_faults", "Customer files that are wrong", number(self.client_faults));
        gauge(&mut seen, "partner_file_faults", "Partner files that are wrong", number(self.partner_faults));
        let bodies: Gauge = Gauge::default();
        bodies.set(number(self.bodies));
        seen.register_with_unit("http_bodies", "Room held by request bodies and large documents", Unit::Bytes, bodies);
        let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        seen.register("build", "This program", version);
        let mut text = String::with_capacity(16 * 1024);
        // Writing to a string cannot fail.
        let _ = encode_registry(&mut text, registry());
        let _ = encode_registry(&mut text, &seen);
        let _ = encode_registry(&mut text, &process());
        let _ = encode_eof(&mut text);
        text
    }

    fn of_store(&self, to: &mut Registry) {
        let states: ByOne = Family::default();
        for (state, count) in &self.states {
            states.get_or_create(&[("state", (*state).to_owned())]).set(number(*count));
        }
        to.register("invoices", "Invoices by state", states);
        let (due, oldest): (ByOne, ByOne<Measure>) = Default::default();
        for (lane, count, age) in &self.lanes {
            due.get_or_create(&[("lane", lane.clone())]).set(number(*count));
            oldest.get_or_create(&[("lane", lane.clone())]).set(*age);
        }
        to.register("queue_due", "Steps due now, by lane", due);
        to.register_with_unit("queue_oldest_due", "How long the oldest of them has been due", Unit::Seconds, oldest);
        gauge(to, "queue_leases", "Steps under way", number(self.leases));
        let unknown = Measure::default();
        unknown.set(self.unknown_age);
        to.register_with_unit("unknown_oldest", "How long the oldest doubt has lasted", Unit::Seconds, unknown);
        let problems: ByOne = Family::default();
        for (category, count) in &self.problems {
            problems.get_or_create(&[("category", category.clone())]).set(number(*count));
        }
        to.register("problems_open", "Open billing problems by category", problems);
    }

    fn of_folders(&self, to: &mut Registry) {
        let [up, waiting, in_hand, left]: [ByOne; 4] = Default::default();
        let [oldest, looked]: [ByOne<Measure>; 2] = Default::default();
        for folder in &self.folders {
            let label = [("folder", folder.name.clone())];
            up.get_or_create(&label).set(i64::from(folder.up));
            waiting.get_or_create(&label).set(number(folder.waiting));
            in_hand.get_or_create(&label).set(number(folder.in_hand));
            left.get_or_create(&label).set(number(folder.left));
            oldest.get_or_create(&label).set(folder.oldest);
            looked.get_or_create(&label).set(folder.looked);
        }
        to.register("folder_up", "1 where the folder could be looked at", up);
        to.register("folder_waiting", "Files that wait to be taken", waiting);
        to.register("folder_in_hand", "Files taken that have not come to their end", in_hand);
        to.register("folder_left", "Links, pipes and devices, which are left alone", left);
        to.register_with_unit("folder_oldest_waiting", "How long the oldest has waited", Unit::Seconds, oldest);
        to.register_with_unit("folder_last_look", "Time since the last look ended", Unit::Seconds, looked);
    }
}

/// What Prometheus expects of every process, as far as this machine tells it.
fn process() -> Registry {
    let mut registry = Registry::with_prefix("process");
    let start = Measure::default();
    start.set(*STARTED);
    registry.register_with_unit("start_time", "When the process started, since 1970", Unit::Seconds, start);
    if let Some(bytes) = resident() {
        let memory: Gauge = Gauge::default();
        memory.set(number(bytes));
        registry.register_with_unit("resident_memory", "Memory held", Unit::Bytes, memory);
    }
    if let Ok(open) = std::fs::read_dir("/proc/self/fd") {
        gauge(&mut registry, "open_fds", "Open files", number(open.count() as u64));
    }
    registry
}

static STARTED: LazyLock<f64> =
    LazyLock::new(|| SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64()));

/// Remembers when the process started; called at the start of logging.
pub(super) fn started() {
    LazyLock::force(&STARTED);
}

fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok()?.checked_mul(1024)
}

fn gauge(to: &mut Registry, name: &str, help: &str, value: i64) {
    let gauge: Gauge = Gauge::default();
    gauge.set(value);
    to.register(name, help, gauge);
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_is_one_text_that_ends_as_it_must() {
        let snapshot = Snapshot {
            states: vec![("ready", 2)],
            lanes: vec![("judge".into(), 3, 1.5)],
            folders: vec![FolderNow { name: "erp".into(), up: true, waiting: 4, ..FolderNow::default() }],
            ..Snapshot::default()
        };
        let text = snapshot.text();
        for line in [
            "facteur_invoices{state=\"ready\"} 2",
            "facteur_queue_due{lane=\"judge\"} 3",
            "facteur_queue_oldest_due_seconds{lane=\"judge\"} 1.5",
            "facteur_folder_waiting{folder=\"erp\"} 4",
            "facteur_store_up 1",
            "# TYPE process_start_time_seconds gauge",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
        assert!(text.ends_with("# EOF\n") && text.matches("# EOF").count() == 1);
        let silent = Snapshot { store_silent: true, ..snapshot }.text();
        assert!(silent.contains("facteur_store_up 0") && !silent.contains("facteur_invoices{"));
    }
}
