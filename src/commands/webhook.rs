//! `facteur webhook`: has an accredited platform give notice of what it has, so that it is fetched at once.
//!
//! It speaks to the platform itself, as `doctor` does, and writes the key that comes with a subscription to where the daemon reads it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use super::{out, show, words};
use crate::api::token::write_private;
use crate::config::{self, AfnorKeys, Config, PlatformConfig, PlatformKind, SecretSource};
use crate::daemon;
use crate::platforms::afnor::{Afnor, Direction, Hook, NotMade, Subscription, callback};
use crate::story::sentences;
use crate::text::{Lang, Text};

const KEY_BYTES: usize = 32;

#[derive(Debug, Args)]
pub struct WebhookArgs {
    /// The configuration; else `$FACTEUR_CONFIG`, `./facteur.toml`, `/etc/facteur/facteur.toml`
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// The platform, by its name in the configuration; may be left out where one accredited platform alone is there
    #[arg(long, value_name = "NAME", global = true)]
    platform: Option<String>,
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Subscribe, and keep the key; where that is done already, nothing changes
    Add {
        /// Where the platform reaches facteur, such as `https://factures.example`; `/v1/notices/NAME` is added
        #[arg(long, value_name = "URL")]
        url: String,
    },
    /// List the subscriptions of this account
    List {
        /// `text` for people, `json` for programs
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
    },
    /// End subscriptions; one that is not there is ended
    End {
        /// Their ids, as `list` tells them
        #[arg(value_name = "ID", required_unless_present = "url")]
        ids: Vec<String>,
        /// All that lead here, as `add` was given it
        #[arg(long, value_name = "URL", conflicts_with = "ids")]
        url: Option<String>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Why it was not done, and with which exit status that ends.
struct Sorry(u8, Text);

type Done<T> = Result<T, Sorry>;

pub fn run(args: &WebhookArgs, lang: Lang) -> ExitCode {
    let config = match Config::load(&config::find(args.config.as_deref())) {
        Ok(config) => config,
        Err(error) => return show::fail(&error.show(lang)),
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => return show::fail(&e.to_string()),
    };
    match runtime.block_on(done(args, &config, lang)) {
        Ok(text) => out::document(&text),
        Err(Sorry(status, text)) => {
            show::tell(text.get(lang));
            ExitCode::from(status)
        }
    }
}

async fn done(args: &WebhookArgs, config: &Config, lang: Lang) -> Done<String> {
    let (platform, keys) = chosen(config, args.platform.as_deref())?;
    let name = &platform.name;
    let afnor = daemon::accredited(platform, keys).map_err(|text| Sorry(2, text))?;
    let at = |url: &str| callback(url, name).map_err(|e| Sorry(2, Text::new(format!("--{e}"), format!("--{e}"))));
    match &args.act {
        Act::Add { url } => {
            let (url, key) = (at(url)?, key_file(name, keys)?);
            let made =
                if afnor.one_by_one() { by_type(&afnor, &url, key).await? } else { anew(&afnor, &url, key).await? };
            let word = match made {
                true => words::pick(lang, "abonné", "subscribed"),
                false => words::pick(lang, "déjà abonné", "subscribed already"),
            };
            Ok(format!("{}  {word}  {url}\n", show::plain(name)))
        }
        Act::List { format } => {
            let all = listed(&afnor).await?;
            Ok(match format {
                Format::Text => table(&all, name, lang),
                Format::Json => all.iter().map(|hook| row(hook, name)).collect(),
            })
        }
        Act::End { ids, url } => {
            let ids = match url {
                None => ids.clone(),
                Some(url) => leading(&afnor, &at(url)?).await?.into_iter().map(|hook| hook.id).collect(),
            };
            let mut text = String::new();
            for id in ids {
                end(&afnor, &id).await?;
                text += &format!("{}  {}\n", show::plain(&id), words::pick(lang, "terminé", "ended"));
            }
            Ok(text)
        }
    }
}

/// The platform that is meant.
fn chosen<'c>(config: &'c Config, name: Option<&str>) -> Done<(&'c PlatformConfig, &'c AfnorKeys)> {
    let accredited = |one: &'c PlatformConfig| match &one.kind {
        PlatformKind::Afnor(keys) => Some((one, keys)),
        PlatformKind::ChorusPro(_) => None,
    };
    let all: Vec<_> = config.platforms.iter().filter_map(accredited).collect();
    let names: Vec<&str> = all.iter().map(|(one, _)| one.name.as_str()).collect();
    let known = if names.is_empty() { "–".to_owned() } else { names.join(", ") };
    let wrong = |fr: &str, en: &str| Sorry(2, Text::new(format!("{fr} : {known}"), format!("{en}: {known}")));
    match (name, &all[..]) {
        (None, [one]) => Ok(*one),
        (None, _) => {
            Err(wrong("--platform : laquelle des plateformes agréées", "--platform: which of the accredited platforms"))
        }
        (Some(name), _) => all.iter().find(|(one, _)| one.name == name).copied().ok_or_else(|| {
            wrong(
                "aucune plateforme agréée (kind = \"afnor\") de ce nom",
                "no accredited platform (kind = \"afnor\") of this name",
            )
        }),
    }
}

