//! Unpacks a stream, one filter after the other, each layer within the limits.
//!
//! The filters are lopdf's. It forgives broken deflate and LZW data by handing out what came before the break; an invoice that
//! ends early must not pass for one, so that data is held against its own end mark and check sum first.

use std::io::{ErrorKind, Read as _};

use flate2::read::ZlibDecoder;
use lopdf::{DecompressError, Dictionary, Error, Object, Stream};
use weezl::{BitOrder, LzwStatus, decode::Decoder};

use super::budget::{Budget, bomb};
use super::refusal::{Refusal, RefusalKind};
use crate::limits;

/// Unpacks `packed` as its dictionary says. References in the dictionary were resolved before.
pub(super) fn unpack(dictionary: &Dictionary, packed: Vec<u8>, budget: &mut Budget) -> Result<Vec<u8>, Refusal> {
    let filters: Vec<&Object> = list(dictionary, b"Filter");
    let parameters: Vec<&Object> = list(dictionary, b"DecodeParms");
    if filters.len() > limits::PDF_FILTERS {
        let (count, most) = (filters.len(), limits::PDF_FILTERS);
        return Err(Refusal::new(
            RefusalKind::Bomb,
            format!("{count} filters on one stream; at most {most} are undone"),
        ));
    }
    if packed.len() > budget.room() {
        return Err(bomb());
    }
    budget.unpacked(packed.len())?;
    let mut data = packed;
    for (n, filter) in filters.into_iter().enumerate() {
        let name = filter.as_name().map_err(|_| Refusal::damaged("a filter is no name"))?;
        let parameters = parameters.get(n).and_then(|p| p.as_dict().ok());
        // What decryption undid already.
        if name == b"Crypt" {
            continue;
        }
        data = layer(name, parameters, data, budget)?;
    }
    Ok(data)
}

/// How much of a stream is its beginning.
pub(super) const BEGINNING: usize = 512;
/// Filters whose bytes may be anything. What the others give back is a picture.
const OF_DATA: [&[u8]; 11] = [
    b"Fl",
    b"FlateDecode",
    b"LZW",
    b"LZWDecode",
    b"A85",
    b"ASCII85Decode",
    b"AHx",
    b"ASCIIHexDecode",
    b"RL",
    b"RunLengthDecode",
    b"Crypt",
];

/// The beginning of a stream, for the price of its beginning; none where all of it must be unpacked for that. Empty for
/// pictures, and for what does not unpack. References in the dictionary need not be resolved.
pub(super) fn beginning(
    dictionary: &Dictionary,
    packed: &[u8],
    budget: &mut Budget,
) -> Result<Option<Vec<u8>>, Refusal> {
    budget.look(BEGINNING)?;
    let filters = list(dictionary, b"Filter");
    let name = |filter: &&Object| filter.as_name().ok().map(<[u8]>::to_vec);
    let names: Vec<Option<Vec<u8>>> = filters.iter().map(name).collect();
    if names.iter().flatten().any(|name| !OF_DATA.contains(&name.as_slice())) {
        return Ok(Some(Vec::new()));
    }
    let plain = list(dictionary, b"DecodeParms").iter().all(|p| p.is_null());
    match names.as_slice() {
        [] => Ok(Some(packed.get(..packed.len().min(BEGINNING)).unwrap_or_default().to_vec())),
        [Some(name)] if plain && matches!(name.as_slice(), b"Fl" | b"FlateDecode") => {
            let mut beginning = Vec::with_capacity(BEGINNING);
            // What breaks later has begun all the same.
            let _ = ZlibDecoder::new_with_buf(packed, vec![0; BEGINNING])
                .take(BEGINNING as u64)
                .read_to_end(&mut beginning);
            Ok(Some(beginning))
        }
        _ => Ok(None),
    }
}

