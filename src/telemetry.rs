//! Logs: to standard error, as text or as one JSON object a line; what is logged is chosen by `FACTEUR_LOG`.
//!
//! Logs name invoices by id, rules by id and platforms by name. Never content of an invoice, never a secret.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

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

/// Starts logging. `level` holds where `FACTEUR_LOG` is not set, such as `info`. A second call changes nothing.
///
/// # Errors
/// `FACTEUR_LOG` is set to something that is no filter: what is wrong with it.
pub fn start(format: Format, level: &str) -> Result<(), String> {
    let filter = match std::env::var(FILTER) {
        Ok(text) if !text.trim().is_empty() => EnvFilter::try_new(&text).map_err(|e| format!("{FILTER}: {e}"))?,
        _ => EnvFilter::new(level),
    };
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A process that has a subscriber keeps it: the demo starts a daemon inside itself.
    let _ = match format {
        Format::Text => builder.with_ansi(std::io::stderr().is_terminal()).with_target(false).try_init(),
        Format::Json => builder.json().flatten_event(true).with_ansi(false).try_init(),
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
