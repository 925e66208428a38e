//! From a platform's code to the cause: `schemas/problems/code_map.csv`.

use super::code_table::{CODES, Entry};
use super::hint::{hint, rule_named};
use super::mapped::{Confidence, Family, Mapped};
use super::rule::cause_of_rule;

/// The cause behind a platform's answer. Nothing is dropped: a code the table does not know gets the cause of its
/// status (a technical status leads to A8, what a buyer says to C1), with `known` false and the lowest confidence.
///
/// `status` and `reason` are the codes as they came (`210` and `CMD_ERR`, `REJETEE` and `SE_ERR`, `IN_REJETE` and
/// `listeErreurDP`); `210-B2G` is a 210 from a public buyer. `text` is the comment that came along: where the code is
/// coarse, a rule it quotes or the words it uses give the cause, which is then marked inferred.
pub fn cause_of_code(family: Family, status: &str, reason: Option<&str>, text: Option<&str>) -> Mapped {
    let status = status.trim();
    let reason = reason.map(str::trim).filter(|reason| !reason.is_empty());
    let by_status = of_status(family, status);
    let by_reason = reason.and_then(|reason| of_reason(family, status, reason));
    let mut mapped = match (reason, by_reason) {
        (None, _) => by_status.mapped(by_status.knows(status)),
        (Some(_), Some(entry)) if entry.is_beside(status) || !by_status.opens => entry.mapped(true),
        // The reason is known, though not beside this status: the status says who acts and what may be reused.
        (Some(_), Some(entry)) => Mapped {
            acts: &by_status.acts,
            number: by_status.number,
            opens: true,
            confidence: entry.confidence.min(Confidence::Medium),
            ..entry.mapped(true)
        },
        // A reason nobody listed beside good news is no good news.
        (Some(_), None) if !by_status.opens => of_status(family, "").mapped(false),
        (Some(_), None) => by_status.mapped(false),
    };
    let coarse = by_reason.unwrap_or(by_status).refine || !mapped.known;
    if let Some(text) = text.filter(|_| coarse && mapped.opens) {
        refine(&mut mapped, family, text);
    }
    mapped
}

/// Lets the words beside a coarse code tell the cause.
fn refine(mapped: &mut Mapped, family: Family, text: &str) {
    if let Some(rule) = rule_named(text) {
        let by_rule = cause_of_rule::<&str>(rule, &[]);
        mapped.cause = by_rule.cause;
        mapped.suggestion = by_rule.suggestion;
        mapped.caught_by = by_rule.caught_by;
    } else if let Some(hint) = hint(family, text) {
        mapped.cause = hint.cause;
        mapped.suggestion = hint.advice.clone();
        mapped.caught_by = hint.caught_by.clone();
        mapped.number = hint.number.unwrap_or(mapped.number);
        mapped.acts = hint.acts.as_deref().unwrap_or(mapped.acts);
    } else {
        return;
    }
    mapped.inferred = true;
    mapped.confidence = if mapped.known { Confidence::Medium } else { Confidence::Low };
}

/// The entry of this very pair; else of the same status for a public buyer or not; else of the reason beside another
/// status of the family; else, since Chorus Pro and the platforms relay each other's motives, of the other one.
fn of_reason(family: Family, status: &str, reason: &str) -> Option<&'static Entry> {
    let base = status.strip_suffix("-B2G");
    let twin = base.map_or_else(|| format!("{status}-B2G"), str::to_owned);
    let find = |family: Family, status: Option<&str>| {
        CODES.iter().find(|e| e.family == family && e.reason == reason && status.is_none_or(|s| e.status == s))
    };
    let relayed: &[Family] = match family {
        // The reasons of a flow's acknowledgement come with the platform's statuses.
        Family::Pa => &[Family::Chorus, Family::FlowService],
        Family::Chorus => &[Family::Pa],
        _ => &[],
    };
    // Of answers in EDIFACT, each kind has codes of its own, and the same number means something else.
    let beside = || if family == Family::Edifact { None } else { find(family, None) };
    find(family, Some(status))
        .or_else(|| find(family, Some(&twin)))
        .or_else(beside)
        .or_else(|| relayed.iter().find_map(|family| find(*family, None)))
}

