//! A PDF as a store of objects that are read when asked for, and never before: what nobody asks for costs nothing, whatever
//! it would unpack to.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use lopdf::encryption::decrypt_object;
use lopdf::{Dictionary, Document, EncryptionState, Object, ObjectId, Stream};

use super::Misfit;
use super::budget::Budget;
use super::filter;
use super::lex::{Lexer, is_space};
use super::refusal::{Refusal, RefusalKind};
use super::skim::skim;
use super::stream::{self, Extent};
use super::walk::Path;
use super::xref::{Entry, Xref};
use crate::limits;

pub(super) struct File<'d> {
    data: &'d [u8],
    xref: Xref,
    pub budget: Budget,
    objects: HashMap<u32, Rc<Found>>,
    containers: HashMap<u32, Result<Rc<Shelf>, Refusal>>,
    /// Objects being resolved right now: one that turns up again contains itself.
    path: Vec<u32>,
    lock: Option<EncryptionState>,
    /// The dictionary that says how the file is locked, itself in clear.
    lock_id: Option<u32>,
    /// What was met on the way that two readers would understand in two ways.
    twofold: Option<String>,
}

/// An object, and where the bytes of its stream are.
pub(super) struct Found {
    pub id: ObjectId,
    /// The dictionary, where it is a stream.
    pub object: Object,
    stream: Option<Extent>,
    /// A key that is there twice.
    doubled: Option<&'static str>,
}

impl Found {
    pub fn is_stream(&self) -> bool {
        self.stream.is_some()
    }

    fn range(&self) -> Option<Range<usize>> {
        self.stream.as_ref().map(|extent| extent.range.clone())
    }
}

/// What a look at an object showed.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen {
    /// May an embedded file hang in it?
    pub holds: bool,
    pub stream: bool,
}

/// An unpacked object stream: where each object begins.
struct Shelf {
    bytes: Vec<u8>,
    places: HashMap<u32, usize>,
}

impl<'d> File<'d> {
    /// Unlocks the file with the empty password where it is locked.
    pub fn open(data: &'d [u8], xref: Xref, budget: Budget) -> Result<Self, Refusal> {
        let mut file = File {
            twofold: xref.twofold.clone(),
            data,
            xref,
            budget,
            objects: HashMap::new(),
            containers: HashMap::new(),
            path: Vec::new(),
            lock: None,
            lock_id: None,
        };
        if let Ok(lock) = file.xref.trailer.get(b"Encrypt").cloned()
            && !lock.is_null()
        {
            file.unlock(&lock)?;
        }
        Ok(file)
    }

    pub fn is_locked(&self) -> bool {
        self.lock.is_some()
    }

    /// How many bytes it has.
    pub fn size(&self) -> usize {
        self.data.len()
    }

    /// Does an update follow that is not whole?
    pub fn goes_on(&self) -> bool {
        self.xref.goes_on
    }

    /// What two readers would understand in two ways, where something was met that they would.
    pub fn twofold(&self) -> Option<String> {
        self.twofold.clone()
    }

    /// What the stream of a file says its length is, where that does not lead to its end. Keys that are there twice are noted.
    pub fn misfit(&mut self, id: u32) -> Option<Misfit> {
        let found = self.get(id).ok()?;
        if let Some(key) = found.doubled {
            self.twofold.get_or_insert_with(|| format!("object {id} gives /{key} twice, and not the same"));
        }
        let extent = found.stream.as_ref().filter(|extent| !extent.fits)?;
        Some(Misfit { said: extent.said, is: extent.range.len() })
    }

    /// The same for a stream that is no file: it is noted.
    pub fn note_misfit(&mut self, id: u32) {
        if self.misfit(id).is_some() {
            self.twofold.get_or_insert_with(|| format!("the /Length of object {id} does not lead to its end"));
        }
    }

    /// The document's catalogue.
    pub fn catalogue(&mut self) -> Result<Dictionary, Refusal> {
        let root = self.xref.trailer.get(b"Root").cloned();
        let root = root.map_err(|_| Refusal::damaged("the trailer names no catalogue"))?;
        match self.resolve(&root)? {
            Object::Dictionary(catalogue) => Ok(catalogue),
            _ => Err(Refusal::damaged("the catalogue is no dictionary")),
        }
    }

