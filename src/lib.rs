//! facteur reads invoices, judges them, delivers them, follows them, and turns each refusal into a billing problem.
//!
//! The rooms, from the ground up; a room imports only from its own floor or from floors below (`tests/tidy.rs` holds this).
#![forbid(unsafe_code)]

// Floor 0: tools that know nothing of invoices. No clock, no files, no network.
pub mod crypto; //    company keys and certificates: loaded, checked, signed with
pub mod day; //       a calendar day
pub mod decimal; //   amounts and their rounding
pub mod edifact; //   UN/EDIFACT: interchanges, messages and segments, read and written
pub mod html; //      an escaping writer of HTML
pub mod interchange; // what EDIFACT and X12 have in common: places, blanks
pub mod limits; //    every bound of the program
pub mod near; //      "did you mean"
pub mod pdf; //       what is embedded in a PDF
pub mod table; //     reads the tables of `schemas/`
pub mod text; //      a sentence in two languages
pub mod x12; //       ANSI X12: interchanges, sets and segments, read
pub mod xml; //       decoding, scanning, the element tree

// Floor 1: meaning. Still pure.
pub mod answers; //   CONTRL and APERAK for EDIFACT received
pub mod diff; //      two invoices compared, term by term
pub mod explain; //   every rule, term, code and status in words; the rule book
pub mod fix; //       corrections that cannot change what is owed
pub mod formats; //   bytes to invoice: detect, UBL, CII
pub mod invoice; //   the EN 16931 model: occurrences of terms, each with its place
pub mod lifecycle; // states of an outgoing invoice, statuses of platforms
pub mod problems; //  taxonomy, mapping to causes, the report's arithmetic
pub mod render; //    an invoice as readable HTML, findings pinned to its fields
pub mod report; //    what was judged, and how it is shown
pub mod rules; //     registry, predicate engine, packs, customer rules
pub mod signature; // seals: CAdES over the exact bytes
pub mod story; //     what happened, in words
pub mod validate; //  invoice and packs to report

// Floor 2: the world, durable and asynchronous.
#[cfg(feature = "world")]
pub mod platforms; // Chorus Pro and the sandbox
#[cfg(feature = "world")]
pub mod queue; //     the steps an invoice takes: judge, deliver, settle, follow
#[cfg(feature = "world")]
pub mod store; //     documents, events, invoices, problems on disk

// Floor 3: doors.
#[cfg(feature = "world")]
pub mod api;
#[cfg(feature = "world")]
pub mod commands;
#[cfg(feature = "world")]
pub mod daemon;
#[cfg(feature = "world")]
pub mod folder; //    watched folders
#[cfg(feature = "world")]
pub mod web; //       the page, in French and English

// Beside: what every floor above 1 may use.
#[cfg(feature = "world")]
pub mod clock;
#[cfg(feature = "world")]
pub mod config;
#[cfg(feature = "world")]
pub mod guard;
#[cfg(feature = "world")]
pub mod telemetry;
