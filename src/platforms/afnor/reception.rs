//! Can the recipient receive? The exact line of BT-49 first; then the establishment, or the company where none is known, and what a public
//! body demands of its suppliers.

use super::Afnor;
use super::directory::{Company, DirectoryLine, Establishment, LineStatus, RoutingCode};
use crate::invoice::Recipient;
use crate::platforms::Line;
use crate::platforms::reception::{
    Demands, Heard, Known, Looks, Silence, ceased, demands, disabled, no_service, unknown, upcoming,
};

/// Whoever asks the directory of a connection about one recipient. A connection without a directory has nothing to ask.
pub(super) async fn ask(afnor: &Afnor, recipient: &Recipient, known: &dyn Known) -> Heard {
    let mut looks = Looks::new(known);
    if afnor.line.directory.is_none() {
        return looks.heard;
    }
    let line = match recipient.line() {
        None => None,
        Some(address) => {
            let enabled = |line: Option<&DirectoryLine>| line.is_some_and(|line| line.status == LineStatus::Enabled);
            let Some(line) = looks.ask("line", address, enabled, afnor.directory_line(address)).await else {
                return looks.heard;
            };
            match line.as_ref().map(|line| &line.status) {
                None => looks.say(Some(unknown("BT-49", address))),
                Some(LineStatus::Enabled) => {}
                Some(LineStatus::Disabled) => looks.say(Some(disabled("BT-49", address))),
                Some(LineStatus::Upcoming) => looks.say(Some(upcoming("BT-49", address))),
                Some(LineStatus::Other(_)) => {
                    // Neither yes nor no: nothing is proven by a word that nobody knows.
                    let why = "the directory gives the line a status that facteur does not know".into();
                    looks.heard.silence = Some(Silence { why, retry_after_ms: None, line: Line::Answers });
                }
            }
            line
        }
    };
    // What cannot be reached at its address need not be asked about any further.
    if looks.heard.findings.is_empty() {
        let told = line.as_ref().and_then(|line| line.siret.as_deref());
        match (told.or(recipient.siret.as_deref()), recipient.siren.as_deref()) {
            (Some(siret), _) => establishment(afnor, &mut looks, siret, line.as_ref(), recipient).await,
            (None, Some(siren)) => {
                let good = |company: Option<&Company>| company.is_some_and(|company| company.active != Some(false));
                let company = looks.ask("siren", siren, good, afnor.company(siren)).await.flatten();
                looks.say(company.filter(|company| company.active == Some(false)).map(|_| ceased("BT-47", siren)));
            }
            (None, None) => {}
        }
    }
    looks.heard
}

async fn establishment(
    afnor: &Afnor,
    looks: &mut Looks<'_>,
    siret: &str,
    line: Option<&DirectoryLine>,
    recipient: &Recipient,
) {
    let good = |one: Option<&Establishment>| one.is_some_and(|one| one.active != Some(false));
    // One that the directory does not know proves nothing where its line is open: not every establishment has an entry.
    let found = match looks.ask("siret", siret, good, afnor.establishment(siret)).await {
        None => return,
        Some(None) if line.is_none() => return looks.say(Some(unknown("BT-46", siret))),
        Some(None) => return,
        Some(Some(found)) => found,
    };
    looks.say((found.active == Some(false)).then(|| ceased("BT-46", siret)));
    let mut demanded = Demands {
        service: found.service_required == Some(true),
        commitment: found.commitment_required == Some(true),
        either: found.either_required == Some(true),
    };
    // Of a private buyer, BT-10 is any reference.
    let public = found.public == Some(true) || demanded.service || demanded.either;
    let given = recipient.service.as_deref().filter(|_| public);
    for code in line.and_then(|line| line.routing_code.as_deref()).into_iter().chain(given) {
        let key = format!("{siret}/{code}");
        let good = |one: Option<&RoutingCode>| one.is_some();
        match looks.ask("routing-code", &key, good, afnor.routing_code(siret, code)).await {
            None => return,
            Some(Some(found)) => demanded.commitment |= found.commitment_required == Some(true),
            // A line that is open has its code, whether or not the code has an entry of its own.
            Some(None) => looks.say((given == Some(code)).then(|| no_service(code, false))),
        }
    }
    demands(demanded, recipient).into_iter().for_each(|finding| looks.say(Some(finding)));
}
