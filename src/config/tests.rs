use super::*;
use crate::text::Lang;

const WHOLE: &str = r#"
[server]
listen = "127.0.0.1:0"
tokens = "private/tokens.toml"
connections = 64
stop_within = "5s"

[store]
path = "data/facteur.db"

[rules]
packs = ["en16931"]

[clients]
folder = "clients"

[[platform]]
name = "chorus-pro"
kind = "chorus-pro"
base_url = "https://api.example.test"
token_url = "https://oauth.example.test/token"
client_id = "app"
client_secret_file = "private/piste"
account_login = "TECH_1@cpro.example"
account_password_env = "FACTEUR_CPRO"
poll = "2m"
timeout = "30s"
connect_timeout = "3s"
absence_proof = "36h"
concurrency = 8

[routes]
default = "chorus-pro"

[problems]
A = "facturation@example.test"
A2 = "commandes@example.test"

[seal]
key_file = "private/seal.key"
certificate_file = "seal.pem"
passphrase_env = "FACTEUR_SEAL"
warn_days = 45

[log]
format = "json"
"#;

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(Path::new("conf/facteur.toml"), text)
}

fn faults(text: &str, lang: Lang) -> String {
    parse(text).unwrap_err().show(lang)
}

#[test]
fn a_whole_file_is_read_and_paths_are_relative_to_it() {
    let config = parse(WHOLE).unwrap();
    assert_eq!(config.server.listen.port(), 0);
    assert_eq!(config.server.tokens, Path::new("conf/private/tokens.toml"));
    assert_eq!(config.store.path, Path::new("conf/data/facteur.db"));
    assert_eq!(config.clients.folder.as_deref(), Some(Path::new("conf/clients")));
    assert_eq!(config.rules.packs.as_deref(), Some(&["en16931".to_owned()][..]));
    let platform = config.platform("chorus-pro").unwrap();
    assert_eq!((platform.poll, platform.concurrency), (Duration::from_secs(120), 8));
    assert_eq!(platform.absence_proof, Some(Duration::from_secs(129_600)));
    let PlatformKind::ChorusPro(keys) = &platform.kind else { panic!() };
    assert_eq!(keys.client_secret, SecretSource::File("conf/private/piste".into()));
    assert_eq!(keys.account_password, SecretSource::Env("FACTEUR_CPRO".into()));
    assert_eq!(config.problems.owner("A2"), Some("commandes@example.test"));
    assert_eq!(config.problems.owner("A10"), Some("facturation@example.test"));
    assert_eq!(config.problems.owner("B1"), None);
    let seal = config.seal.unwrap();
    let (key, certificate) = ("conf/private/seal.key".into(), Some("conf/seal.pem".into()));
    assert_eq!(seal.files, SealFiles::Pem { key, certificate });
    assert_eq!((seal.passphrase, seal.warn_days), (Some(SecretSource::Env("FACTEUR_SEAL".into())), 45));
}

#[test]
fn an_empty_file_is_the_defaults() {
    let config = parse("").unwrap();
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8480");
    assert!(!config.server.open_on_loopback && config.platforms.is_empty() && config.rules.packs.is_none());
}

#[test]
fn every_fault_is_told_at_once_with_line_and_column() {
    let text = "[server]\nlsiten = \"127.0.0.1:1\"\ntokens = 3\n\n[[platform]]\nname = \"chorus-pro\"\nkind = \"chorus-pro\"\n\
        \"é\" = 1\nbase_url = \"https://a.test\"\ntoken_url = \"https://a.test\"\nclient_id = \"a\"\n\
        client_secret = \"hunter2\"\naccount_login = \"x\"\n  poll = \"5 minutes\"\n\n[routes]\ndefault = \"chorus-por\"\n\n\
        [problems]\nZ9 = \"me\"\n\n[stroe]\n";
    insta::assert_snapshot!("faults_en", faults(text, Lang::En));
    insta::assert_snapshot!("faults_fr", faults(text, Lang::Fr));
    assert!(!faults(text, Lang::En).contains("hunter2"), "a secret is never shown");
}

#[test]
fn broken_toml_is_placed() {
    insta::assert_snapshot!(faults("[server]\nlisten = \"127\nx = 1\n", Lang::En));
}

#[test]
fn an_open_door_is_refused_off_loopback() {
    let text = "[server]\nlisten = \"0.0.0.0:8480\"\nopen_on_loopback = true\n";
    insta::assert_snapshot!(faults(text, Lang::En));
    assert!(parse("[server]\nlisten = \"[::1]:8480\"\nopen_on_loopback = true\n").is_ok());
}

#[test]
fn two_secrets_two_names_and_short_timeouts_are_refused() {
    let two = WHOLE
        .replace("client_secret_file = \"private/piste\"", "client_secret_file = \"a\"\nclient_secret_env = \"B\"");
    assert!(faults(&two, Lang::En).contains("both `client_secret_file` and `client_secret_env`"));
    let at = WHOLE.find("[routes]").unwrap();
    let start = WHOLE.find("[[platform]]").unwrap();
    let twice = format!("{}{}", &WHOLE[..at], &WHOLE[start..]);
    assert!(faults(&twice, Lang::En).contains("two platforms bear the name `chorus-pro`"));
    let short = WHOLE.replace("timeout = \"30s\"", "timeout = \"3s\"");
    assert!(faults(&short, Lang::En).contains("longer than `connect_timeout`"));
}

#[test]
fn an_unknown_pack_is_placed() {
    let said = faults("[rules]\npacks = [\"en16931\", \"en16931-croe\"]\n", Lang::En);
    assert!(said.starts_with("conf/facteur.toml:2:21: `packs`:") && said.contains("en16931-croe"), "{said}");
}

