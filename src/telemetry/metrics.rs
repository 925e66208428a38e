//! What is counted while facteur runs, for Prometheus: one process, one registry. What is a fact of the store or of a folder
//! is not counted here but looked at when asked ([`super::Snapshot`]).
//!
//! Labels are few and bounded by construction: routes as templates, names of the configuration, words of ours. Never a
//! customer, never a number, never what a caller wrote.

use std::borrow::Cow;
use std::sync::LazyLock;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric, Registry, Unit};

type Label = (&'static str, Cow<'static, str>);
type Counters<const N: usize> = Family<[Label; N], Counter>;
type Times<const N: usize> = Family<[Label; N], Histogram>;

/// Everything that is counted. Recording is one look-up and one atomic addition.
pub struct Metrics {
    requests: Counters<3>,
    request_seconds: Times<1>,
    requests_now: Gauge,
    accepted: Counters<2>,
    judged: Counters<1>,
    judging_seconds: Histogram,
    steps: Counters<2>,
    deposits: Counters<2>,
    calls: Counters<3>,
    call_seconds: Times<2>,
    circuits: Family<[Label; 1], Gauge>,
    commits: Counters<1>,
    commit_seconds: Histogram,
    commit_writes: Histogram,
    folder_files: Counters<2>,
    seal_days: Family<[Label; 1], Gauge>,
}

struct Kept {
    metrics: Metrics,
    registry: Registry,
}

static KEPT: LazyLock<Kept> = LazyLock::new(|| {
    let mut registry = Registry::with_prefix("facteur");
    let metrics = Metrics::new(&mut registry);
    Kept { metrics, registry }
});

/// The process's own metrics.
pub fn metrics() -> &'static Metrics {
    &KEPT.metrics
}

pub(super) fn registry() -> &'static Registry {
    &KEPT.registry
}

/// How a deposit ended, as its label says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Taken,
    Refused,
    NotSent,
    Unknown,
}

impl Outcome {
    const ALL: [Outcome; 4] = [Outcome::Taken, Outcome::Refused, Outcome::NotSent, Outcome::Unknown];

    const fn as_str(self) -> &'static str {
        match self {
            Outcome::Taken => "taken",
            Outcome::Refused => "refused",
            Outcome::NotSent => "not-sent",
            Outcome::Unknown => "unknown",
        }
    }
}

impl Metrics {
    fn new(registry: &mut Registry) -> Self {
        let metrics = Self {
            requests: Family::default(),
            request_seconds: times(),
            requests_now: Gauge::default(),
            accepted: Family::default(),
            judged: Family::default(),
            judging_seconds: seconds(),
            steps: Family::default(),
            deposits: Family::default(),
            calls: Family::default(),
            call_seconds: times(),
            circuits: Family::default(),
            commits: Family::default(),
            commit_seconds: seconds(),
            commit_writes: Histogram::new([1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0]),
            folder_files: Family::default(),
            seal_days: Family::default(),
        };
        metrics.register(registry);
        // What an alert watches is there from the start, at zero.
        for verdict in ["valid", "invalid", "not-judged"] {
            let _ = metrics.judged.get_or_create(&[of("verdict", verdict)]);
        }
        for result in ["ok", "failed"] {
            let _ = metrics.commits.get_or_create(&[of("result", result)]);
        }
        metrics
    }

    fn register(&self, to: &mut Registry) {
        let m = self;
        plain(to, "http_requests", "Requests answered, by route, method and status", &m.requests);
        timed(to, "http_request", "Time from a request's head to its answer, by route", &m.request_seconds);
        plain(to, "http_requests_now", "Requests being answered", &m.requests_now);
        plain(to, "documents_accepted", "Documents on disk, by door and whether they were known", &m.accepted);
        plain(to, "documents_judged", "Judgements kept, by verdict", &m.judged);
        timed(to, "judging", "Time to judge a document", &m.judging_seconds);
        plain(to, "queue_steps", "Steps of invoices, by step and result", &m.steps);
        plain(to, "deposits", "Deposits, by platform and outcome", &m.deposits);
        plain(to, "platform_calls", "Calls to platforms, by call and whether they answered", &m.calls);
        timed(to, "platform_call", "Time of calls to platforms", &m.call_seconds);
        plain(to, "platform_circuit_open", "1 while a silent platform is left alone", &m.circuits);
        plain(to, "store_commits", "Commits of the store", &m.commits);
        timed(to, "store_commit", "Time of a commit, until it is on disk", &m.commit_seconds);
        plain(to, "store_commit_writes", "Writes that shared one commit", &m.commit_writes);
        plain(to, "folder_files", "Files of watched folders that came to their end, by result", &m.folder_files);
        plain(to, "seal_days_left", "Days until the certificate of a seal ends", &m.seal_days);
    }

    /// A request begins; it is counted when it ends.
    pub fn request_begins(&self) {
        self.requests_now.inc();
    }

    /// A request was answered, or given up by its client before it was (no status). `route` is a template of ours.
    pub fn request_ended(&self, route: &str, method: &'static str, status: Option<u16>, took: Duration) {
        self.requests_now.dec();
        let status = status.map_or(Cow::Borrowed("none"), |status| status.to_string().into());
        let routes = [own("route", route)];
        self.request_seconds.get_or_create(&routes).observe(took.as_secs_f64());
        let [route] = routes;
        self.requests.get_or_create(&[route, of("method", method), ("status", status)]).inc();
    }

