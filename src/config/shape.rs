//! The shape of `facteur.toml`: its sections, keys, defaults and what must agree between them.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use toml::de::DeTable;

use super::afnor::AfnorKeys;
use super::chorus::{ChorusKeys, is_for_trying};
use super::fault::Faults;
use super::folder;
use super::seal::Seal;
use super::section::Section;
use super::spelling::nearest;
use super::{
    Clients, Config, ConfigError, DirectoryKeys, Log, PlatformConfig, PlatformKind, Problems, Routes, Rules, Server,
    Store,
};
use crate::problems;
use crate::rules::client::SeverityRule;
use crate::telemetry::Format;
use crate::validate::Choice;

/// Where HTTP is served unless the file says otherwise.
const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8480);
/// Shortest wait that can be asked for.
const SHORTEST: Duration = Duration::from_millis(50);
/// How long idempotency keys are kept: longer than any queue of retries, a month's end included. And the least that can be asked
/// for: what repeats a call does so within the day.
const KEYS: Duration = Duration::from_secs(30 * 24 * 3600);
const KEYS_LEAST: Duration = Duration::from_secs(24 * 3600);

pub(super) fn read(file: &Path, text: &str) -> Result<Config, ConfigError> {
    let faults = Faults::new(text);
    let (table, broken) = DeTable::parse_recoverable(text);
    for error in &broken {
        let at = error.span().unwrap_or(0..0);
        faults.add(&at, format!("TOML illisible : {}", error.message()), format!("not TOML: {}", error.message()));
    }
    if !broken.is_empty() {
        return Err(faults.into_error(file));
    }
    let folder = file.parent().unwrap_or(Path::new(""));
    let config = Section::file(&table, folder, &faults).done(|root| sections(file, folder, root));
    if faults.any() { Err(faults.into_error(file)) } else { Ok(config) }
}

fn sections(file: &Path, folder: &Path, root: &Section<'_>) -> Config {
    let inner = |key| root.section(key);
    let server = inner("server").map(|s| s.done(|s| read_server(s, folder))).unwrap_or_else(|| server(folder));
    let store = inner("store").map(|s| s.done(|s| read_store(s, folder))).unwrap_or_else(|| store(folder));
    let rules = inner("rules").and_then(|s| s.done(read_packs));
    let clients = inner("clients").and_then(|s| s.done(|s| s.path("folder")));
    let partners = inner("partners").and_then(|s| s.done(|s| s.path("folder")));
    let (platforms, names) = read_platforms(file, root.sections("platform"));
    let folders = folder::read(root.sections("folder"), clients.as_deref(), partners.as_deref());
    let route = inner("routes").and_then(|s| s.done(|s| read_route(s, &names)));
    let owners = inner("problems").map(|s| s.done(read_owners)).unwrap_or_default();
    let seal = inner("seal").and_then(|s| s.done(Seal::read));
    let format = inner("log").and_then(|s| s.done(read_format)).unwrap_or_default();
    Config {
        file: file.to_owned(),
        server,
        store,
        rules: Rules { packs: rules },
        clients: Clients { folder: clients },
        partners,
        platforms,
        folders,
        routes: Routes { default: route },
        problems: Problems { owners },
        seal,
        log: Log { format },
    }
}

/// The server that no `[server]` changes.
fn server(folder: &Path) -> Server {
    Server {
        listen: LISTEN,
        tokens: folder.join("tokens.toml"),
        token_file: folder.join("token"),
        open_on_loopback: false,
        connections: 512,
        stop_within: Duration::from_secs(20),
        drain: Duration::ZERO,
        metrics_open: false,
    }
}

fn read_server(section: &Section<'_>, folder: &Path) -> Server {
    let mut server = server(folder);
    if let Some((text, at)) = section.string("listen") {
        match text.parse() {
            Ok(address) => server.listen = address,
            Err(_) => section.fault(
                &at,
                "`listen` : une adresse et un port sont attendus, comme \"127.0.0.1:8480\" ou \"[::1]:8480\"",
                "`listen`: an address and a port are expected, such as \"127.0.0.1:8480\" or \"[::1]:8480\"",
            ),
        }
    }
    server.tokens = section.path("tokens").unwrap_or(server.tokens);
    server.token_file = section.path("token_file").unwrap_or(server.token_file);
    if let Some((open, at)) = section.flag("open_on_loopback") {
        if open && !server.listen.ip().is_loopback() {
            section.fault(
                &at,
                "`open_on_loopback` n'est permis que si `listen` est une adresse de boucle locale",
                "`open_on_loopback` is allowed only where `listen` is a loopback address",
            );
        }
        server.open_on_loopback = open;
    }
    server.connections = section.number("connections", 1, 65_536).unwrap_or(server.connections);
    server.drain = section.duration("drain", Duration::ZERO).map_or(server.drain, |(long, _)| long);
    server.metrics_open = section.flag("metrics_open").map_or(server.metrics_open, |(open, _)| open);
    server.stop_within = section.duration("stop_within", SHORTEST).map_or(server.stop_within, |(long, _)| long);
    server
}

