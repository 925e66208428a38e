//! The stable codes of refusals: one row each, with its status and its title. Programs branch on them.

use axum::http::StatusCode;

use crate::text::Text;

/// What went wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    NoToken,
    BadToken,
    ExpiredToken,
    MissingScope,
    BadSignature,
    CrossSite,
    NotFound,
    NoInvoice,
    NoProblem,
    NoReport,
    NoSeal,
    NoOutgoing,
    NoClient,
    NoInterchange,
    NoAnswer,
    NoMessage,
    NoStatement,
    MethodNotAllowed,
    BadRequest,
    LongAddress,
    LongHead,
    BadHost,
    BadQuery,
    BadCursor,
    BadBody,
    BadMultipart,
    BadKey,
    BadMediaType,
    BadEncoding,
    NotAcceptable,
    TooLarge,
    TooSlow,
    Interrupted,
    KeyReused,
    HiddenCharacter,
    LifeCycle,
    IsAnswer,
    NotAnAnswer,
    NotAMessage,
    TooMany,
    Refused,
    NotNow,
    Busy,
    Stopping,
    Store,
    Facteur,
}

use StatusCode as S;

type Row = (Code, StatusCode, &'static str, &'static str, &'static str);

/// Code, status, the code as programs see it, its title in French and in English.
#[rustfmt::skip]
const ROWS: [Row; 46] = [
    (Code::NoToken, S::UNAUTHORIZED, "no-token", "Il faut un jeton", "A token is needed"),
    (Code::BadToken, S::UNAUTHORIZED, "bad-token", "Le jeton n'est pas connu", "The token is not known"),
    (Code::ExpiredToken, S::UNAUTHORIZED, "expired-token", "Le jeton a expiré", "The token has expired"),
    (Code::MissingScope, S::FORBIDDEN, "missing-scope", "Le jeton ne le permet pas", "The token does not allow this"),
    (Code::BadSignature, S::UNAUTHORIZED, "bad-signature", "La signature ne vaut pas pour cet avis, ou plus", "The signature does not hold for this notice, or not any more"),
    (Code::CrossSite, S::FORBIDDEN, "cross-site", "Les requêtes de pages web sont refusées", "Requests of web pages are refused"),
    (Code::NotFound, S::NOT_FOUND, "not-found", "Il n'y a rien à cette adresse", "There is nothing at this address"),
    (Code::NoInvoice, S::NOT_FOUND, "no-invoice", "Aucune facture n'a cet identifiant", "No invoice has this id"),
    (Code::NoProblem, S::NOT_FOUND, "no-problem", "Aucun problème n'a cet identifiant", "No problem has this id"),
    (Code::NoReport, S::NOT_FOUND, "no-report", "La facture n'est pas encore jugée", "The invoice is not judged yet"),
    (Code::NoSeal, S::NOT_FOUND, "no-seal", "La facture n'est pas cachetée", "The invoice bears no seal"),
    (Code::NoOutgoing, S::NOT_FOUND, "no-outgoing", "Rien n'est prêt à partir de cette facture", "Nothing of the invoice is ready to leave"),
    (Code::NoClient, S::NOT_FOUND, "no-client", "Aucun fichier client n'a cet identifiant", "No customer file has this id"),
    (Code::NoInterchange, S::NOT_FOUND, "no-interchange", "Aucun fichier à plusieurs factures n'a ce SHA-256", "No file with several invoices has this SHA-256"),
    (Code::NoAnswer, S::NOT_FOUND, "no-answer", "Aucune réponse EDIFACT n'a cet identifiant", "No answer in EDIFACT has this id"),
    (Code::NoMessage, S::NOT_FOUND, "no-message", "Aucun message de plateforme n'a cet identifiant", "No message of a platform has this id"),
    (Code::NoStatement, S::NOT_FOUND, "no-statement", "Aucun message de facteur n'a cet identifiant", "No statement of facteur's has this id"),
    (Code::MethodNotAllowed, S::METHOD_NOT_ALLOWED, "method-not-allowed", "Pas par cette méthode", "Not by this method"),
    (Code::BadRequest, S::BAD_REQUEST, "bad-request", "Ce n'est pas du HTTP bien formé", "This is not well-formed HTTP"),
    (Code::LongAddress, S::URI_TOO_LONG, "address-too-long", "L'adresse est trop longue", "The address is too long"),
    (Code::LongHead, S::REQUEST_HEADER_FIELDS_TOO_LARGE, "head-too-large", "L'en-tête est trop grand", "The head is too large"),
    (Code::BadHost, S::BAD_REQUEST, "bad-host", "Il faut un en-tête Host, et un seul", "One Host header is needed"),
    (Code::BadQuery, S::BAD_REQUEST, "bad-query", "Les paramètres ne se comprennent pas", "The query cannot be understood"),
    (Code::BadCursor, S::NOT_FOUND, "bad-cursor", "Aucune ligne n'a ce curseur", "No row has this cursor"),
    (Code::BadBody, S::BAD_REQUEST, "bad-body", "Le corps ne se comprend pas", "The body cannot be understood"),
    (Code::BadMultipart, S::BAD_REQUEST, "bad-multipart", "Le formulaire ne contient pas un seul document", "The form does not hold one document"),
    (Code::BadKey, S::BAD_REQUEST, "bad-idempotency-key", "L'Idempotency-Key ne convient pas", "The Idempotency-Key cannot be used"),
    (Code::BadMediaType, S::UNSUPPORTED_MEDIA_TYPE, "bad-media-type", "Ce type n'est pas pris ici", "Not a type taken here"),
    (Code::BadEncoding, S::UNSUPPORTED_MEDIA_TYPE, "bad-content-encoding", "Les corps sont pris tels quels", "Bodies are taken as they are"),
    (Code::NotAcceptable, S::NOT_ACCEPTABLE, "not-acceptable", "Aucune forme acceptée n'existe", "No form that is accepted can be given"),
    (Code::TooLarge, S::PAYLOAD_TOO_LARGE, "too-large", "Le document est trop grand", "The document is too large"),
    (Code::TooSlow, S::REQUEST_TIMEOUT, "too-slow", "La requête est arrivée trop lentement", "The request came too slowly"),
    (Code::Interrupted, S::BAD_REQUEST, "interrupted", "Le corps s'est arrêté avant la fin", "The body ended early"),
    (Code::KeyReused, S::UNPROCESSABLE_ENTITY, "idempotency-key-reused", "La clé a déjà servi pour autre chose", "The key was used for something else"),
    (Code::HiddenCharacter, S::UNPROCESSABLE_ENTITY, "hidden-character", "Un caractère ne se voit pas", "A character cannot be seen"),
    (Code::LifeCycle, S::UNPROCESSABLE_ENTITY, "life-cycle-message", "Un statut n'est pas une facture", "A status is no invoice"),
    (Code::IsAnswer, S::UNPROCESSABLE_ENTITY, "answer-message", "Une réponse n'est pas une facture", "An answer is no invoice"),
    (Code::NotAnAnswer, S::UNPROCESSABLE_ENTITY, "no-answer-message", "Ce n'est ni un CONTRL ni un APERAK", "Neither CONTRL nor APERAK"),
    (Code::NotAMessage, S::UNPROCESSABLE_ENTITY, "no-life-cycle-message", "Ce n'est ni un CDAR ni une réponse Peppol à une facture", "Neither a CDAR nor a Peppol Invoice Response"),
    (Code::TooMany, S::UNPROCESSABLE_ENTITY, "too-many-invoices", "Trop de messages dans un échange", "Too many messages in one interchange"),
    (Code::Refused, S::UNPROCESSABLE_ENTITY, "refused", "Ce qui est demandé ne se peut pas", "What was asked for cannot be done"),
    (Code::NotNow, S::CONFLICT, "not-in-this-state", "Pas dans l'état actuel", "Not in the state it is in"),
    (Code::Busy, S::SERVICE_UNAVAILABLE, "busy", "Recommencez dans un instant", "Try again in a moment"),
    (Code::Stopping, S::SERVICE_UNAVAILABLE, "stopping", "facteur s'arrête", "facteur is stopping"),
    (Code::Store, S::SERVICE_UNAVAILABLE, "store", "Le magasin de documents ne répond pas", "The store does not answer"),
    (Code::Facteur, S::INTERNAL_SERVER_ERROR, "facteur", "Une faute de facteur", "A fault of facteur's own"),
];

impl Code {
    pub fn all() -> impl Iterator<Item = Code> {
        ROWS.iter().map(|row| row.0)
    }

    fn row(self) -> &'static Row {
        // The rows stand in the order of the codes; a test holds it.
        ROWS.get(self as usize).unwrap_or(&ROWS[ROWS.len() - 1])
    }

    pub fn status(self) -> StatusCode {
        self.row().1
    }

    /// As programs see it.
    pub fn as_str(self) -> &'static str {
        self.row().2
    }

    pub fn title(self) -> Text {
        Text::new(self.row().3, self.row().4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_has_its_row_and_its_own_name() {
        for (at, code) in Code::all().enumerate() {
            assert_eq!(code as usize, at, "{}", code.as_str());
        }
        assert_eq!(Code::Facteur as usize + 1, ROWS.len());
        let names: std::collections::BTreeSet<_> = Code::all().map(Code::as_str).collect();
        assert_eq!(names.len(), ROWS.len());
    }
}