fn layer(name: &[u8], with: Option<&Dictionary>, data: Vec<u8>, budget: &mut Budget) -> Result<Vec<u8>, Refusal> {
    let name: &[u8] = match name {
        b"Fl" | b"FlateDecode" => b"FlateDecode",
        b"LZW" | b"LZWDecode" => b"LZWDecode",
        b"A85" | b"ASCII85Decode" => b"ASCII85Decode",
        b"AHx" | b"ASCIIHexDecode" => b"ASCIIHexDecode",
        b"RL" | b"RunLengthDecode" => b"RunLengthDecode",
        other => {
            let other: String = String::from_utf8_lossy(other).chars().take(40).collect();
            return Err(Refusal::damaged(format!("the filter {other} is none for data")));
        }
    };
    let room = budget.room();
    match name {
        b"FlateDecode" => {
            // Without a predictor, what was unpacked to be checked is what was asked for.
            let mut kept = with.is_none().then(Vec::new);
            charged(whole(&data, room, kept.as_mut()), budget)?;
            if let Some(unpacked) = kept {
                return Ok(unpacked);
            }
        }
        b"LZWDecode" => charged(whole_lzw(&data, with, room), budget)?,
        _ => {}
    }
    if let Some(with) = with {
        predictor(with)?;
    }
    let mut dictionary = Dictionary::new();
    dictionary.set("Filter", Object::Name(name.to_vec()));
    if let Some(with) = with {
        dictionary.set("DecodeParms", Object::Dictionary(with.clone()));
    }
    let unpacked =
        Stream::new(dictionary, data).decompressed_content_with_limit(room).map_err(|error| match error {
            Error::Decompress(DecompressError::MemoryLimitExceeded { .. }) => bomb(),
            error => Refusal::damaged(format!("a stream does not unpack: {error}")),
        })?;
    if !matches!(name, b"FlateDecode" | b"LZWDecode") {
        budget.unpacked(unpacked.len())?;
    }
    Ok(unpacked)
}

/// How far unpacking went, and why no further where it did not go to the end.
type Length = (usize, Result<(), Refusal>);

/// The work counts whether or not it came to an end.
fn charged((length, whole): Length, budget: &mut Budget) -> Result<(), Refusal> {
    let paid = budget.unpacked(length);
    whole.and(paid)
}

/// The unpacked length of deflate data, which must end as they say they do, check sum included; what they hold is added to `kept`.
fn whole(data: &[u8], room: usize, mut kept: Option<&mut Vec<u8>>) -> Length {
    let mut decoder = ZlibDecoder::new(data);
    let mut buffer = [0u8; 16 * 1024];
    let mut length = 0usize;
    loop {
        match decoder.read(&mut buffer) {
            Ok(0) => return (length, Ok(())),
            Ok(n) => {
                length += n;
                if let (Some(kept), Some(new)) = (&mut kept, buffer.get(..n)) {
                    kept.extend_from_slice(new);
                }
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return (length, Err(Refusal::damaged(format!("a stream does not unpack: {error}")))),
        }
        if length > room {
            return (length, Err(bomb()));
        }
    }
}

/// The same for LZW data, which end with a mark of their own or with the stream.
fn whole_lzw(data: &[u8], with: Option<&Dictionary>, room: usize) -> Length {
    let early = with.and_then(|with| with.get(b"EarlyChange").and_then(Object::as_i64).ok()) != Some(0);
    let mut decoder = match early {
        true => Decoder::with_tiff_size_switch(BitOrder::Msb, 8),
        false => Decoder::new(BitOrder::Msb, 8),
    };
    let mut buffer = [0u8; 16 * 1024];
    let (mut rest, mut length) = (data, 0usize);
    loop {
        let step = decoder.decode_bytes(rest, &mut buffer);
        rest = rest.get(step.consumed_in..).unwrap_or_default();
        length += step.consumed_out;
        if length > room {
            return (length, Err(bomb()));
        }
        match step.status {
            Ok(LzwStatus::Done | LzwStatus::NoProgress) => return (length, Ok(())),
            Ok(LzwStatus::Ok) => {}
            Err(error) => return (length, Err(Refusal::damaged(format!("a stream does not unpack: {error}")))),
        }
    }
}

/// Parameters of a predictor that would make rows of any length are refused before anything is set aside for them.
fn predictor(with: &Dictionary) -> Result<(), Refusal> {
    let number = |key: &[u8], usual: i64| with.get(key).and_then(Object::as_i64).unwrap_or(usual);
    let (columns, colors, bits) = (number(b"Columns", 1), number(b"Colors", 1), number(b"BitsPerComponent", 8));
    let fits = (1..=1_000_000).contains(&columns) && (1..=64).contains(&colors) && (1..=32).contains(&bits);
    if fits { Ok(()) } else { Err(Refusal::damaged("the parameters of a predictor are none")) }
}

fn list<'d>(dictionary: &'d Dictionary, key: &[u8]) -> Vec<&'d Object> {
    match dictionary.get(key) {
        Ok(Object::Array(items)) => items.iter().collect(),
        Ok(Object::Null) | Err(_) => Vec::new(),
        Ok(one) => vec![one],
    }
}