    /// A document is on disk. The door is what stands before the colon of its source.
    pub fn accepted(&self, source: &str, known: bool) {
        let door = match source.split(':').next() {
            Some("http") => "http",
            Some("folder") => "folder",
            Some("cli") => "cli",
            _ => "other",
        };
        self.accepted.get_or_create(&[of("door", door), of("known", if known { "yes" } else { "no" })]).inc();
    }

    /// A judgement was kept.
    pub fn judged(&self, verdict: &'static str) {
        self.judged.get_or_create(&[of("verdict", verdict)]).inc();
    }

    /// A document was judged, kept or not.
    pub fn judging(&self, took: Duration) {
        self.judging_seconds.observe(took.as_secs_f64());
    }

    /// A step of an invoice ended.
    pub fn step(&self, step: &'static str, result: &'static str) {
        self.steps.get_or_create(&[of("step", step), of("result", result)]).inc();
    }

    /// A platform is known: its counters are there from the start.
    pub fn platform(&self, platform: &str) {
        for outcome in Outcome::ALL {
            let _ = self.deposits.get_or_create(&[own("platform", platform), of("outcome", outcome.as_str())]);
        }
        self.circuit(platform, false);
    }

    /// A deposit ended.
    pub fn deposit(&self, platform: &str, outcome: Outcome) {
        self.deposits.get_or_create(&[own("platform", platform), of("outcome", outcome.as_str())]).inc();
    }

    /// A call to a platform (`deposit`, `search`, `follow`) ended.
    pub fn call(&self, platform: &str, call: &'static str, answered: bool, took: Duration) {
        let (platform, call) = (own("platform", platform), of("call", call));
        self.call_seconds.get_or_create(&[platform.clone(), call.clone()]).observe(took.as_secs_f64());
        let result = of("result", if answered { "answered" } else { "silent" });
        self.calls.get_or_create(&[platform, call, result]).inc();
    }

    /// Is a platform left alone for now?
    pub fn circuit(&self, platform: &str, open: bool) {
        self.circuits.get_or_create(&[own("platform", platform)]).set(open.into());
    }

    /// A commit of the store ended.
    pub fn commit(&self, writes: usize, fine: bool, took: Duration) {
        self.commit_seconds.observe(took.as_secs_f64());
        self.commit_writes.observe(writes as f64);
        self.commits.get_or_create(&[of("result", if fine { "ok" } else { "failed" })]).inc();
    }

    /// A folder is known: its counters are there from the start.
    pub fn folder(&self, folder: &str) {
        for result in ["done", "refused"] {
            let _ = self.folder_files.get_or_create(&[own("folder", folder), of("result", result)]);
        }
    }

    /// A file of a watched folder came to its end: `done` or `refused`.
    pub fn folder_file(&self, folder: &str, result: &'static str) {
        self.folder_files.get_or_create(&[own("folder", folder), of("result", result)]).inc();
    }

    /// How long the certificate of a seal lasts; below zero once it has ended.
    pub fn seal_days_left(&self, seal: &str, days: i64) {
        self.seal_days.get_or_create(&[own("seal", seal)]).set(days);
    }
}

const fn of(key: &'static str, value: &'static str) -> Label {
    (key, Cow::Borrowed(value))
}

fn own(key: &'static str, value: &str) -> Label {
    (key, Cow::Owned(value.to_owned()))
}

fn plain(to: &mut Registry, name: &str, help: &str, metric: &(impl Metric + Clone)) {
    to.register(name, help, metric.clone());
}

fn timed(to: &mut Registry, name: &str, help: &str, metric: &(impl Metric + Clone)) {
    to.register_with_unit(name, help, Unit::Seconds, metric.clone());
}

/// From half a millisecond to half a minute, each four times the one before.
fn seconds() -> Histogram {
    Histogram::new([0.0005, 0.002, 0.008, 0.032, 0.128, 0.512, 2.048, 8.192, 32.768])
}

fn times<const N: usize>() -> Times<N> {
    Family::new_with_constructor(seconds as fn() -> Histogram)
}

/// A gauge that holds any number.
pub(super) type Measure = Gauge<f64, AtomicU64>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_is_counted_under_bounded_labels() {
        let mut registry = Registry::with_prefix("facteur");
        let metrics = Metrics::new(&mut registry);
        metrics.accepted("folder:erp", false);
        metrics.accepted("folder:other", true);
        metrics.accepted("surprise", false);
        metrics.platform("p");
        metrics.deposit("p", Outcome::NotSent);
        metrics.request_begins();
        metrics.request_ended("/v1/invoices/{id}", "GET", Some(404), Duration::from_millis(3));
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
        for line in [
            "facteur_documents_accepted_total{door=\"folder\",known=\"no\"} 1",
            "facteur_documents_accepted_total{door=\"other\",known=\"no\"} 1",
            "facteur_documents_judged_total{verdict=\"not-judged\"} 0",
            "facteur_deposits_total{platform=\"p\",outcome=\"not-sent\"} 1",
            "facteur_deposits_total{platform=\"p\",outcome=\"taken\"} 0",
            "facteur_http_requests_total{route=\"/v1/invoices/{id}\",method=\"GET\",status=\"404\"} 1",
            "facteur_http_requests_now 0",
            "facteur_http_request_seconds_bucket{le=\"0.008\",route=\"/v1/invoices/{id}\"} 1",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
    }
}
