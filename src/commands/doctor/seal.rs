//! The company's key: read, matched with its certificate, in its time, and private.

use super::Line;
use super::machine::readable_by_others;
use crate::clock::{Clock as _, RealClock};
use crate::config::Config;
use crate::crypto::{Identity, Standing};
use crate::daemon;
use crate::signature;

const CHECK: &str = "seal";

pub fn all(config: &Config) -> Vec<Line> {
    let Some(seal) = &config.seal else {
        return vec![Line::ok(
            CHECK,
            "aucune clé ([seal]) : les factures partent non signées",
            "no key ([seal]): invoices leave unsigned",
        )];
    };
    let mut lines = match daemon::load_seal(seal) {
        Ok(identity) => found(&identity, seal.warn_days, RealClock::default().now().div_euclid(1_000)),
        Err(trouble) => vec![Line::fail(CHECK, trouble.text.fr, trouble.text.en).fix(
            "corriger les fichiers de [seal] ; les livraisons attendent, rien n'est perdu (voir docs/seal.md)",
            "mend the files of [seal]; deliveries wait, nothing is lost (see docs/seal.md)",
        )],
    };
    let files = seal.secret_paths().into_iter().filter(|path| path.is_file());
    lines.extend(files.filter_map(|path| readable_by_others(CHECK, path)));
    lines
}

fn found(identity: &Identity, warn_days: i64, now: i64) -> Vec<Line> {
    let certificate = identity.certificate();
    let (subject, algorithm, words) = (certificate.subject(), identity.algorithm(), identity.qualification().words());
    let who = |lang: &str| format!("{subject}, {algorithm}, {lang}");
    let (fr, en) = (who(&words.fr), who(&words.en));
    let renew = |line: Line| {
        line.fix(
            "faire renouveler le certificat et remplacer les fichiers : ils sont relus sans redémarrage",
            "have the certificate renewed and replace the files: they are read again without a restart",
        )
    };
    let mut lines = vec![match identity.standing(now) {
        Standing::Valid(days) if days > warn_days => {
            Line::ok(CHECK, format!("{fr}, encore {days} jours"), format!("{en}, {days} days left"))
        }
        Standing::Valid(days) => {
            let left = signature::days_left(days);
            renew(Line::warn(
                CHECK,
                format!("{fr} : le certificat expire {}", left.fr),
                format!("{en}: the certificate expires {}", left.en),
            ))
        }
        standing => {
            let why = identity.in_time(now).err().map(|error| error.text()).unwrap_or_default();
            let line = Line::fail(
                CHECK,
                format!("{subject} : {} ; les livraisons attendent", why.fr),
                format!("{subject}: {}; deliveries wait", why.en),
            );
            if standing == Standing::NotYet {
                line.fix(
                    "attendre ce jour, ou vérifier l'horloge de cette machine",
                    "wait for that day, or check the clock of this machine",
                )
            } else {
                renew(line)
            }
        }
    }];
    if identity.in_time(now).is_ok() && !signs(identity, now) {
        lines.push(Line::fail(
            CHECK,
            format!("{subject} : un cachet d'essai ne se vérifie pas : la clé est abîmée, ou facteur"),
            format!("{subject}: a trial seal does not verify: the key is damaged, or facteur is"),
        ));
    }
    if identity.chain().len() == 1 && !certificate.is_self_issued() {
        lines.push(
            Line::warn(
                CHECK,
                format!("{subject} : les certificats intermédiaires manquent ; qui vérifie devra les trouver"),
                format!("{subject}: the certificates above it are missing; whoever verifies must find them"),
            )
            .fix(
                "ajouter la chaîne de l'autorité au fichier du certificat",
                "add the authority's chain to the certificate file",
            ),
        );
    }
    lines
}

/// Seals nothing in particular and reads it back.
fn signs(identity: &Identity, now: i64) -> bool {
    let document = crate::crypto::sha256(b"facteur doctor");
    let made = signature::seal(identity, &document, now.saturating_mul(1_000));
    made.is_ok_and(|(bytes, _)| signature::verify(&bytes, &document).is_ok())
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;

    #[test]
    fn days_left_decide() {
        let key = include_bytes!("../../../fixtures/keys/seal.key");
        let chain = include_bytes!("../../../fixtures/keys/seal.pem");
        let identity = Identity::from_pem(key, Some(chain), None).unwrap();
        let end = identity.certificate().not_after();
        let level = |now: i64| found(&identity, 30, now).iter().map(|line| line.level).max().unwrap();
        assert_eq!(level(end - 31 * 86_400), Level::Ok);
        assert_eq!(level(end - 30 * 86_400), Level::Warn);
        assert_eq!((level(end + 1), level(0)), (Level::Fail, Level::Fail));
        assert!(found(&identity, 30, end + 1)[0].found.fr.contains("a expiré le 2126-01-01"));
        let alone = chain.split(|byte| *byte == b'\n').take_while(|line| !line.starts_with(b"-----END"));
        let alone = [alone.collect::<Vec<_>>().join(&b'\n'), b"\n-----END CERTIFICATE-----\n".to_vec()].concat();
        let identity = Identity::from_pem(key, Some(&alone), None).unwrap();
        assert!(found(&identity, 30, end - 100 * 86_400).iter().any(|line| line.found.en.contains("are missing")));
    }
}