fn store(folder: &Path) -> Store {
    Store { path: folder.join("facteur.db"), idempotency_keys: KEYS }
}

fn read_store(section: &Section<'_>, folder: &Path) -> Store {
    let usual = store(folder);
    let keys = section.duration("idempotency_keys", KEYS_LEAST).map_or(usual.idempotency_keys, |(long, _)| long);
    Store { path: section.path("path").unwrap_or(usual.path), idempotency_keys: keys }
}

fn read_packs(section: &Section<'_>) -> Option<Vec<String>> {
    let packs = section.strings("packs")?;
    for (name, at) in &packs {
        if let Err(e) = Choice::parse(name) {
            section.fault(at, format!("`packs` : {e}"), format!("`packs`: {e}"));
        }
    }
    Some(packs.into_iter().map(|(pack, _)| pack).collect())
}

/// The platforms that could be read, and the names of all.
fn read_platforms(file: &Path, sections: Vec<Section<'_>>) -> (Vec<PlatformConfig>, Vec<String>) {
    let (mut found, mut names) = (Vec::new(), Vec::new());
    // As the report names it: where the file lies is nobody's business who reads one.
    let file = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy();
    for section in sections {
        found.extend(section.done(|section| read_platform(&file, section, &mut names)));
    }
    (found, names)
}

fn read_platform(file: &str, section: &Section<'_>, names: &mut Vec<String>) -> Option<PlatformConfig> {
    let name = section.required("name");
    let kind = section.required("kind");
    let poll = section.duration("poll", SHORTEST).map_or(Duration::from_secs(300), |(long, _)| long);
    let absence = section.duration("absence_proof", SHORTEST).map(|(long, _)| long);
    let concurrency = section.number("concurrency", 1, 256).unwrap_or(4);
    // Of a kind that is not known the keys are asked for as well, so that they are not told as unknown.
    let keys = match kind.as_ref().map(|(kind, _)| kind.as_str()) {
        Some("afnor") => AfnorKeys::read(section).map(PlatformKind::Afnor),
        _ => ChorusKeys::read(section).map(PlatformKind::ChorusPro),
    };
    let directory = read_directory(section, keys.as_ref());
    let platform = name.as_ref().map_or("?", |(name, _)| name);
    let mut severities = section.severities(file, platform);
    // What the file says of the rule itself stands behind, and so has the last word.
    let mut held = held_where_lossy(file, section, platform);
    held.extend(held_where_test(file, section, platform, keys.as_ref()));
    severities.splice(0..0, held);
    if let Some((_, at)) = kind.as_ref().filter(|(kind, _)| kind != "chorus-pro" && kind != "afnor") {
        section.fault(
            at,
            "`kind` : genre de plateforme inconnu ; connus : `chorus-pro`, `afnor`",
            "`kind`: unknown kind of platform; known: `chorus-pro`, `afnor`",
        );
    }
    let (name, at) = name?;
    if !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
        let (fr, en) =
            ("des minuscules, chiffres et tirets sont attendus", "lower-case letters, digits and hyphens are expected");
        section.fault(&at, format!("`name` : {fr}"), format!("`name`: {en}"));
    }
    if names.contains(&name) {
        let (fr, en) = ("deux plateformes portent le nom", "two platforms bear the name");
        section.fault(&at, format!("{fr} `{name}`"), format!("{en} `{name}`"));
    }
    names.push(name.clone());
    Some(PlatformConfig { name, kind: keys?, poll, absence_proof: absence, concurrency, directory, severities })
}

