//! Can a recipient receive? Both directories of the sandbox, over real sockets.

use std::collections::HashMap;
use std::sync::Mutex;

use async_trait::async_trait;

use super::*;
use crate::platforms::sandbox::{Line as ScriptLine, LineStatus};
use crate::platforms::{Heard, Known, Recipient};

/// Keeps all it is told, for ever.
#[derive(Default)]
struct Kept(Mutex<HashMap<String, (String, bool)>>);

#[async_trait]
impl Known for Kept {
    fn now(&self) -> i64 {
        7
    }
    fn barred(&self) -> Option<String> {
        None
    }
    async fn recall(&self, kind: &str, key: &str) -> Option<(String, i64)> {
        Some((self.0.lock().unwrap().get(&format!("{kind} {key}"))?.0.clone(), 5))
    }
    fn learn(&self, kind: &str, key: &str, entry: String, good: bool) {
        self.0.lock().unwrap().insert(format!("{kind} {key}"), (entry, good));
    }
}

impl Kept {
    fn good(&self, what: &str) -> Option<bool> {
        Some(self.0.lock().unwrap().get(what)?.1)
    }
}

fn rules(heard: &Heard) -> Vec<&str> {
    heard.findings.iter().map(|finding| finding.rule.trim_start_matches("FCT-DIRECTORY-")).collect()
}

fn at(address: &str) -> Recipient {
    Recipient { address: Some(address.into()), scheme: Some("0225".into()), ..Recipient::default() }.completed()
}

fn structure(siret: &str) -> Structure {
    Structure { name: "Ville".into(), ..Structure::named(siret) }
}

impl Sandbox {
    /// How often directories were asked.
    async fn lookups(&self) -> usize {
        self.page("/sandbox/lookups").await["lookups"].as_array().unwrap().len()
    }
}

#[tokio::test]
async fn an_accredited_platform_is_asked_by_the_exact_line_then_by_the_establishment() {
    let line = |address: &str, status| ScriptLine { address: address.into(), status };
    let code = |code: &str, active| Service { code: code.into(), name: String::new(), active };
    let sandbox = Sandbox::start(Script {
        line: vec![
            line("987654324", LineStatus::Enabled),
            line("987654324_OLD", LineStatus::Disabled),
            line("987654324_NEW", LineStatus::Upcoming),
            line("217500016_21750001600019", LineStatus::Enabled),
            line("217500016_21750001600027", LineStatus::Enabled),
            line("555555556", LineStatus::Enabled),
        ],
        structure: vec![
            Structure {
                services: vec![code("COMPTA", true), code("SHUT", false)],
                engagement_required: true,
                service_required: true,
                ..structure("21750001600019")
            },
            Structure { service_or_engagement_required: true, ..structure("21750001600027") },
        ],
        ceased: vec!["555555556".into(), "98765432400027".into()],
        ..Script::default()
    })
    .await;
    let client = sandbox.afnor();
    let full = |service: &str, commitment: &str| Recipient {
        service: Some(service.to_owned()).filter(|text| !text.is_empty()),
        commitment: Some(commitment.to_owned()).filter(|text| !text.is_empty()),
        ..at("217500016_21750001600019")
    };
    let closed = Recipient { siret: Some("98765432400027".into()), ..at("987654324") };
    let ceased = Recipient { siren: Some("555555556".into()), ..at("555555556") };
    let other = Recipient { scheme: Some("0088".into()), ..at("987654324_NOBODY") };
    for (recipient, expected) in [
        (at("987654324"), &[][..]),
        (at("987654324_NOBODY"), &["UNKNOWN"]),
        (other, &[]),
        (at("987654324_OLD"), &["DISABLED"]),
        (at("987654324_NEW"), &["UPCOMING"]),
        (closed, &["CEASED"]),
        (ceased, &["CEASED"]),
        (full("COMPTA", "EJ1"), &[]),
        (full("", ""), &["SERVICE", "COMMITMENT"]),
        (full("COMPTA", ""), &["COMMITMENT"]),
        (full("SHUT", "EJ1"), &["SERVICE"]),
        (full("NONE", "EJ1"), &["SERVICE"]),
        (at("217500016_21750001600027"), &["EITHER"]),
        (Recipient { commitment: Some("1".into()), ..at("217500016_21750001600027") }, &[]),
    ] {
        let heard = client.reception(&recipient, &Kept::default()).await;
        assert_eq!(rules(&heard), expected, "{recipient:?}: {heard:?}");
        assert_eq!(heard.silence, None);
        assert!(heard.findings.iter().all(|f| !f.message.fr.is_empty() && f.message.fr != f.message.en));
    }
    // What is kept is not asked again, and how long it is kept follows from what it says.
    let kept = Kept::default();
    client.reception(&full("COMPTA", "EJ1"), &kept).await;
    client.reception(&at("987654324_NEW"), &kept).await;
    let before = sandbox.lookups().await;
    let heard = client.reception(&full("COMPTA", ""), &kept).await;
    assert_eq!((rules(&heard), sandbox.lookups().await), (vec!["COMMITMENT"], before));
    assert!(heard.looked.iter().all(|one| one.kept && one.asked_at == 5) && heard.raw.is_empty(), "{heard:?}");
    let good = |what| kept.good(what);
    assert_eq!((good("line 217500016_21750001600019"), good("line 987654324_NEW")), (Some(true), Some(false)));
    // A dead one keeps nothing, says so, and is not asked on.
    sandbox.add(json!({ "match": "*", "do": "fail", "http": 500, "call": "directory", "times": 0 })).await;
    let (kept, before) = (Kept::default(), sandbox.lookups().await);
    let heard = client.reception(&full("COMPTA", "EJ1"), &kept).await;
    assert_eq!((rules(&heard), sandbox.lookups().await), (vec![], before + 1));
    assert!(
        heard.silence.is_some_and(|silence| matches!(silence.line, Line::Silent | Line::Rests { .. }))
            && kept.0.lock().unwrap().is_empty()
    );
    assert!(!heard.raw.is_empty());
    let none = sandbox.afnor_without_directory().reception(&at("987654324"), &kept).await;
    assert_eq!(none, Heard::default(), "no directory, no question");
    sandbox.end().await;
}

