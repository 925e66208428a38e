//! EDIFACT: an interchange of ten megabytes taken apart, to segments and to every text in it; a large one as a stream, and its memory.

use std::hint::black_box;
use std::io::Read;
use std::process::Command;

use facteur::edifact::{Event, Interchange, Options};
use facteur::formats::edifact::{Partner, received, stated};
use facteur::invoice::bt;

use crate::Scale;
use crate::rounds::{Side, Times, measure};

/// The argument with which this program reads a stream and tells what it held at most.
pub const CHILD: &str = "--memory-of-stream";

/// The argument with which this program writes an invoice of so many lines as CII and tells the same.
pub const CII: &str = "--memory-of-cii";

/// MB a second.
const TOKENISE: f64 = 100.0;
const MODEL: f64 = 30.0;
/// What a stream may take beyond what the process holds before, in MB.
const STREAM: f64 = 8.0;
/// What writing an invoice that is all lines as CII may take, in times the message.
const WRITTEN: f64 = 60.0;

pub fn run(scale: Scale) {
    let made = interchange(scale.size(10_000_000, 20_000));
    let bytes = made.as_slice();
    let (messages, segments) = tokenise(bytes);
    assert_eq!(segments, messages * u64::from(SEGMENTS));
    let mut sides = [
        Side::new(|| _ = black_box(scan(bytes))),
        Side::new(|| _ = black_box(tokenise(bytes))),
        Side::new(|| _ = black_box(texts(bytes))),
        Side::new(|| _ = black_box(model(bytes))),
        Side::new(|| _ = black_box(as_cii(bytes))),
    ];
    let times = measure(&mut sides, scale.rounds(15).rounds, scale.sample);
    let [scan, tokenise, texts, model, as_cii] = times.as_slice() else { unreachable!("five sides") };
    println!("  {:.1} MB, {messages} messages, {segments} segments", bytes.len() as f64 / 1e6);
    speed("a bare pass, counting separators", bytes.len(), scan, None);
    speed("envelopes, segments, elements, all checks", bytes.len(), tokenise, Some(TOKENISE));
    speed("the same, and the text of every component", bytes.len(), texts, None);
    speed("to the model: groups, binding, meanings", bytes.len(), model, Some(MODEL));
    speed("the same, written as CII to be judged", bytes.len(), as_cii, None);
    memory(scale);
}

fn speed(what: &str, bytes: usize, times: &Times, bar: Option<f64>) {
    let rate = |nanoseconds: f64| bytes as f64 / nanoseconds * 1e3;
    let (best, usual) = (rate(times.min()), rate(times.median()));
    let held = bar.map_or(String::new(), |bar| {
        let held = if best >= bar { "held" } else { "MISSED" };
        format!("   {:.2}× the bar of {bar} MB/s: {held}", best / bar)
    });
    println!("  {what:<44} {best:>6.0} MB/s (median {usual:>6.0}){held}");
}

/// What everybody must do: look at each byte.
fn scan(bytes: &[u8]) -> u64 {
    let mut count = 0;
    let mut released = false;
    for b in bytes {
        count += u64::from(!released && matches!(b, b'+' | b':' | b'\''));
        released = !released && *b == b'?';
    }
    count
}

/// Messages and segments.
fn tokenise(source: impl Read) -> (u64, u64) {
    let mut interchange = Interchange::new(source, Options::default());
    let (mut messages, mut segments) = (0, 0);
    while let Some(event) = interchange.next_event().expect("a sound interchange") {
        match event {
            Event::Message(message) => {
                assert!(message.faults.is_empty(), "{:?}", message.faults);
                messages += 1;
                segments += message.len() as u64;
            }
            Event::Fault(fault) => panic!("{fault:?}"),
            _ => {}
        }
    }
    (messages, segments)
}

/// What every message states, counted in lines.
fn model(bytes: &[u8]) -> usize {
    let mut interchange = Interchange::new(bytes, Options::default());
    let partner = Partner::default();
    let mut lines = 0;
    while let Some(event) = interchange.next_event().expect("a sound interchange") {
        if let Event::Message(message) = event {
            let stated = stated(&message, &[], &partner);
            assert!(stated.draft.first(bt::BT_1).is_some());
            lines += stated.draft.groups(bt::BG_25).count();
        }
    }
    lines
}

/// The same, and each message as CII.
fn as_cii(bytes: &[u8]) -> usize {
    received(bytes, &[]).map_or(0, |documents| documents.iter().map(|document| document.text.len()).sum())
}

/// Characters of all components.
fn texts(bytes: &[u8]) -> usize {
    let mut interchange = Interchange::new(bytes, Options::default());
    let mut characters = 0;
    while let Some(event) = interchange.next_event().expect("a sound interchange") {
        if let Event::Message(message) = event {
            for segment in message.segments() {
                for e in 1..=segment.elements() {
                    let Some(element) = segment.element(e) else { continue };
                    characters += element.texts().flatten().map(|text| text.len()).sum::<usize>();
                }
            }
        }
    }
    characters
}