/// The entry of a status alone: its own, else the longest `prefix*` it begins with.
fn of_status(family: Family, status: &str) -> &'static Entry {
    let of_family = || CODES.iter().filter(move |e| e.family == family && e.reason.is_empty());
    let prefix = |e: &&Entry| e.status.strip_suffix('*').is_some_and(|prefix| status.starts_with(prefix));
    of_family()
        .find(|e| e.status == status)
        .or_else(|| of_family().filter(prefix).max_by_key(|e| e.status.len()))
        .unwrap_or_else(|| panic!("invariant: code_map.csv ends {family} with `*`, which its reader checks"))
}

#[cfg(test)]
mod tests {
    use super::super::mapped::Number;
    use super::*;

    fn seen(family: Family, status: &str, reason: &str, text: &str) -> (&'static str, Number, bool, bool) {
        let mapped = cause_of_code(family, status, Some(reason), Some(text));
        (&mapped.cause.id, mapped.number, mapped.inferred, mapped.known)
    }

    #[test]
    fn every_code_of_the_table_maps_to_itself() {
        let entries = &*CODES;
        assert!(entries.len() > 300, "{}", entries.len());
        for (index, entry) in entries.iter().enumerate() {
            let name = format!("{} {} {}", entry.family, entry.status, entry.reason);
            let same = |e: &Entry| (e.family, &e.status, &e.reason) == (entry.family, &entry.status, &entry.reason);
            assert!(!entries[..index].iter().any(same), "{name} appears twice");
            // A wildcard is met by what begins like it.
            let status = entry.status.replace('*', "ZZZ");
            let reason = Some(entry.reason.as_str()).filter(|reason| !reason.is_empty());
            let mapped = cause_of_code(entry.family, &status, reason, None);
            assert_eq!(mapped.cause.id, entry.cause.id, "{name}");
            assert_eq!(mapped.number, entry.number, "{name}");
            let listed = entry.confidence > Confidence::Low || !entry.status.contains('*') || reason.is_some();
            assert_eq!(mapped.known, listed, "{name}");
            assert!(!entry.opens || entry.acts != "none", "{name} opens a problem nobody acts on");
            assert!(
                entry.opens || !entry.cause.in_report || entry.cause.id == "E1",
                "{name} is a cause, opens nothing"
            );
        }
    }

    #[test]
    fn the_codes_met_every_day() {
        use Number::{New, None as Nothing, Same};
        for (family, status, reason, expected) in [
            (Family::Pa, "210", "CMD_ERR", ("A2", New, false, true)),
            (Family::Pa, "213", "REJ_ADR", ("A5", New, false, true)),
            (Family::Pa, "213", "DOUBLON", ("A6", Nothing, false, true)),
            (Family::Pa, "501", "IRR_SYNTAX", ("A8", Same, false, true)),
            (Family::Pa, "207", "QTE_ERR", ("B2", Nothing, false, true)),
            (Family::Pa, "208", "JUSTIF_ABS", ("C4", Nothing, false, true)),
            (Family::Pa, "200", "NON_TRANSMISE", ("E2", Same, false, true)),
            (Family::Pa, "205", "silence", ("D1", Nothing, true, true)),
            (Family::Pa, "601", "REJ_RG", ("X1", Nothing, false, true)),
            (Family::Pa, "FLOW_ERROR", "InvalidSchema", ("A8", Same, false, true)),
            (Family::Pa, "FLOW_ERROR", "AttachmentTypeError", ("A10", Same, false, true)),
            (Family::Pa, "FLOW_ERROR", "AlreadyExistingFlow", ("A6", Nothing, false, true)),
            (Family::Chorus, "REJETEE", "EJ_ERR", ("A2", New, false, true)),
            (Family::Chorus, "REJETEE", "SE_ERR", ("A5", New, false, true)),
            (Family::Chorus, "SUSPENDUE", "", ("C4", Nothing, false, true)),
            (Family::Chorus, "IN_REJETE", "listeErreurTechnique", ("A8", Same, false, true)),
            (Family::FlowService, "ack Error", "InvalidSchema", ("A8", Same, false, true)),
            (Family::PeppolImr, "RE", "PRI", ("A4", New, false, true)),
            (Family::PeppolMls, "RE", "FD", ("A5", Same, false, true)),
            (Family::Edifact, "CONTRL", "", ("A8", Same, false, true)),
        ] {
            assert_eq!(seen(family, status, reason, ""), expected, "{family} {status} {reason}");
        }
        let commitment = cause_of_code(Family::Chorus, "REJETEE", Some("EJ_ERR"), None);
        assert_eq!(commitment.caught_by.as_deref(), Some("customer rule BT-13"));
        assert!(!commitment.number_reusable() && commitment.opens && commitment.acts == "seller");
    }

