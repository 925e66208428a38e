//! What is asked over the network: each platform, and the daemon itself.

use std::time::Duration;

use super::machine::readable_by_others;
use super::{Level, Line};
use crate::commands::remote::{Remote, RemoteArgs, Trouble};
use crate::config::{Config, PlatformConfig, PlatformKind, SecretSource};
use crate::daemon;
use crate::text::Lang;

/// Longest wait for one platform: its own patience is for sending.
const PATIENCE: Duration = Duration::from_secs(30);

/// Is each platform reachable, and does it know us?
pub async fn all(config: &Config) -> Vec<Line> {
    if config.platforms.is_empty() {
        return vec![Line::warn(
            "platform",
            "aucune plateforme configurée : les factures sont jugées, aucune ne part",
            "no platform is configured: invoices are judged, none leaves",
        )];
    }
    let mut lines = Vec::new();
    for platform in &config.platforms {
        lines.push(one(platform).await);
        lines.extend(directory(platform).await);
        lines.extend(notices(platform));
        lines.extend(secrets(platform).into_iter().filter_map(|path| readable_by_others("platform", path)));
    }
    if config.routes.default.is_none() && config.clients.folder.is_none() {
        lines.push(
            Line::warn(
                "platform",
                "rien ne dit quelle facture va à quelle plateforme",
                "nothing says which invoice goes to which platform",
            )
            .fix(
                "donner [routes] default, ou `route` dans les fichiers clients",
                "give [routes] default, or `route` in the customer files",
            ),
        );
    }
    lines
}

async fn one(config: &PlatformConfig) -> Line {
    let name = &config.name;
    let platform = match daemon::platform(config) {
        Ok(platform) => platform,
        Err(said) => return Line::fail("platform", format!("{name} : {}", said.fr), format!("{name}: {}", said.en)),
    };
    let why = match tokio::time::timeout(PATIENCE, platform.check()).await {
        Ok(Ok(())) => {
            return Line::ok(
                "platform",
                format!("{name} : joignable, et nous connaît"),
                format!("{name}: reachable, and knows us"),
            );
        }
        Ok(Err(why)) => why,
        Err(_) => format!("> {} s", PATIENCE.as_secs()),
    };
    let (fr, en) = match &config.kind {
        PlatformKind::ChorusPro(_) => (
            "vérifier le réseau, les adresses, les identifiants PISTE et le compte technique",
            "check the network, the addresses, the PISTE credentials and the technical account",
        ),
        PlatformKind::Afnor(_) => (
            "vérifier le réseau, les adresses (base_url, token_url), client_id, le secret, scope et organization_id",
            "check the network, the addresses (base_url, token_url), client_id, the secret, scope and organization_id",
        ),
    };
    Line::fail("platform", format!("{name} : {why}"), format!("{name}: {why}")).fix(fr, en)
}

/// Does its directory answer? One that does not holds no invoice back, and yet nobody is warned before sending.
async fn directory(config: &PlatformConfig) -> Option<Line> {
    let platform = daemon::platform(config).ok().filter(|_| config.directory.on)?;
    let name = &config.name;
    let why = match tokio::time::timeout(PATIENCE, platform.check_directory()).await {
        Ok(None) => return None,
        Ok(Some(Ok(()))) => {
            let (fr, en) = (format!("{name} : l'annuaire répond"), format!("{name}: the directory answers"));
            return Some(Line::ok("directory", fr, en));
        }
        Ok(Some(Err(why))) => why,
        Err(_) => format!("> {} s", PATIENCE.as_secs()),
    };
    let (fr, en) =
        (format!("{name} : l'annuaire ne répond pas : {why}"), format!("{name}: the directory does not answer: {why}"));
    Some(Line::warn("directory", fr, en).fix(
        "les factures partent sans que leur destinataire soit vérifié ; vérifier directory_url et les droits de l'application, ou directory = false",
        "invoices leave and their recipients are not checked; check directory_url and the rights of the application, or say directory = false",
    ))
}

/// Are its notices to be taken, and is there no key yet?
fn notices(config: &PlatformConfig) -> Option<Line> {
    let PlatformKind::Afnor(keys) = &config.kind else { return None };
    let source = keys.webhook_key.as_ref().filter(|source| source.is_absent())?;
    let name = &config.name;
    let (fr, en) = (
        format!("{name} : pas encore de clé pour ses avis ({source})"),
        format!("{name}: no key for its notices yet ({source})"),
    );
    let fix = format!("facteur webhook add --platform {name} --url https://…");
    Some(Line::warn("notices", fr, en).fix(format!("s'abonner : {fix}"), format!("subscribe: {fix}")))
}

/// Files that hold a platform's secrets.
fn secrets(config: &PlatformConfig) -> Vec<&std::path::Path> {
    let secrets = match &config.kind {
        PlatformKind::ChorusPro(keys) => vec![&keys.client_secret, &keys.account_password],
        PlatformKind::Afnor(keys) => std::iter::once(&keys.client_secret).chain(&keys.webhook_key).collect(),
    };
    secrets
        .into_iter()
        .filter_map(|source| if let SecretSource::File(path) = source { Some(path.as_path()) } else { None })
        .collect()
}

/// Is the daemon of this configuration running, and well?
pub async fn daemon(config: &Config) -> (Line, Option<String>) {
    let args = RemoteArgs { config: Some(config.file.clone()), ..RemoteArgs::default() };
    let asked = async {
        let remote = Remote::open(&args)?;
        Ok((remote.base(), remote.ready().await?))
    };
    let asked = asked.await;
    let tokens = asked.as_ref().ok().and_then(|(_, answer)| answer["tokens"].as_str()).map(str::to_owned);
    let line = match asked {
        Ok((at, answer)) if answer["ready"] == true => {
            let said =
                |what: &str| answer[what].as_str().filter(|said| *said != "ok").map(|said| format!("{what}: {said}"));
            let wrong: Vec<String> = ["clients", "partners"].into_iter().filter_map(said).collect();
            let line = Line::ok(
                "daemon",
                format!("{at} répond et prend des factures"),
                format!("{at} answers and takes invoices"),
            );
            if wrong.is_empty() {
                line
            } else {
                let wrong = wrong.join("; ");
                Line { level: Level::Warn, ..line }.fix(wrong.replace(": ", " : "), wrong)
            }
        }
        Ok((_, answer)) => {
            let store = answer["store"].as_str().unwrap_or("?");
            Line::fail(
                "daemon",
                format!("répond, mais ne prend rien (store : {store})"),
                format!("answers, but takes nothing (store: {store})"),
            )
        }
        Err(Trouble::NoDaemon { base, .. }) => {
            Line::warn("daemon", format!("ne tourne pas à {base}"), format!("is not running at {base}"))
                .fix("`facteur serve` pour le démarrer", "`facteur serve` starts it")
        }
        Err(Trouble::Setup(said)) => Line::warn("daemon", said.fr, said.en),
        Err(trouble) => Line::fail("daemon", trouble.say(Lang::Fr), trouble.say(Lang::En)),
    };
    (line, tokens)
}
