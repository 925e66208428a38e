//! Logs: to standard error, as text or as one JSON object a line; what is logged is chosen by `FACTEUR_LOG`. And metrics.
//!
//! Logs name invoices by id, rules by id and platforms by name. Never content of an invoice, never a secret, never a file name:
//! those are often made of customers' names. The fields that lines bear are listed in docs/observability.md.

mod metrics;
mod snapshot;

use std::io::IsTerminal;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::{FilterExt as _, filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer, fmt};

pub use metrics::{Metrics, Outcome, metrics};
pub use snapshot::{FolderNow, OPEN_METRICS, Snapshot};

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    #[default]
    Text,
    Json,
}

impl Format {
    /// `text` or `json`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "text" => Some(Format::Text),
            "json" => Some(Format::Json),
            _ => None,
        }
    }
}

/// The environment variable that holds the filter, such as `info` or `facteur::queue=debug`.
pub const FILTER: &str = "FACTEUR_LOG";

/// What crates below facteur may tell at most. On finer levels they tell what they carry (headers, pieces of bodies, names
/// of peers), whatever the filter asks for.
const FOREIGN: LevelFilter = LevelFilter::INFO;

/// Starts logging. `level` holds where `FACTEUR_LOG` is not set, such as `info`. A second call changes nothing.
///
/// # Errors
/// `FACTEUR_LOG` is set to something that is no filter: what is wrong with it.
pub fn start(format: Format, level: &str) -> Result<(), String> {
    snapshot::started();
    let filter = match std::env::var(FILTER) {
        Ok(text) if !text.trim().is_empty() => EnvFilter::try_new(&text).map_err(|e| format!("{FILTER}: {e}"))?,
        _ => EnvFilter::new(level),
    };
    let ours = |target: &str| target == "facteur" || target.starts_with("facteur::");
    let filter = filter.and(filter_fn(move |meta| ours(meta.target()) || *meta.level() <= FOREIGN));
    let lines = fmt::layer().with_writer(std::io::stderr);
    // A process that has a subscriber keeps it: the demo starts a daemon inside itself.
    let _ = match format {
        Format::Text => {
            let lines = lines.with_ansi(std::io::stderr().is_terminal()).with_target(false);
            tracing_subscriber::registry().with(lines.with_filter(filter)).try_init()
        }
        Format::Json => {
            let lines = lines.json().flatten_event(true).with_span_list(false).with_ansi(false);
            tracing_subscriber::registry().with(lines.with_filter(filter)).try_init()
        }
    };
    Ok(())
}

/// Tells panics by their place alone: what they say could quote an invoice.
pub fn hush_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(String::new, ToString::to_string);
        tracing::error!(place, "a fault of facteur's own; please report it");
    }));
}