#[test]
fn a_file_that_is_absent_large_or_not_text_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("facteur.toml");
    assert!(Config::load(&file).unwrap_err().show(Lang::Fr).contains("ne peut pas être lu"));
    std::fs::write(&file, b"[server]\n# \xff\n").unwrap();
    assert!(Config::load(&file).unwrap_err().show(Lang::En).contains("facteur.toml:2:3: the file is not UTF-8"));
    std::fs::write(&file, vec![b' '; crate::limits::CONFIG_BYTES + 1]).unwrap();
    assert!(Config::load(&file).unwrap_err().show(Lang::En).contains("over"));
}

#[test]
fn a_seal_has_one_key_and_its_passphrase_stands_elsewhere() {
    let config = parse("[seal]\npkcs12_file = \"/etc/seal.p12\"\n").unwrap();
    let seal = config.seal.unwrap();
    assert_eq!((&seal.files, seal.warn_days), (&SealFiles::Pkcs12("/etc/seal.p12".into()), 30));
    assert_eq!(seal.passphrase, None);
    assert!(parse("").unwrap().seal.is_none());
    for (text, said) in [
        ("[seal]\n", "`key_file` (PEM) or `pkcs12_file` (.p12, .pfx) is missing"),
        ("[seal]\nkey_file = \"a\"\npkcs12_file = \"b\"\n", "both `key_file` and `pkcs12_file`"),
        ("[seal]\ncertificate_file = \"a\"\npkcs12_file = \"b\"\n", "does not go with `pkcs12_file`"),
        ("[seal]\nkey_file = \"a\"\npassphrase = \"hunter2\"\n", "is a secret and has no place in this file"),
        ("[seal]\nkey_file = \"a\"\npassfrase_file = \"b\"\n", "did you mean `passphrase_file`?"),
        ("[seal]\nkey_file = \"a\"\nwarn_days = -1\n", "a whole number from 0 to 3650"),
    ] {
        let told = faults(text, Lang::En);
        assert!(told.contains(said) && !told.contains("hunter2"), "{text}: {told}");
    }
}

#[test]
fn a_test_interchange_is_held_where_invoices_are_owed_unless_it_is_said() {
    let of = |more: &str, url: &str| {
        let text = WHOLE.replace("https://api.example.test", url).replace("concurrency = 8", more);
        let config = parse(&text).unwrap();
        let rules: Vec<_> = config.platforms[0].severities.iter().map(|one| (one.rule.clone(), one.level)).collect();
        rules
    };
    let held = crate::validate::TESTS.map(|rule| (rule.to_owned(), crate::rules::Severity::Fatal));
    assert_eq!(of("", "https://api.piste.gouv.fr"), held);
    assert_eq!(of("", "https://127.evil.example"), held);
    assert_eq!(of("test_interchanges = \"send\"", "https://api.piste.gouv.fr"), []);
    for trying in ["https://sandbox-api.piste.gouv.fr", "http://127.0.0.1:8600", "http://[::1]:8600"] {
        assert_eq!(of("", trying), [], "{trying}");
        assert_eq!(of("test_interchanges = \"hold\"", trying), held, "{trying}");
    }
    let wrong = WHOLE.replace("concurrency = 8", "test_interchanges = \"no\"");
    assert!(faults(&wrong, Lang::En).contains("`test_interchanges`: `hold` or `send` is expected"));
}

#[test]
fn an_accredited_platform_has_keys_of_its_own() {
    let base = "[[platform]]\nname = \"pa\"\nkind = \"afnor\"\nbase_url = \"https://pa.test/afnor-flow\"\n\
        token_url = \"https://pa.test/oauth2/token\"\nclient_id = \"a\"\nclient_secret_env = \"PA\"\n";
    let keys = |more: &str| match parse(&format!("{base}{more}")).unwrap().platforms.remove(0).kind {
        PlatformKind::Afnor(keys) => keys,
        other => panic!("{other:?}"),
    };
    let usual = keys("");
    assert_eq!((usual.version, usual.directory_url, usual.organization_id), (FlowVersion::V1_3, None, None));
    assert_eq!((usual.connect_timeout, usual.timeout), (Duration::from_secs(10), Duration::from_secs(60)));
    let said =
        keys("version = \"1.1\"\ndirectory_url = \"https://pa.test/d\"\norganization_id = \"o\"\nscope = \"s\"\n");
    assert_eq!((said.version, said.scope.as_deref()), (FlowVersion::V1_1, Some("s")));
    let config = parse(base).unwrap();
    assert_eq!((config.afnor_routes().len(), config.chorus_routes().len()), (1, 0));
    assert_eq!(
        config.platforms[0].severities.len(),
        2,
        "what calls itself a test is held, as for any platform of the field"
    );
    let directory = |more: &str| parse(&format!("{base}{more}")).unwrap().platforms[0].directory;
    assert!(!directory("").on && directory("directory_url = \"https://pa.test/d\"\n").on);
    assert!(!directory("directory_url = \"https://pa.test/d\"\ndirectory = false\n").on);
    let kept = directory("directory_keep = \"1m\"\n");
    assert_eq!((kept.keep, kept.keep_refused), (Duration::from_secs(60), Duration::from_secs(60)));
    for (more, word) in [
        ("directory = true\n", "directory_url"),
        ("version = \"2\"\n", "1.1"),
        ("account_login = \"x\"\n", "account_login"),
        ("timeout = \"5s\"\n", "connect_timeout"),
    ] {
        assert!(faults(&format!("{base}{more}"), Lang::En).contains(word), "{more}");
    }
    assert!(faults("[[platform]]\nname = \"pa\"\nkind = \"afnor\"\n", Lang::En).contains("token_url"));
    assert!(faults(&base.replace("afnor\"\nbase", "peppol\"\nbase"), Lang::Fr).contains("`afnor`"));
}
