//! What lies on this machine: the store, the tokens, the clock.

use std::fs::{self, OpenOptions};
use std::path::Path;

use super::Line;
use crate::api::token::{Scope, TokenFile};
use crate::clock::{Clock as _, RealClock, day_of};
use crate::config::Config;
use crate::store::sqlite::Sqlite;
use crate::store::{AnswersOf, InvoiceFilter, Store as _};

/// Before facteur existed no clock can be right.
const FIRST_YEAR: i16 = 2026;
/// How far the store may be ahead of the clock, in milliseconds, before one of them is wrong.
const AHEAD: i64 = 60_000;

/// Is the store there, ours, and can it be written to? Opened for reading only: a daemon may be at work.
pub fn store(config: &Config) -> Vec<Line> {
    let path = &config.store.path;
    let shown = path.display();
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut lines = Vec::new();
    if !path.exists() {
        // The daemon makes missing folders: the nearest one that is there counts.
        let there = folder.ancestors().find(|folder| folder.is_dir()).unwrap_or(Path::new("."));
        lines.push(match probe(there) {
            Ok(()) => Line::ok(
                "store",
                format!("{shown} sera créé par `facteur serve`"),
                format!("{shown} will be made by `facteur serve`"),
            ),
            Err(e) => unwritable(there, &e),
        });
        return lines;
    }
    match Sqlite::open_for_reading(path) {
        Ok(store) => match store.counts() {
            Ok(counts) => {
                let invoices: u64 = counts.iter().map(|(_, count)| count).sum();
                lines.push(Line::ok(
                    "store",
                    format!("{shown}, factures : {invoices}"),
                    format!("{shown}, invoices: {invoices}"),
                ));
                lines.extend(unmatched(&store));
            }
            Err(e) => lines.push(broken(&e.to_string())),
        },
        Err(e) => lines.push(broken(&e.to_string())),
    }
    // Opened and not written to: that would be for the daemon alone.
    if let Err(e) = OpenOptions::new().write(true).open(path) {
        lines.push(unwritable(path, &e));
    }
    if let Err(e) = probe(folder) {
        lines.push(unwritable(folder, &e));
    }
    lines
}

/// Answers in EDIFACT that speak of no invoice: a rejection among them would be seen by nobody.
fn unmatched(store: &Sqlite) -> Option<Line> {
    const COUNTED: usize = 100;
    let found = store.edi_answers(&AnswersOf::List { unmatched: true, before: None, limit: COUNTED }).ok()?;
    let (count, newest) = (found.len(), found.first()?);
    let count = if count < COUNTED { count.to_string() } else { format!("≥ {COUNTED}") };
    let (id, kind) = (&newest.id, &newest.kind);
    let line = Line::warn(
        "answers",
        format!("{count} réponses EDIFACT ne parlent d'aucune facture connue ; la dernière : {id} ({kind})"),
        format!("{count} answers in EDIFACT speak of no invoice known here; the last one: {id} ({kind})"),
    );
    Some(line.fix(
        "« facteur status » les liste ; lire chacune (GET /v1/answers/ID/document, « facteur inspect »), chercher la facture d'où elle a été envoyée",
        "\"facteur status\" lists them; read each (GET /v1/answers/ID/document, \"facteur inspect\") and look for the invoice where it was sent from",
    ))
}

fn broken(why: &str) -> Line {
    Line::fail("store", format!("magasin de documents : {why}"), why.to_owned()).fix(
        "ne pas effacer le fichier : les factures y sont ; restaurer une sauvegarde ou corriger [store] path",
        "do not delete the file, it holds the invoices: restore a backup, or correct [store] path",
    )
}

fn unwritable(path: &Path, why: &std::io::Error) -> Line {
    let path = path.display();
    Line::fail("store", format!("{path} ne peut pas être écrit : {why}"), format!("{path} cannot be written to: {why}"))
        .fix(
            "donner le droit d'écrire au compte sous lequel facteur tourne (lancer doctor sous ce compte)",
            "let the account that facteur runs under write there (run doctor under that account)",
        )
}

/// Writes a file and takes it away again: rights and a full disk show.
pub fn probe(folder: &Path) -> std::io::Result<()> {
    let path = folder.join(format!(".facteur-doctor-{}", std::process::id()));
    let written = fs::write(&path, b"probe");
    let removed = fs::remove_file(&path);
    written.and(removed)
}