#[tokio::test]
async fn chorus_pro_is_asked_for_structure_demands_service_and_commitment() {
    let code = |code: &str, active| Service { code: code.into(), name: String::new(), active };
    let sandbox = Sandbox::start(Script {
        structure: vec![
            Structure {
                services: vec![code("COMPTA", true), code("SHUT", false)],
                engagements: vec!["EJ1".into()],
                service_required: true,
                engagement_required: true,
                ..structure(BUYER)
            },
            Structure { service_or_engagement_required: true, ..structure("21750001600027") },
            Structure { active: false, ..structure("21750001600035") },
            structure("21750001600043"),
        ],
        ..Script::default()
    })
    .await;
    let client = sandbox.client();
    let of = |siret: &str, service: &str, commitment: &str| {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Recipient { siret: some(siret), service: some(service), commitment: some(commitment), ..Recipient::default() }
    };
    for (recipient, expected) in [
        (of("", "", ""), &[][..]),
        (of("99999999900019", "", ""), &["UNKNOWN"]),
        (of("21750001600035", "", ""), &["DISABLED"]),
        (of(BUYER, "COMPTA", "EJ1"), &[]),
        (of(BUYER, "", ""), &["SERVICE", "COMMITMENT"]),
        (of(BUYER, "SHUT", "EJ1"), &["SERVICE"]),
        (of(BUYER, "NONE", "EJ2"), &["SERVICE", "COMMITMENT"]),
        (of("21750001600027", "", ""), &["EITHER"]),
        (of("21750001600027", "", "EJ9"), &[]),
        // No services, nothing demanded: any code, any number.
        (of("21750001600043", "ANY", "ANY"), &[]),
    ] {
        let heard = client.reception(&recipient, &Kept::default()).await;
        assert_eq!(rules(&heard), expected, "{recipient:?}: {heard:?}");
        assert_eq!(heard.silence, None, "{recipient:?}");
    }
    let kept = Kept::default();
    client.reception(&of(BUYER, "COMPTA", "EJ1"), &kept).await;
    let before = sandbox.lookups().await;
    assert_eq!(rules(&client.reception(&of(BUYER, "COMPTA", "EJ1"), &kept).await), Vec::<&str>::new());
    assert_eq!(sandbox.lookups().await, before);
    assert_eq!(kept.good(&format!("structure {BUYER}")), Some(true));
    // An error of its own, or an answer of another shape, is no answer.
    for fault in [
        json!({ "match": "*", "do": "code-retour", "code": 20, "call": "directory" }),
        json!({ "match": "*", "do": "fail", "http": 200, "text": "{\"codeRetour\":0}", "call": "directory" }),
        json!({ "match": "*", "do": "drop-before", "call": "directory" }),
    ] {
        assert_eq!(sandbox.add(fault.clone()).await, 204);
        let heard = client.reception(&of(BUYER, "COMPTA", "EJ1"), &Kept::default()).await;
        assert!(heard.silence.is_some() && heard.findings.is_empty(), "{fault}: {heard:?}");
    }
    assert_eq!(client.check_directory().await, Some(Ok(())));
    let off = ChorusConfig { directory: false, ..sandbox.config() };
    let off = ChorusPro::new(off).unwrap();
    assert_eq!(off.reception(&of(BUYER, "", ""), &Kept::default()).await, Heard::default());
    assert_eq!(off.check_directory().await, None);
    sandbox.end().await;
}