/// Where the key goes.
fn key_file<'k>(platform: &str, keys: &'k AfnorKeys) -> Done<&'k Path> {
    match &keys.webhook_key {
        Some(SecretSource::File(path)) => Ok(path),
        _ => Err(Sorry(
            2,
            Text::new(
                format!(
                    "donner `webhook_key_file` à la plateforme {platform} : la clé de l'abonnement y est écrite, et le service l'y lit"
                ),
                format!(
                    "give platform {platform} a `webhook_key_file`: the subscription's key is written there, and the daemon reads it there"
                ),
            ),
        )),
    }
}

/// One subscription for all, under a key of the platform's, which tells it once: what stands without its key is of no use, nor is what stands twice.
/// False where it is there.
async fn anew(afnor: &Afnor, url: &str, key: &Path) -> Done<bool> {
    let ours = leading(afnor, url).await?;
    let first = afnor.heard().first().copied().unwrap_or_default();
    let heard = |hook: &Hook| hook.flow_types.is_empty() || hook.flow_types.iter().any(|kind| kind == first);
    if let [one] = &ours[..]
        && heard(one)
        && kept(key).is_some()
    {
        return Ok(false);
    }
    for hook in &ours {
        end(afnor, &hook.id).await?;
    }
    // Before the next one stands: were its key lost on the way here, no other key is taken for it.
    match std::fs::remove_file(key) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(unwritten(key, &e)),
        _ => {}
    }
    let wanted = |types: &[&str]| subscription(url, types, None);
    let made = match afnor.subscribe(&wanted(afnor.heard())).await {
        // It may know fewer types than its version has.
        Err(NotMade { refused: true, .. }) => afnor.subscribe(&wanted(&[first])).await,
        made => made,
    };
    let hook = made.map_err(unmade)?;
    let Some(signing_key) = &hook.signing_key else {
        end(afnor, &hook.id).await?;
        return Err(Sorry(
            1,
            Text::new(
                "la plateforme n'a pas donné de clé : ses avis ne pourraient pas être vérifiés, l'abonnement est terminé",
                "the platform gave no key: its notices could not be verified, and the subscription is ended",
            ),
        ));
    };
    write(key, signing_key)?;
    Ok(true)
}

