//! Looks through everything that hangs on the trailer, wherever it hangs: embedded files may be associated with pages, forms,
//! images, annotations or structure elements (ISO 32000-2, 14.13), and whoever wants one unseen puts it elsewhere still.
//! What no path leads to any more, such as a revision that was replaced, is no part of the document and is not looked at.

use std::collections::{HashSet, VecDeque};

use lopdf::Object;

use super::attach::Gathered;
use super::file::File;
use super::refusal::{Refusal, RefusalKind};
use super::{Found, Loose};

/// What the walk came by beside the files it gathered.
#[derive(Debug, Default)]
pub(super) struct Walked {
    /// Streams that begin as markup does and that nothing calls a file.
    pub loose: Vec<Loose>,
    /// The first part that could not be looked at.
    pub unseen: Option<Refusal>,
}

/// The objects that wait, and those that were met: each is looked at once.
#[derive(Debug, Default)]
pub(super) struct Path {
    pub waiting: VecDeque<u32>,
    met: HashSet<u32>,
}

impl Path {
    pub fn meet(&mut self, id: u32) {
        if self.met.insert(id) {
            self.waiting.push_back(id);
        }
    }
}

/// Adds every embedded file that can be reached and was not found before. `known` is a stream that was read already.
pub(super) fn walk(file: &mut File<'_>, known: Option<u32>, gathered: &mut Gathered) -> Walked {
    let mut walked = Walked::default();
    let (mut path, mut typed, mut marked) = (Path::default(), Vec::new(), Vec::new());
    file.begin(&mut path);
    while let Some(id) = path.waiting.pop_front() {
        let mut look = || -> Result<(), Refusal> {
            let seen = file.look_at(id, &mut path)?;
            if seen.holds && holds(file, id, gathered)? {
                typed.push(id);
            } else if seen.stream
                && known != Some(id)
                && let Some(beginning) = file.markup(id)?
            {
                marked.push((id, beginning));
            }
            Ok(())
        };
        if let Err(refusal) = look() {
            let goes_on = matches!(refusal.kind, RefusalKind::Damaged | RefusalKind::Cyclic | RefusalKind::TooDeep);
            if !goes_on {
                walked.unseen = Some(refusal);
                break;
            }
            walked.unseen.get_or_insert(refusal);
        }
    }
    for id in typed {
        if let Err(refusal) = gathered.nameless(id) {
            walked.unseen = Some(refusal);
            break;
        }
    }
    for (id, beginning) in marked.into_iter().filter(|(id, _)| !gathered.has(*id)) {
        match file.unpacked(id) {
            Ok((_, content)) => walked.loose.push(Loose { object: id, content }),
            // A reader that forgives would have at least this much.
            Err(refusal) if !refusal.is_bound() => walked.loose.push(Loose { object: id, content: beginning }),
            Err(refusal) => {
                walked.unseen = Some(refusal);
                break;
            }
        }
    }
    walked
}

/// Adds the files of all file specifications inside an object; true where it is the stream of an embedded file itself.
fn holds(file: &mut File<'_>, id: u32, gathered: &mut Gathered) -> Result<bool, Refusal> {
    let found = file.get(id)?;
    let mut waiting = vec![&found.object];
    while let Some(object) = waiting.pop() {
        match object {
            Object::Array(items) => waiting.extend(items.iter().rev()),
            Object::Dictionary(dictionary) => {
                gathered.add(file, dictionary, None, Found::Elsewhere)?;
                waiting.extend(dictionary.iter().map(|(_, value)| value));
            }
            _ => {}
        }
    }
    Ok(found.is_stream() && found.object.as_dict().is_ok_and(|d| d.has_type(b"EmbeddedFile")))
}