    /// Makes the first catalogue that is found the root, in a rebuilt file without a trailer.
    pub fn find_catalogue(&mut self) -> Result<(), Refusal> {
        let mut ids: Vec<u32> = self.xref.entries.keys().copied().collect();
        ids.sort_unstable();
        for id in ids.iter().rev() {
            let Some(Entry::At(offset, _)) = self.xref.entries.get(id).copied() else { continue };
            let window = self.data.get(usize::try_from(offset).unwrap_or(usize::MAX)..).unwrap_or_default();
            let window = window.get(..window.len().min(2_048)).unwrap_or_default();
            self.budget.look(window.len())?;
            let says = |word: &[u8]| window.windows(word.len()).any(|w| w == word);
            if says(b"/ObjStm") {
                self.list_container(*id)?;
            }
            if !self.xref.trailer.has(b"Root") && says(b"/XRef") {
                self.take_trailer(*id)?;
            }
        }
        if self.xref.trailer.has(b"Root") {
            return Ok(());
        }
        let mut ids: Vec<u32> = self.xref.entries.keys().copied().collect();
        ids.sort_unstable();
        for id in ids.into_iter().rev() {
            match self.get(id) {
                Ok(found) if found.object.as_dict().is_ok_and(|d| d.has_type(b"Catalog")) => {
                    self.xref.trailer.set("Root", Object::Reference((id, 0)));
                    return Ok(());
                }
                Err(refusal) if refusal.is_bound() => return Err(refusal),
                _ => {}
            }
        }
        Err(Refusal::damaged("no catalogue is left in the file"))
    }

    /// In a rebuilt file: the objects inside an object stream, where no later one of the same number stands outside.
    fn list_container(&mut self, id: u32) -> Result<(), Refusal> {
        match self.container(id) {
            Ok(shelf) => {
                for inner in shelf.places.keys() {
                    self.budget.entry()?;
                    self.xref.entries.entry(*inner).or_insert(Entry::Inside(id));
                }
                Ok(())
            }
            Err(refusal) if refusal.is_bound() => Err(refusal),
            Err(_) => Ok(()),
        }
    }

    fn take_trailer(&mut self, id: u32) -> Result<(), Refusal> {
        match self.get(id) {
            Ok(found) => {
                if let Ok(dictionary) = found.object.as_dict()
                    && dictionary.has_type(b"XRef")
                    && dictionary.has(b"Root")
                {
                    self.xref.trailer = dictionary.clone();
                    if let Ok(lock) = self.xref.trailer.get(b"Encrypt").cloned() {
                        self.unlock(&lock)?;
                    }
                }
                Ok(())
            }
            Err(refusal) if refusal.is_bound() => Err(refusal),
            Err(_) => Ok(()),
        }
    }

    /// The object itself, references followed; a stream is its dictionary.
    pub fn resolve(&mut self, object: &Object) -> Result<Object, Refusal> {
        let mut object = object.clone();
        let mut steps = 0;
        while let Object::Reference((id, _)) = object {
            steps += 1;
            if steps > limits::PDF_DEPTH {
                return Err(Refusal::new(RefusalKind::Cyclic, "references that lead to each other"));
            }
            object = self.get(id)?.object.clone();
        }
        Ok(object)
    }

    /// What stands under a key, references followed; null where nothing does.
    pub fn value(&mut self, dictionary: &Dictionary, key: &[u8]) -> Result<Object, Refusal> {
        match dictionary.get(key) {
            Ok(object) => self.resolve(object),
            Err(_) => Ok(Object::Null),
        }
    }

    /// Everything that was read is forgotten but the tables and the object streams, and what follows is drawn from this.
    pub fn anew(&mut self, budget: Budget) {
        self.objects.clear();
        self.containers.retain(|_, shelf| shelf.is_ok());
        self.budget = budget;
    }

