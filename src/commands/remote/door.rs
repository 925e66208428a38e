//! Where the daemon is and which token it wants: from the command line, the environment, or the daemon's own configuration.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use clap::Args;
use reqwest::Url;

use super::{Asked, Trouble};
use crate::config::{self, Config, Secret, SecretSource};
use crate::text::Text;

/// The variable that holds the daemon's address.
const URL: &str = "FACTEUR_URL";
/// The variable that holds a token itself.
const TOKEN: &str = "FACTEUR_TOKEN";
/// Where a daemon listens that nobody told otherwise.
const USUAL: &str = "http://127.0.0.1:8480/";

#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Which daemon")]
pub struct RemoteArgs {
    /// Address of the daemon [default: $FACTEUR_URL, the configuration's, http://127.0.0.1:8480]
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// File that holds the token [default: the token in $FACTEUR_TOKEN, the configuration's file]
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// The daemon's configuration, for its address and token [default: $FACTEUR_CONFIG, ./facteur.toml, /etc/facteur/facteur.toml]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// An address that may be spoken to, and a token if there is one.
#[derive(Debug)]
pub struct Door {
    pub base: Url,
    pub token: Option<Secret>,
}

impl Door {
    /// What is said on the command line wins over what a file named there says, and that over the environment.
    pub fn find(args: &RemoteArgs, variable: impl Fn(&str) -> Option<String>) -> Asked<Door> {
        let said = |name| variable(name).filter(|value| !value.trim().is_empty());
        let config = match &args.config {
            Some(file) => Some(Config::load(file).map_err(|e| Trouble::Config(Box::new(e)))?),
            // As `serve` and `doctor` do: the usual file, where nothing else says which daemon is meant.
            None if args.url.is_none() && args.token_file.is_none() && said(URL).is_none() && said(TOKEN).is_none() => {
                let usual = Some(config::find(None)).filter(|file| file.is_file());
                usual.map(|file| Config::load(&file)).transpose().map_err(|e| Trouble::Config(Box::new(e)))?
            }
            None => None,
        };
        let base = match (&args.url, &config, said(URL)) {
            (Some(url), ..) => usable("--url", url)?,
            // A port that the machine chose is in no file.
            (None, Some(config), Some(url)) if config.server.listen.port() == 0 => usable(URL, &url)?,
            (None, Some(config), _) => listening(&config.server.listen)?,
            (None, None, Some(url)) => usable(URL, &url)?,
            (None, None, None) => usable("--url", USUAL)?,
        };
        let token = match (&args.token_file, &config, said(TOKEN)) {
            (Some(file), ..) => Some(secret(file)?),
            // An open door has no token; one that was made by hand is not in the file.
            (None, Some(config), env) => match env {
                _ if config.server.token_file.exists() => Some(secret(&config.server.token_file)?),
                env => env.map(Secret::new),
            },
            (None, None, env) => env.map(Secret::new),
        };
        Ok(Door { base, token })
    }
}

fn secret(file: &Path) -> Asked<Secret> {
    SecretSource::File(file.to_owned()).read().map_err(Trouble::Setup)
}

/// The address of a daemon by where it listens.
fn listening(listen: &SocketAddr) -> Asked<Url> {
    if listen.port() == 0 {
        return Err(setup(
            "la configuration laisse la machine choisir le port (0) : donnez l'adresse que `facteur serve` a annoncée, avec --url ou FACTEUR_URL",
            "the configuration lets the machine choose the port (0): give the address that `facteur serve` told, with --url or FACTEUR_URL",
        ));
    }
    // Whoever listens everywhere listens on this machine.
    let host = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    usable("[server] listen", &format!("http://{}/", SocketAddr::new(host, listen.port())))
}

/// An address that a token may be sent to: https, or http that does not leave this machine.
fn usable(from: &str, text: &str) -> Asked<Url> {
    let fault = |fr: &str, en: &str| setup(&format!("{from} : {fr}"), &format!("{from}: {en}"));
    let mut url = Url::parse(text.trim()).map_err(|e| {
        fault(
            &format!("ce n'est pas une adresse ({e}) ; attendu, par exemple : http://127.0.0.1:8480"),
            &format!("not an address ({e}); expected, for example: http://127.0.0.1:8480"),
        )
    })?;
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err(fault(
            "une adresse sans identifiant, mot de passe, `?` ni `#` est attendue",
            "an address without user, password, `?` or `#` is expected",
        ));
    }
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => {
            return Err(fault(
                "http en clair n'est permis que vers cette machine : utilisez https",
                "plain http is allowed to this machine only: use https",
            ));
        }
        _ => return Err(fault("http ou https est attendu", "http or https is expected")),
    }
    // A path is kept (a daemon behind a proxy), without the slash that joining adds.
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn setup(fr: &str, en: &str) -> Trouble {
    Trouble::Setup(Text::new(fr, en))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(args: &RemoteArgs, set: &[(&str, &str)]) -> Result<(String, Option<String>), String> {
        let variable = |name: &str| set.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
        match Door::find(args, variable) {
            Ok(door) => Ok((door.base.to_string(), door.token.map(|t| t.expose().to_owned()))),
            Err(trouble) => Err(trouble.say(crate::text::Lang::En)),
        }
    }

    fn url(url: &str) -> RemoteArgs {
        RemoteArgs { url: Some(url.into()), ..RemoteArgs::default() }
    }

    #[test]
    fn the_command_line_wins_over_the_environment() {
        assert_eq!(found(&RemoteArgs::default(), &[]), Ok((USUAL.into(), None)));
        let env = [(URL, "https://facteur.test/in/"), (TOKEN, "fct_env")];
        assert_eq!(found(&RemoteArgs::default(), &env), Ok(("https://facteur.test/in".into(), Some("fct_env".into()))));
        assert_eq!(found(&url("http://localhost:9"), &env).unwrap().0, "http://localhost:9/");
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("word");
        std::fs::write(&file, "fct_file\n").unwrap();
        let args = RemoteArgs { token_file: Some(file), ..RemoteArgs::default() };
        assert_eq!(found(&args, &env).unwrap().1.as_deref(), Some("fct_file"));
        let absent = RemoteArgs { token_file: Some(folder.path().join("absent")), ..RemoteArgs::default() };
        assert!(found(&absent, &env).unwrap_err().contains("absent"));
    }

    #[test]
    fn the_configuration_tells_both() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("facteur.toml");
        std::fs::write(&file, "[server]\nlisten = \"0.0.0.0:9321\"\n").unwrap();
        let args = RemoteArgs { config: Some(file.clone()), ..RemoteArgs::default() };
        let env = [(URL, "https://elsewhere.test"), (TOKEN, "fct_env")];
        assert_eq!(found(&args, &env), Ok(("http://127.0.0.1:9321/".into(), Some("fct_env".into()))));
        std::fs::write(folder.path().join("token"), "fct_first\n").unwrap();
        assert_eq!(found(&args, &env).unwrap().1.as_deref(), Some("fct_first"));
        std::fs::write(&file, "[server]\nlisten = \"127.0.0.1:0\"\n").unwrap();
        assert!(found(&args, &[]).unwrap_err().contains("--url"));
        assert_eq!(found(&args, &env).unwrap().0, "https://elsewhere.test/");
        std::fs::write(&file, "[server]\nlisten = \"192.0.2.1:80\"\n").unwrap();
        assert!(found(&args, &env).unwrap_err().contains("https"));
        std::fs::write(&file, "[server]\nlisetn = \"127.0.0.1:1\"\n").unwrap();
        assert!(found(&args, &env).unwrap_err().contains(":2:1: unknown key `lisetn`"));
    }

    #[test]
    fn a_token_never_leaves_the_machine_in_the_clear() {
        for fine in
            ["http://127.0.0.1:1", "http://127.9.9.9", "http://[::1]:8", "http://localhost", "https://a.test:1/x"]
        {
            assert!(found(&url(fine), &[]).is_ok(), "{fine}");
        }
        for wrong in [
            "http://a.test",
            "http://localhost.a.test",
            "http://10.0.0.1",
            "http://[::2]",
            "ftp://localhost",
            "localhost:8480",
            "127.0.0.1",
            "https://u:p@a.test",
            "https://a.test/?x",
            "https://a.test/#x",
            "",
        ] {
            assert!(found(&url(wrong), &[]).is_err(), "{wrong}");
        }
    }
}
