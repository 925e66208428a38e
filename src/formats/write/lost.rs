//! Losses in words.

use crate::text::{Lang, Text};

use super::{Loss, Reason};

impl Loss {
    /// Why, in a clause without a full stop. Of two long texts that begin alike, what follows where they part: else nobody sees what was lost.
    pub fn text(&self) -> Text {
        let Reason::Reads(Some(found)) = &self.reason else { return self.reason.text() };
        if short(found) != short(&self.value) || *found == self.value {
            return self.reason.text();
        }
        let alike = found.chars().zip(self.value.chars()).take_while(|(a, b)| a == b).count();
        let from = |text: &str| {
            let rest: String = text.chars().skip(alike.saturating_sub(BEFORE)).collect();
            format!("…{}", short(&rest))
        };
        let (said, read, at) = (from(&self.value), from(found), alike + 1);
        let ends = alike == found.chars().count();
        Text::new(
            if ends {
                format!("le texte se relit coupé après {alike} caractères ; « {said} » y manque")
            } else {
                format!("à sa place se lit, à partir du caractère {at}, « {read} » et non « {said} »")
            },
            if ends {
                format!("the text is read cut after {alike} characters; \"{said}\" is missing there")
            } else {
                format!("in its place, from character {at} on, \"{read}\" is read and not \"{said}\"")
            },
        )
    }
}

/// Characters kept before the first that differs.
const BEFORE: usize = 10;

impl Reason {
    /// For machines.
    pub fn code(&self) -> &'static str {
        match self {
            Reason::NoPlace => "no-place",
            Reason::Once => "once",
            Reason::Needs(_) => "needs",
            Reason::Characters => "characters",
            Reason::Reads(_) => "reads",
            Reason::Charset => "charset",
            Reason::Currency => "currency",
            Reason::Added => "added",
            Reason::Outside => "outside",
            Reason::Long(_) => "length",
            Reason::Full(_) => "full",
            Reason::Form => "form",
            Reason::Profile(_) => "profile",
            Reason::Changed(_) => "changed",
            Reason::Again => "again",
            Reason::Agreed => "agreed",
            Reason::Demanded => "demanded",
            Reason::Cut(_) => "cut",
            Reason::Unread(_) => "unread",
        }
    }

    /// Is something lost, or said that the source does not say? Else it is told and nothing more: what was asked for, what the partner file says, what is
    /// there in other words of the same meaning.
    pub fn is_loss(&self) -> bool {
        !matches!(self, Reason::Changed(_) | Reason::Again | Reason::Agreed | Reason::Demanded)
    }

    /// A clause without a full stop.
    pub fn text(&self) -> Text {
        match self {
            Reason::NoPlace => {
                Text::new("la syntaxe n'a pas d'élément pour ce terme", "the syntax has no element for this term")
            }
            Reason::Once => Text::new(
                "la syntaxe n'a de place que pour un, et un autre y est",
                "the syntax has room for one, and another one is there",
            ),
            Reason::Needs(term) => Text::new(
                format!("la syntaxe ne l'a qu'avec {}, qui n'y est pas écrit", term.called(Lang::Fr)),
                format!("the syntax has it only with {}, which is not written there", term.called(Lang::En)),
            ),
            Reason::Characters => Text::new(
                "des caractères ne peuvent pas y figurer ; le reste est écrit",
                "some characters cannot stand there; the rest is written",
            ),
            Reason::Charset => Text::new(
                "le jeu de caractères n'a pas tous les siens, et changé il dirait autre chose : il n'est pas écrit",
                "the character set has not all its characters, and changed it would say something else: it is not written",
            ),
            Reason::Currency => Text::new(
                "dans une autre devise que la facture, qui n'a pas ce montant dans la sienne",
                "in another currency than the invoice, which has no such amount in its own",
            ),
            Reason::Reads(None) => Text::new(
                "ce qui s'écrit à sa place ne se relit pas comme ce terme",
                "what is written in its place is not read as this term",
            ),
            Reason::Reads(Some(found)) => Text::new(
                format!("à sa place se lit « {} »", short(found)),
                format!("in its place, \"{}\" is read", short(found)),
            ),
            Reason::Added => Text::new(
                "le document écrit le dit, et la source ne le dit pas",
                "the written document says it, and the source does not",
            ),
            Reason::Outside => Text::new(
                "ni terme d'EN 16931 ni de l'extension française : le modèle ne le porte pas",
                "no term of EN 16931 nor of the French extension: the model does not carry it",
            ),
            Reason::Long(most) => Text::new(
                format!("la syntaxe n'a de place que pour {most} caractères"),
                format!("the syntax has room for {most} characters"),
            ),
            Reason::Full(most) => Text::new(
                format!("la syntaxe n'a que {most} places de ce genre, et elles sont prises"),
                format!("the syntax has {most} places of this kind, and they are taken"),
            ),
            Reason::Form => Text::new(
                "la syntaxe n'a de place que pour une date ou un nombre, et ce n'en est pas un",
                "the syntax has room for a date or a number alone, and this is none",
            ),
            Reason::Profile(level) => Text::new(
                format!("le profil {} de Factur-X n'a pas de place pour ce terme", level.xmp()),
                format!("the profile {} of Factur-X has no place for this term", level.xmp()),
            ),
            Reason::Changed(now) => Text::new(
                format!("le document écrit nomme son profil : « {} »", short(now)),
                format!("the written document names its profile: \"{}\"", short(now)),
            ),
            Reason::Again => Text::new(
                "les mêmes mots y sont déjà : rien n'est perdu ni ajouté",
                "the same words are there already: nothing is lost or added",
            ),
            Reason::Agreed => Text::new(
                "le fichier partenaire le dit : qui lit avec lui le retrouve",
                "the partner file says it: whoever reads by it finds it again",
            ),
            Reason::Demanded => Text::new(
                "la syntaxe exige une valeur ici ; la plus générale est écrite",
                "the syntax demands a value here; the most general one is written",
            ),
            Reason::Cut(cut) => cut.text(),
            Reason::Unread(rule) => Text::new(
                format!("le document écrit dépasse une limite du lecteur ({rule}) et n'a pas été comparé"),
                format!("the written document is past a bound of the reader ({rule}) and was not compared"),
            ),
        }
    }
}

fn short(text: &str) -> String {
    const SHOWN: usize = 60;
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_long_texts_that_begin_alike_are_told_where_they_part() {
        let long = "M".repeat(300);
        let loss = |value: String, found: String| Loss {
            address: "BT-154".to_owned(),
            term: None,
            value,
            place: None,
            reason: Reason::Reads(Some(found)),
        };
        let other = loss(format!("{long} right"), format!("{long} wrong")).text();
        assert!(
            other.en.contains("character 302") && other.en.contains("MM wrong\"") && other.en.contains("MM right\""),
            "{other:?}"
        );
        let cut = loss(format!("{long} and more"), long.clone()).text();
        assert!(
            cut.en.contains("after 300 characters") && cut.en.contains("and more") && cut.fr.contains("300"),
            "{cut:?}"
        );
        assert_eq!(loss("a".to_owned(), "b".to_owned()).text().en, "in its place, \"b\" is read");
    }
}