/// May anybody speak to the daemon, and may only those read what is secret? `running` is what a daemon that runs says of its tokens:
/// `off` where it asks for none.
pub fn tokens(config: &Config, running: Option<&str>) -> Vec<Line> {
    let server = &config.server;
    if server.open_on_loopback {
        return vec![Line::warn(
            "tokens",
            "aucun jeton n'est demandé sur cette machine (open_on_loopback) : tout programme local peut envoyer",
            "no token is asked for on this machine (open_on_loopback): any program here may send",
        )];
    }
    if running == Some("off") {
        return vec![Line::warn(
            "tokens",
            "le `facteur serve` en marche ne demande aucun jeton (--no-token) : tout programme local peut envoyer",
            "the `facteur serve` that runs asks for no token (--no-token): any program here may send",
        )];
    }
    let file = TokenFile::new(&server.tokens);
    let shown = server.tokens.display();
    let mut lines = match file.read() {
        // Nobody runs who could say whether there was one.
        Ok(_) if !server.tokens.exists() && config.store.path.exists() && running.is_none() => vec![
            Line::warn(
                "tokens",
                format!("{shown} n'est pas là : soit `facteur serve` a toujours tourné sans jeton (--no-token), soit le fichier a été déplacé"),
                format!("{shown} is not there: either `facteur serve` has always run without tokens (--no-token), or the file was moved"),
            )
            .fix(
                "s'il y en avait un, le remettre à sa place ; sinon le prochain `facteur serve` sans --no-token en crée un premier",
                "where there was one, put it back in its place; else the next `facteur serve` without --no-token makes a first one",
            ),
        ],
        Ok(_) if !server.tokens.exists() && config.store.path.exists() => vec![
            Line::fail(
                "tokens",
                format!("{shown} n'est plus là : un `facteur serve` en marche garde les jetons qu'il connaît ; au prochain démarrage aucun ne vaudra plus"),
                format!("{shown} is gone: a running `facteur serve` keeps the tokens it knows; at its next start none of them is good any more"),
            )
            .fix("remettre le fichier à sa place", "put the file back in its place"),
        ],
        Ok(tokens) if tokens.is_empty() && server.tokens.exists() => vec![
            Line::warn(
                "tokens",
                format!("{shown} : aucun jeton, personne n'entre"),
                format!("{shown}: no token, nobody gets in"),
            )
            .fix("en ajouter un : facteur token add", "add one: facteur token add"),
        ],
        Ok(tokens) if tokens.is_empty() => vec![Line::warn(
            "tokens",
            format!("{shown} : aucun jeton ; `facteur serve` en créera un premier"),
            format!("{shown}: no token yet; `facteur serve` will make a first one"),
        )],
        Ok(tokens) => {
            let senders = tokens.iter().filter(|token| token.allows(Scope::Write)).count();
            let (all, fr, en) = (tokens.len(), "dont peuvent envoyer", "of which may send");
            vec![Line::ok(
                "tokens",
                format!("{shown} : jetons {all}, {fr} {senders}"),
                format!("{shown}: tokens {all}, {en} {senders}"),
            )]
        }
        Err(e) => vec![Line::fail("tokens", format!("fichier des jetons : {e}"), e.to_string())],
    };
    lines
        .extend([&server.tokens, &server.token_file].into_iter().filter_map(|path| readable_by_others("tokens", path)));
    lines
}

/// A warning where a file that should be private can be read by other accounts.
#[cfg(unix)]
pub fn readable_by_others(check: &'static str, path: &Path) -> Option<Line> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(path).ok()?.permissions().mode() & 0o777;
    let shown = path.display();
    (mode & 0o077 != 0).then(|| {
        Line::warn(
            check,
            format!("{shown} peut être lu par d'autres comptes (mode {mode:03o})"),
            format!("{shown} can be read by other accounts (mode {mode:03o})"),
        )
        .fix(format!("chmod 600 {shown}"), format!("chmod 600 {shown}"))
    })
}

#[cfg(not(unix))]
pub fn readable_by_others(_: &'static str, _: &Path) -> Option<Line> {
    None
}

/// Is the clock right, as far as can be told from here? It dates what is kept, and judges late invoices.
pub fn clock(config: &Config) -> Line {
    let now = RealClock::default().now();
    let today = day_of(now);
    let set = |line: Line| line.fix("régler l'horloge de la machine (NTP)", "set the machine's clock (NTP)");
    if today.year() < FIRST_YEAR {
        return set(Line::fail("clock", format!("l'horloge dit {today}"), format!("the clock says {today}")));
    }
    let latest = Sqlite::open_for_reading(&config.store.path).ok().and_then(|store| {
        let newest = store.invoices(&InvoiceFilter { limit: 1, ..InvoiceFilter::default() }).ok()?;
        newest.first().map(|row| row.received_at)
    });
    match latest.filter(|latest| *latest > now.saturating_add(AHEAD)) {
        Some(latest) => {
            let day = day_of(latest);
            set(Line::fail(
                "clock",
                format!("l'horloge dit {today}, et le magasin a déjà reçu une facture le {day} : elle a reculé"),
                format!("the clock says {today}, and the store has an invoice received on {day}: it went back"),
            ))
        }
        None => Line::ok("clock", format!("{today} (UTC)"), format!("{today} (UTC)")),
    }
}