    /// Where a walk through the document begins: at the catalogue, and at whatever else the trailer names.
    pub fn begin(&self, path: &mut Path) {
        let trailer = &self.xref.trailer;
        let mut waiting: Vec<&Object> = trailer.iter().map(|(_, value)| value).collect();
        waiting.extend(trailer.get(b"Root").ok());
        while let Some(object) = waiting.pop() {
            match object {
                Object::Reference((id, _)) => path.meet(*id),
                Object::Array(items) => waiting.extend(items),
                Object::Dictionary(dictionary) => waiting.extend(dictionary.iter().map(|(_, value)| value)),
                _ => {}
            }
        }
    }

    /// Passes over an object and adds those it names to the path. One that the tables do not know, or call free, is null.
    pub fn look_at(&mut self, id: u32, path: &mut Path) -> Result<Seen, Refusal> {
        let shelf;
        let (data, at) = match self.xref.entries.get(&id).copied() {
            Some(Entry::At(offset, _)) => {
                let mut lexer = Lexer::new(self.data, usize::try_from(offset).unwrap_or(usize::MAX));
                let here = lexer.header(&mut self.budget)?.is_some_and(|(number, _)| number == id);
                (self.data, here.then_some(lexer.at))
            }
            Some(Entry::Inside(container)) => {
                shelf = self.container(container)?;
                (shelf.bytes.as_slice(), shelf.places.get(&id).copied())
            }
            Some(Entry::Free) | None => return Ok(Seen::default()),
        };
        let at = at.ok_or_else(|| Refusal::damaged(format!("object {id} is not where the tables say")))?;
        let mut lexer = Lexer::new(data, at);
        lexer.space(&mut self.budget)?;
        if !data.get(lexer.at).is_some_and(|b| matches!(b, b'<' | b'[')) {
            if let Object::Reference((other, _)) = lexer.object(&mut self.budget)? {
                path.meet(other);
            }
            return Ok(Seen::default());
        }
        let entries = &self.xref.entries;
        let meet = |other| {
            if entries.contains_key(&other) {
                path.meet(other)
            }
        };
        let passed = skim(data, lexer.at, &mut self.budget, meet)?;
        let mut seen = Seen { holds: passed.holds, stream: false };
        // Inside object streams there are no streams.
        if matches!(self.xref.entries.get(&id), Some(Entry::At(..))) {
            let mut behind = Lexer::new(data, passed.end);
            behind.space(&mut self.budget)?;
            seen.stream = data.get(behind.at..).is_some_and(|rest| rest.starts_with(b"stream"));
        }
        Ok(seen)
    }

    /// The beginning of a stream that may be markup. Pictures are not looked at, nor what does not unpack at all, nor anything
    /// in a file that is locked, of which nothing is called valid.
    pub fn markup(&mut self, id: u32) -> Result<Option<Vec<u8>>, Refusal> {
        if self.is_locked() {
            return Ok(None);
        }
        let found = self.get(id)?;
        let (Ok(dictionary), Some(range)) = (found.object.as_dict(), found.range()) else { return Ok(None) };
        if dictionary.get(b"Subtype").and_then(Object::as_name).is_ok_and(|name| name == b"Image") {
            return Ok(None);
        }
        let packed = self.data.get(range).unwrap_or_default();
        let beginning = match filter::beginning(dictionary, packed, &mut self.budget)? {
            Some(beginning) => beginning,
            None => match self.unpacked(id) {
                Ok((_, bytes)) => bytes.into_iter().take(filter::BEGINNING).collect(),
                Err(refusal) if refusal.is_bound() => return Err(refusal),
                Err(_) => return Ok(None),
            },
        };
        let first = |b: &u8| !is_space(*b) && !matches!(b, 0xEF | 0xBB | 0xBF | 0xFE | 0xFF);
        let may_be = beginning.iter().find(|b| first(b)).map_or(!beginning.is_empty(), |b| *b == b'<');
        Ok(may_be.then_some(beginning))
    }