/// One subscription for each type of flow, all under a key of ours. False where they are there.
async fn by_type(afnor: &Afnor, url: &str, key: &Path) -> Done<bool> {
    let mut ours = leading(afnor, url).await?;
    let secret = match kept(key) {
        Some(secret) => secret,
        None => {
            // Under whatever key they are, it is not here any more.
            for hook in ours.drain(..) {
                end(afnor, &hook.id).await?;
            }
            let secret = fresh()?;
            write(key, &secret)?;
            secret
        }
    };
    let untold = ours.iter().filter(|hook| hook.flow_types.is_empty()).count();
    let is_there = |kind: &&str| ours.iter().any(|hook| hook.flow_types.iter().any(|own| own == kind));
    let missing: Vec<&str> = afnor.heard().iter().copied().filter(|kind| !is_there(kind)).skip(untold).collect();
    let mut made = false;
    for kind in missing {
        match afnor.subscribe(&subscription(url, &[kind], Some(secret.clone()))).await {
            Ok(_) => made = true,
            Err(NotMade { refused: true, .. }) if Some(&kind) != afnor.heard().first() => {}
            Err(why) => return Err(unmade(why)),
        }
    }
    Ok(made)
}

fn subscription(url: &str, types: &[&str], key: Option<String>) -> Subscription {
    let flow_types = types.iter().map(|kind| (*kind).to_owned()).collect();
    Subscription { callback_url: url.to_owned(), flow_types, direction: Direction::In, ack_status: None, key }
}

async fn listed(afnor: &Afnor) -> Done<Vec<Hook>> {
    afnor.subscriptions().await.map_err(|why| said("abonnements inconnus", "the subscriptions are not known", &why))
}

/// The subscriptions that lead here.
async fn leading(afnor: &Afnor, url: &str) -> Done<Vec<Hook>> {
    Ok(listed(afnor).await?.into_iter().filter(|hook| hook.leads_to(url)).collect())
}

async fn end(afnor: &Afnor, id: &str) -> Done<()> {
    let ended = afnor.unsubscribe(id).await;
    ended.map_err(|why| {
        said(&format!("l'abonnement {id} tient peut-être encore"), &format!("subscription {id} may still stand"), &why)
    })
}

fn unmade(not: NotMade) -> Sorry {
    match not.refused {
        true => said("pas d'abonnement", "no subscription", &not.why),
        false => said(
            "on ne sait pas s'il y a un abonnement ; relancer la commande le dit et le répare",
            "whether there is a subscription is not known; the same command once more tells and mends it",
            &not.why,
        ),
    }
}

fn said(fr: &str, en: &str, why: &str) -> Sorry {
    let why = sentences::both(why);
    Sorry(1, Text::new(format!("{fr} : {}", why.fr), format!("{en}: {}", why.en)))
}

/// The key that is kept, where there is one.
fn kept(path: &Path) -> Option<String> {
    let read = SecretSource::File(path.to_owned()).read().ok();
    read.map(|secret| secret.expose().to_owned())
}

fn fresh() -> Done<String> {
    let mut bytes = [0u8; KEY_BYTES];
    getrandom::fill(&mut bytes)
        .map_err(|e| Sorry(2, Text::new(format!("pas d'aléa : {e}"), format!("no randomness: {e}"))))?;
    Ok(STANDARD.encode(bytes))
}

fn write(path: &Path, key: &str) -> Done<()> {
    write_private(path, &format!("{key}\n")).map_err(|e| unwritten(path, &e))
}

fn unwritten(path: &Path, e: &std::io::Error) -> Sorry {
    let path = path.display();
    Sorry(2, Text::new(format!("{path} ne peut pas être écrit : {e}"), format!("{path} cannot be written: {e}")))
}

fn table(hooks: &[Hook], platform: &str, lang: Lang) -> String {
    if hooks.is_empty() {
        return words::pick(lang, "aucun abonnement\n", "no subscriptions\n").to_owned();
    }
    let line = |hook: &Hook| {
        let ours = if hook.is_facteur_s(platform) { "facteur" } else { "" };
        let url = hook.callback_url.clone().unwrap_or_else(|| "?".to_owned());
        vec![hook.id.clone(), ours.to_owned(), hook.flow_types.join(","), url]
    };
    show::table(&hooks.iter().map(line).collect::<Vec<_>>())
}

fn row(hook: &Hook, platform: &str) -> String {
    let row = json!({
        "id": hook.id, "url": hook.callback_url, "flow_types": hook.flow_types, "facteur": hook.is_facteur_s(platform),
    });
    row.to_string() + "\n"
}
