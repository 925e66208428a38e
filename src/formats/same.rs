//! One party that a message states under two roles, in full under one and by its identifier alone under the other: what each says completes the other.

use crate::invoice::{Draft, Place, Said, Term};

/// What came of it: terms that were filled in, and places of what differs and was left.
#[derive(Debug, Default)]
pub struct Completed {
    pub taken: Vec<(Term, Option<Place>)>,
    pub left: Vec<Option<Place>>,
}

/// Adds the terms and groups to a party that it lacks. What is said already stays; two addresses are not made into one, nor two contacts.
pub fn complete(own: &mut Draft, more: Draft) -> Completed {
    let mut done = Completed::default();
    fill(own, more, &mut done);
    done
}

fn fill(own: &mut Draft, more: Draft, done: &mut Completed) {
    let stated: Vec<Term> = own.said.iter().map(|said| said.term).collect();
    for said in more.said {
        if !stated.contains(&said.term) {
            done.taken.push((said.term, said.place.clone()));
            own.said.push(said);
        } else if !own.all(said.term).any(|known| alike(known, &said)) {
            done.left.push(said.place);
        }
    }
    for group in more.groups {
        match own.groups.iter_mut().find(|known| known.term == group.term) {
            Some(known) if contradicts(known, &group) => {
                let differs = |said: &&Said| !known.all(said.term).any(|own| alike(own, said));
                done.left.extend(group.said.iter().filter(differs).map(|said| said.place.clone()));
            }
            Some(known) => fill(known, group, done),
            None => {
                let first = group.said.first().and_then(|said| said.place.clone());
                done.taken.extend(group.term.map(|term| (term, first)));
                own.groups.push(group);
            }
        }
    }
}

fn contradicts(known: &Draft, other: &Draft) -> bool {
    other.said.iter().any(|said| known.first(said.term).is_some_and(|own| !alike(own, said)))
}

/// The same but for blanks and capitals.
fn alike(one: &Said, other: &Said) -> bool {
    let bare = |said: &Said| said.text.split_whitespace().collect::<String>().to_lowercase();
    bare(one) == bare(other)
}