    pub fn get(&mut self, id: u32) -> Result<Rc<Found>, Refusal> {
        if let Some(found) = self.objects.get(&id) {
            return Ok(found.clone());
        }
        if self.path.contains(&id) {
            return Err(Refusal::new(RefusalKind::Cyclic, format!("object {id} contains itself")));
        }
        if self.path.len() >= limits::PDF_DEPTH {
            return Err(Refusal::new(RefusalKind::TooDeep, format!("references deeper than {}", limits::PDF_DEPTH)));
        }
        self.path.push(id);
        let found = self.read(id);
        self.path.pop();
        let found = Rc::new(found?);
        self.objects.insert(id, found.clone());
        Ok(found)
    }

    fn read(&mut self, id: u32) -> Result<Found, Refusal> {
        match self.xref.entries.get(&id).copied() {
            Some(Entry::At(offset, _)) => self.read_at(id, offset),
            Some(Entry::Inside(container)) => {
                let shelf = self.container(container)?;
                let missing = || Refusal::damaged(format!("object {id} is not where the tables say"));
                let at = *shelf.places.get(&id).ok_or_else(missing)?;
                let object = Lexer::new(&shelf.bytes, at).object(&mut self.budget)?;
                Ok(Found { id: (id, 0), object, stream: None, doubled: None })
            }
            Some(Entry::Free) | None => Err(Refusal::damaged(format!("object {id} is missing"))),
        }
    }

    fn read_at(&mut self, id: u32, offset: u64) -> Result<Found, Refusal> {
        let mut lexer = Lexer::new(self.data, usize::try_from(offset).unwrap_or(usize::MAX));
        let header = lexer.header(&mut self.budget)?.filter(|(number, _)| *number == id);
        let id = header.ok_or_else(|| Refusal::damaged(format!("object {id} is not where the tables say")))?;
        let mut object = lexer.object(&mut self.budget)?;
        let mut extent = None;
        if let Object::Dictionary(dictionary) = &object {
            let mut ahead = lexer.clone();
            ahead.space(&mut self.budget)?;
            if self.data.get(ahead.at..).is_some_and(|rest| rest.starts_with(b"stream")) {
                let length = self.length(&dictionary.clone())?;
                extent = stream::extent(self.data, &mut lexer, length, &mut self.budget)?;
            }
        }
        if extent.is_none()
            && let Some(lock) = self.lock.as_ref().filter(|_| self.lock_id != Some(id.0))
        {
            decrypt_object(lock, id, &mut object)
                .map_err(|e| Refusal::damaged(format!("object {} does not decrypt: {e}", id.0)))?;
        }
        Ok(Found { id, object, stream: extent, doubled: lexer.doubled })
    }

    /// The length a stream says it has. One that cannot be found out is none: the end of the stream is looked for.
    fn length(&mut self, dictionary: &Dictionary) -> Result<Option<i64>, Refusal> {
        match self.value(dictionary, b"Length") {
            Ok(object) => Ok(object.as_i64().ok()),
            Err(refusal) if matches!(refusal.kind, RefusalKind::Damaged | RefusalKind::Cyclic) => Ok(None),
            Err(refusal) => Err(refusal),
        }
    }

    /// A stream's dictionary and its bytes, unlocked and unpacked.
    pub fn unpacked(&mut self, id: u32) -> Result<(Dictionary, Vec<u8>), Refusal> {
        let found = self.get(id)?;
        let (Ok(dictionary), Some(range)) = (found.object.as_dict(), found.range()) else {
            return Err(Refusal::damaged(format!("object {id} is no stream")));
        };
        let packed = self.data.get(range).unwrap_or_default();
        // Writers leave an empty file empty whatever its filters say; there is nothing to undo.
        if packed.is_empty() {
            return Ok((dictionary.clone(), Vec::new()));
        }
        if packed.len() > self.budget.room() {
            return Err(super::budget::bomb());
        }
        let mut stream = Object::Stream(Stream::new(dictionary.clone(), packed.to_vec()));
        if let Some(lock) = &self.lock {
            decrypt_object(lock, found.id, &mut stream)
                .map_err(|e| Refusal::damaged(format!("object {id} does not decrypt: {e}")))?;
        }
        let Object::Stream(Stream { mut dict, content, .. }) = stream else {
            return Err(Refusal::damaged(format!("object {id} is no stream")));
        };
        for key in [&b"Filter"[..], b"DecodeParms"] {
            let value = self.deep(&dict, key)?;
            if !value.is_null() {
                dict.set(key, value);
            }
        }
        let bytes = filter::unpack(&dict, content, &mut self.budget)?;
        Ok((dict, bytes))
    }