const SEGMENTS: u32 = 53;

/// An invoice as retailers send them: 53 segments.
fn message(number: u64) -> String {
    lined(number, 7)
}

/// The same with so many lines.
fn lined(number: u64, count: u32) -> String {
    let lines: String = (1..=count)
        .map(|n| {
            format!(
                "LIN+{n}++4000862141404:EN'PIA+1+{number}{n}:SA'IMD+F++:::Papier à lettres no {n} de l?'usine'QTY+47:{n}:PCE'\
                 MOA+203:{n}2.50'PRI+AAA:12.50'"
            )
        })
        .collect();
    format!(
        "UNH+{number}+INVOIC:D:96A:UN:EAN008'BGM+380+F{number}+9'DTM+137:20260102:102'RFF+ON:4500{number}'NAD+BY+4000001000005::9'\
         NAD+SU+4000001000012::9++Fournitures et Cie:Service commercial+1 rue de l?'Exemple+Lyon++69001+FR'CUX+2:EUR:4'{lines}\
         UNS+S'MOA+79:350.00'MOA+124:70.00'UNT+{}+{number}'",
        11 + 6 * count
    )
}

const HEAD: &str = "UNA:+.? 'UNB+UNOW:4+4000001000012:14+4000001000005:14+20260102:1200+R1'";

fn interchange(least: usize) -> Vec<u8> {
    let mut text = HEAD.to_owned();
    let mut count = 0;
    while text.len() < least {
        count += 1;
        text.push_str(&message(count));
    }
    text.push_str(&format!("UNZ+{count}+R1'"));
    text.into_bytes()
}

/// An interchange that is made up while it is read.
struct Stream {
    now: Vec<u8>,
    at: usize,
    count: u64,
    left: u64,
}

impl Read for Stream {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.at == self.now.len() {
            self.at = 0;
            self.now = match self.left {
                0 => Vec::new(),
                1 => format!("UNZ+{}+R1'", self.count).into_bytes(),
                _ => {
                    self.count += 1;
                    message(self.count).into_bytes()
                }
            };
            self.left = self.left.saturating_sub(1);
        }
        let count = into.len().min(self.now.len() - self.at);
        into[..count].copy_from_slice(&self.now[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

/// What a process holds at most that reads an interchange of 200 MB as a stream, or writes one invoice of many lines as CII, beyond what it held before.
fn memory(scale: Scale) {
    let messages = scale.size(200_000_000, 100_000) / message(100_000).len();
    let (Some((took, bytes)), Some((cii, of))) = (of_child(CHILD, messages), of_child(CII, scale.size(50_000, 100)))
    else {
        println!("  memory: not told by this system");
        return;
    };
    let held = if cii / of <= WRITTEN { "held" } else { "MISSED" };
    println!(
        "  {:<44} {:>6.1} times the message   bar {WRITTEN}: {held}",
        format!("memory of {:.0} MB in one message, as CII", of / 1e6),
        cii / of
    );
    let took = took / 1e6;
    let held = if took <= STREAM { "held" } else { "MISSED" };
    println!(
        "  {:<44} {took:>6.1} MB   bar {STREAM} MB: {held}",
        format!("memory of a stream of {:.0} MB", bytes / 1e6)
    );
}

/// What a child held at most beyond what it held before, and how much it read, in bytes.
fn of_child(mode: &str, count: usize) -> Option<(f64, f64)> {
    let this = std::env::current_exe().expect("this program");
    let told = Command::new(this).arg(mode).arg(count.to_string()).output().expect("a child");
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    let numbers: Vec<f64> = told.split_whitespace().filter_map(|n| n.parse().ok()).collect();
    match numbers[..] {
        [before, peak, bytes] => Some(((peak - before) * 1024.0, bytes)),
        _ => None,
    }
}

/// The other child: writes one invoice of so many lines as CII and prints the same.
pub fn child_of_cii(lines: &str) {
    let text = format!("{HEAD}{}UNZ+1+R1'", lined(1, lines.parse().expect("a number")));
    let before = crate::large::peak();
    assert!(as_cii(text.as_bytes()) > text.len());
    if let (Some(before), Some(after)) = (before, crate::large::peak()) {
        println!("{before} {after} {}", text.len());
    }
}

/// The child: reads a stream of so many messages and prints what the process held at most, in KiB, before and after, and its bytes.
pub fn child(messages: &str) {
    let messages: u64 = messages.parse().expect("a number");
    let before = crate::large::peak();
    let stream = Stream { now: HEAD.into(), at: 0, count: 0, left: messages + 1 };
    let (read, _) = tokenise(stream);
    assert_eq!(read, messages);
    if let (Some(before), Some(after)) = (before, crate::large::peak()) {
        println!("{before} {after} {}", messages * message(100_000).len() as u64);
    }
}