    /// The reasons of the life cycle (BR-FR-CDV-CL-09) and the motives of Chorus Pro, each under a status that takes it.
    #[test]
    fn every_reason_and_motive_is_known() {
        let reasons = [
            ("200", "NON_TRANSMISE"),
            ("206", "AUTRE CMD_ERR SIRET_ERR CODE_ROUTAGE_ERR REF_CT_ABSENT REF_ERR PU_ERR REM_ERR QTE_ERR ART_ERR"),
            ("206", "MODPAI_ERR QUALITE_ERR LIVR_INCOMP"),
            ("207", "COORD_BANC_ERR TX_TVA_ERR MONTANTTOTAL_ERR CALCUL_ERR NON_CONFORME DOUBLON DEST_INC DEST_ERR"),
            ("207", "TRANSAC_INC EMMET_INC CONTRAT_TERM DOUBLE_FACT ADR_ERR"),
            ("208", "JUSTIF_ABS"),
            ("210-B2G", "RETRAIT_MAN_SERV ST_CT_NON_DECLAR SUPPR_COMP_AVOIR TRANSF_PMNT_REGIE CONTACT_ACHTR"),
            ("213", "REJ_SEMAN REJ_UNI REJ_COH REJ_ADR REJ_CONT_B2G REJ_REF_PJ REJ_ASS_PJ"),
            ("221", "ROUTAGE_ERR"),
            ("501", "IRR_VIDE_F IRR_TYPE_F IRR_SYNTAX IRR_TAILLE_PJ IRR_NOM_PJ IRR_VID_PJ IRR_EXT_DOC IRR_TAILLE_F"),
            ("501", "IRR_ANTIVIRUS IRR_NOM_F"),
        ];
        let motives = "AUT_MOTIF_ERR_VALIDEUR RETRAIT_MAN_SERV SUPPR_MASSE AUTRE CONTACT_ACHTR COORD_BANC_ERR CREANCIER_ERR \
                       DOUBLE_FACT ERREUR_DONNEE_EJ EJ_ERR ERR_VALIDEUR FACT_NON_CONFORME HONORER_LA_COMMANDE LIVR_INCOMP \
                       MARCHE_TERM MONTANT_ERR SE_ERR ST_CT_NON_DECLAR SUPPR_COMP_AVOIR TRANSF_PMNT_REGIE TX_TVA_ERR";
        let pa = reasons.iter().flat_map(|(status, all)| all.split(' ').map(move |one| (Family::Pa, *status, one)));
        let chorus = motives.split_whitespace().map(|one| (Family::Chorus, "REJETEE", one));
        let all: Vec<_> = pa.chain(chorus).collect();
        assert_eq!(all.len(), 51 + 21);
        for (family, status, reason) in all {
            assert!(cause_of_code(family, status, Some(reason), None).known, "{status} {reason}");
            assert!(CODES.iter().any(|e| e.family == family && e.status == status && e.reason == reason), "{reason}");
        }
    }