    /// What stands under a key, and the members of a list there, references followed.
    fn deep(&mut self, dictionary: &Dictionary, key: &[u8]) -> Result<Object, Refusal> {
        match self.value(dictionary, key)? {
            Object::Array(items) if items.len() <= limits::PDF_FILTERS => {
                Ok(Object::Array(items.iter().map(|item| self.resolve(item)).collect::<Result<_, _>>()?))
            }
            other => Ok(other),
        }
    }

    fn container(&mut self, id: u32) -> Result<Rc<Shelf>, Refusal> {
        if let Some(shelf) = self.containers.get(&id) {
            return shelf.clone();
        }
        let shelf = self.shelf(id).map(Rc::new);
        self.containers.insert(id, shelf.clone());
        shelf
    }

    fn shelf(&mut self, id: u32) -> Result<Shelf, Refusal> {
        if matches!(self.xref.entries.get(&id), Some(Entry::Inside(_))) {
            return Err(Refusal::new(RefusalKind::Cyclic, format!("object stream {id} inside an object stream")));
        }
        let (dictionary, bytes) = self.unpacked(id)?;
        self.note_misfit(id);
        let number =
            |key: &[u8]| dictionary.get(key).and_then(Object::as_i64).ok().and_then(|n| usize::try_from(n).ok());
        let (Some(count), Some(first)) = (number(b"N"), number(b"First")) else {
            return Err(Refusal::damaged(format!("object stream {id} has no table of its objects")));
        };
        let mut lexer = Lexer::new(bytes.get(..first.min(bytes.len())).unwrap_or_default(), 0);
        let mut places = HashMap::new();
        for _ in 0..count {
            let (Some(inner), Some(offset)) = (lexer.number(&mut self.budget)?, lexer.number(&mut self.budget)?) else {
                break;
            };
            self.budget.entry()?;
            if let (Ok(inner), Some(at)) =
                (u32::try_from(inner), usize::try_from(offset).ok().and_then(|o| o.checked_add(first)))
                && *places.entry(inner).or_insert(at) != at
            {
                let twice = || format!("object stream {id} gives object {inner} twice, and not the same");
                self.twofold.get_or_insert_with(twice);
            }
        }
        Ok(Shelf { bytes, places })
    }

    fn unlock(&mut self, lock: &Object) -> Result<(), Refusal> {
        let refuse = |why: String| Refusal::new(RefusalKind::Encrypted, why);
        let id = lock.as_reference().map_or((u32::MAX, 0), |id| id);
        self.lock_id = Some(id.0);
        let dictionary = match self.resolve(lock)? {
            Object::Dictionary(dictionary) => dictionary,
            _ => return Err(Refusal::damaged("the dictionary of the encryption is none")),
        };
        let mut document = Document::new();
        let file_id = self.xref.trailer.get(b"ID").cloned().unwrap_or(Object::Null);
        let file_id = self.resolve(&file_id)?;
        if let Object::Array(items) = file_id {
            let items = items.iter().map(|item| self.resolve(item)).collect::<Result<Vec<_>, _>>()?;
            document.trailer.set("ID", Object::Array(items));
        }
        document.trailer.set("Encrypt", Object::Reference(id));
        document.objects.insert(id, Object::Dictionary(dictionary));
        document.authenticate_password("").map_err(|e| refuse(format!("the empty password does not open it: {e}")))?;
        let state = EncryptionState::decode(&document, "")
            .map_err(|e| refuse(format!("the protection is of a kind that is not known: {e}")))?;
        self.lock = Some(state);
        self.objects.clear();
        self.containers.clear();
        Ok(())
    }
}