/// Of an accredited platform, only where its directory has an address.
fn read_directory(section: &Section<'_>, keys: Option<&PlatformKind>) -> DirectoryKeys {
    let said = section.flag("directory");
    let keep = section.duration("directory_keep", SHORTEST).map_or(Duration::from_secs(24 * 3600), |(long, _)| long);
    let refused = section.duration("directory_keep_refused", SHORTEST);
    let keep_refused = refused.map_or(Duration::from_secs(15 * 60).min(keep), |(long, _)| long);
    let without = matches!(keys, Some(PlatformKind::Afnor(keys)) if keys.directory_url.is_none());
    if let Some((true, at)) = said.as_ref().filter(|_| without) {
        section.fault(
            at,
            "`directory = true` demande `directory_url` : l'adresse de l'annuaire de la plateforme",
            "`directory = true` needs `directory_url`: where the platform's directory is",
        );
    }
    DirectoryKeys { on: said.is_none_or(|(on, _)| on) && !without, keep, keep_refused }
}

/// `lossy = "hold"`: what came in a syntax that is written anew, and does not go into it whole, is held as if it were invalid.
fn held_where_lossy(file: &str, section: &Section<'_>, platform: &str) -> Vec<Arc<SeverityRule>> {
    let Some((word, at)) = section.string("lossy") else { return Vec::new() };
    match word.as_str() {
        "send" => Vec::new(),
        "hold" => section.fatal(file, platform, &at, &crate::validate::NOT_CARRIED),
        _ => {
            let (fr, en) = ("`send` ou `hold` est attendu", "`send` or `hold` is expected");
            section.fault(&at, format!("`lossy` : {fr}"), format!("`lossy`: {en}"));
            Vec::new()
        }
    }
}

/// `test_interchanges`: nothing of an interchange that calls itself a test (UNB 0035, ISA15) is owed, so that it goes to no platform where invoices are,
/// unless that is said: a platform on this machine, or PISTE's own for trying, takes it.
fn held_where_test(
    file: &str,
    section: &Section<'_>,
    platform: &str,
    keys: Option<&PlatformKind>,
) -> Vec<Arc<SeverityRule>> {
    let said = section.string("test_interchanges");
    let hold = match said.as_ref().map(|(word, _)| word.as_str()) {
        None => keys.is_some_and(|keys| !is_for_trying(keys.base_url())),
        Some("send") => false,
        Some("hold") => true,
        Some(_) => {
            let (fr, en) = ("`hold` ou `send` est attendu", "`hold` or `send` is expected");
            let at = said.as_ref().map_or(section.at(), |(_, at)| at.clone());
            section.fault(&at, format!("`test_interchanges` : {fr}"), format!("`test_interchanges`: {en}"));
            false
        }
    };
    let at = said.map_or(section.at(), |(_, at)| at);
    if hold { section.fatal(file, platform, &at, &crate::validate::TESTS) } else { Vec::new() }
}

fn read_route(section: &Section<'_>, platforms: &[String]) -> Option<String> {
    let (name, at) = section.string("default")?;
    if !platforms.contains(&name) {
        let (mut fr, mut en) = (format!("aucune plateforme `{name}`"), format!("no platform `{name}`"));
        if let Some(meant) = nearest(&name, platforms.iter().map(String::as_str)) {
            fr += &format!(" ; vouliez-vous dire `{meant}` ?");
            en += &format!("; did you mean `{meant}`?");
        }
        section.fault(&at, fr, en);
    }
    Some(name)
}

/// Keys are causes, values people.
fn read_owners(section: &Section<'_>) -> BTreeMap<String, String> {
    let mut owners = BTreeMap::new();
    for (cause, at, owner) in section.all_strings() {
        if is_cause(&cause) {
            owners.insert(cause, owner);
            continue;
        }
        section.fault(
            &at,
            format!("`{cause}` n'est ni une catégorie (A) ni une sous-cause (A2) de problème"),
            format!("`{cause}` is neither a category (A) nor a sub-cause (A2) of problems"),
        );
    }
    owners
}

fn is_cause(id: &str) -> bool {
    problems::category(id).is_some() || problems::cause(id).is_some()
}

fn read_format(section: &Section<'_>) -> Option<Format> {
    let (text, at) = section.string("format")?;
    let format = Format::parse(&text);
    if format.is_none() {
        section.fault(&at, "`format` : `text` ou `json` est attendu", "`format`: `text` or `json` is expected");
    }
    format
}