    #[test]
    fn nothing_unknown_is_dropped() {
        for (family, status, reason, expected) in [
            (Family::Pa, "213", "NOUVEAU", ("A8", Number::New, false, false)),
            (Family::Pa, "210", "NOUVEAU", ("C1", Number::New, false, false)),
            (Family::Pa, "510", "", ("A8", Number::Same, false, false)),
            (Family::Pa, "999", "", ("C1", Number::None, false, false)),
            (Family::Chorus, "IN_NOUVEAU", "", ("A8", Number::Same, false, false)),
            (Family::Chorus, "NOUVEAU", "", ("C1", Number::None, false, false)),
            (Family::FlowService, "", "", ("A8", Number::None, false, false)),
            (Family::Edifact, "APERAK", "Z99", ("C1", Number::None, false, false)),
        ] {
            assert_eq!(seen(family, status, reason, ""), expected, "{family} {status} {reason}");
            assert!(cause_of_code(family, status, Some(reason), None).opens, "{family} {status} {reason}");
        }
        // A good status with a reason nobody listed is not taken for good news.
        let odd = cause_of_code(Family::Pa, "205", Some("NOUVEAU"), None);
        assert_eq!((odd.cause.id.as_str(), odd.opens, odd.known), ("C1", true, false));
        // A whole class of answers may be known: the server's own trouble is nobody's billing problem.
        let trouble = cause_of_code(Family::FlowService, "HTTP 503", None, None);
        assert_eq!((trouble.cause.id.as_str(), trouble.opens, trouble.known), ("X0", false, true));
        assert!(!cause_of_code(Family::Pa, "205", None, None).opens);
    }

    #[test]
    fn a_known_reason_beside_another_status_keeps_its_cause_and_takes_the_status_number() {
        let (pa, chorus) = (Family::Pa, Family::Chorus);
        assert_eq!(seen(pa, "213", "CMD_ERR", ""), ("A2", Number::New, false, true));
        assert_eq!(seen(pa, "210", "LIVR_INCOMP", ""), ("B2", Number::New, false, true));
        assert_eq!(seen(chorus, "SUSPENDUE", "SE_ERR", ""), ("A5", Number::None, false, true));
        // A motive that refuses nothing opens nothing, from a public buyer or not; insolvency and the like need no status.
        for status in ["210", "210-B2G"] {
            assert!(!cause_of_code(pa, status, Some("SUPPR_COMP_AVOIR"), None).opens, "{status}");
        }
        let insolvent = cause_of_code(pa, "205", Some("insolvency"), None);
        assert_eq!((insolvent.cause.id.as_str(), insolvent.acts, insolvent.opens), ("D3", "seller", true));
        // Relayed from one kind of platform to the other.
        assert_eq!(seen(chorus, "REJETEE", "CMD_ERR", ""), ("A2", Number::New, false, true));
        assert_eq!(seen(pa, "210", "FACT_NON_CONFORME", ""), ("B3", Number::New, false, true));
    }

    #[test]
    fn words_tell_what_a_coarse_code_does_not() {
        let (pa, chorus) = (Family::Pa, Family::Chorus);
        let payment = "SpecifiedTradeSettlementPaymentMeans.TypeCode.value est obligatoire";
        assert_eq!(seen(chorus, "IN_REJETE", "listeErreurDP", payment), ("A11", Number::Same, true, true));
        assert_eq!(seen(chorus, "REJETEE", "", "Numéro d'engagement inconnu"), ("A2", Number::New, true, true));
        assert_eq!(seen(chorus, "REJETEE", "AUTRE", "Code service inactif"), ("A5", Number::New, true, true));
        assert_eq!(seen(chorus, "REJETEE", "", "Refus"), ("C1", Number::New, false, true));
        // A number that is taken is not used again, even where nothing of this deposit was kept.
        let twice = "Facture déjà déposée";
        assert_eq!(seen(chorus, "IN_REJETE", "listeErreurDP", twice), ("A6", Number::None, true, true));
        // A rule quoted by the platform is better than words, and names what would have caught it.
        let by_rule = cause_of_code(pa, "213", Some("REJ_SEMAN"), Some("[BR-CO-15] total TTC faux"));
        assert_eq!((by_rule.cause.id.as_str(), by_rule.caught_by.as_deref()), ("A7", Some("BR-CO-15")));
        // A precise code is not overruled by the words beside it.
        assert_eq!(seen(chorus, "REJETEE", "SE_ERR", "engagement"), ("A5", Number::New, false, true));
        // An unknown code stays unknown, with a cause that the words suggest.
        assert_eq!(seen(pa, "210", "REF_INC", "bon de commande absent"), ("A2", Number::New, true, false));
        assert_eq!(cause_of_code(pa, "210", Some("REF_INC"), Some("x")).confidence, Confidence::Low);
    }
}
