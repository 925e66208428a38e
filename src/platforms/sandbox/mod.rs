//! A platform on loopback for tests, demonstrations and people: the shape of Chorus Pro over real sockets.
//!
//! It gives tokens, takes deposits, reads and judges them as the historical channel of Chorus Pro does, and can be told to
//! refuse, suspend, delay, fail, repeat itself or lose an answer ([`Script`]). What it holds is shown under `/sandbox/…`:
//! - `GET /sandbox/invoices`: every integrated invoice, how often its number was deposited, its statuses;
//! - `GET /sandbox/deposits`: every deposit and its end;
//! - `GET /sandbox/flows`: every flow of the accredited platform beside it (`/afnor-flow`, `/afnor-directory`);
//! - `GET /sandbox/notices`: every notice that was sent to a subscription (webhook), and how it was answered;
//! - `GET /sandbox/ledger`: every deposit and every status of both, in one order, as JSON lines;
//! - `POST /sandbox/behaviour`: one more [`Behaviour`], as JSON; `GET`: all of them, and how often each struck.
//!
//! It is no conformance test of Chorus Pro: it knows the answers that facteur and `chorus-api` need.

mod afnor;
mod behaviour;
mod complete;
mod cut;
mod directory;
mod door;
mod journal;
mod judge;
mod ledger;
mod look;
mod notices;
mod pages;
mod record;
mod script;
mod services;
mod world;

use std::future::Future;
use std::io;

use tokio::net::TcpListener;

pub use self::behaviour::{Action, Behaviour, Call};
pub use self::script::{Line, LineStatus, Script, Service, Structure};

/// Serves until `shutdown` ends, then finishes the calls that are under way and writes the ledger where the script wants it.
///
/// # Errors
/// The script cannot be followed, the state file or the ledger cannot be used, or the listener is open to other machines: the admin
/// pages ask for no password.
pub async fn serve(
    listener: TcpListener,
    script: Script,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let invalid = |why: String| io::Error::new(io::ErrorKind::InvalidInput, why);
    if !listener.local_addr()?.ip().is_loopback() {
        return Err(invalid("the sandbox listens on this machine only (127.0.0.1 or ::1)".into()));
    }
    script.check().map_err(invalid)?;
    let kept = script.ledger.clone();
    let app = door::App::new(world::World::open(script)?);
    let notices = tokio::spawn(notices::give(app.clone()));
    let service = door::router(app.clone()).into_make_service_with_connect_info::<cut::Cut>();
    let served = axum::serve(cut::Door(listener), service).with_graceful_shutdown(shutdown).await;
    notices.abort();
    served?;
    kept.map_or(Ok(()), |path| std::fs::write(path, ledger::lines(&app.world(), door::now())))
}

#[cfg(test)]
pub(crate) mod samples;

#[cfg(test)]
mod tests;
