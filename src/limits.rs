//! Every bound of the program in one table, so that a hostile document meets a number and not the machine's end.
//!
//! A bound that is met is a named refusal (`FCT-LIMIT-*`), never a panic and never a truncation.

/// Largest document accepted, in bytes (before any decoding).
pub const DOCUMENT_BYTES: usize = 100 * 1024 * 1024;
/// How far the clock of a platform may be behind ours, in milliseconds: what it says to be older than a deposit by more was not said of it.
pub const CLOCK_BEHIND_MS: i64 = 3_600_000;
/// Deepest nesting of XML elements. The deepest legal UBL invoice seen in the field has 12 levels.
pub const XML_DEPTH: usize = 64;
/// Most elements in one document; a 100,000-line invoice has about three million.
pub const XML_ELEMENTS: usize = 8_000_000;
/// Most attributes on one element, namespace declarations included.
pub const XML_ATTRIBUTES: usize = 64;
/// Longest element or attribute name, in bytes.
pub const XML_NAME_BYTES: usize = 256;
/// Most distinct element and attribute names that no table of ours knows, per document.
pub const XML_UNKNOWN_NAMES: usize = 4_096;
/// Most structure findings reported for one document; the rest is counted, not listed.
pub const STRUCTURE_FINDINGS: usize = 200;
/// Most findings of one rule listed for one document; the rest is counted, and the report says so. More than the lines that
/// fit into `DOCUMENT_BYTES`, so that no real invoice meets it.
pub const FINDINGS_PER_RULE: usize = 200_000;
/// Most VAT breakdowns (BG-23) and VAT totals of one document: rules hold each against every line. Real invoices have a dozen.
pub const BREAKDOWNS: usize = 1_000;
/// Most elements that the rules of one pack look at, again and again included, where a document repeats elements that they hold against
/// each other: so many, and so many for each element of the document. An ordinary invoice takes about one for each.
pub const JUDGING_STEPS: u64 = 10_000_000;
pub const JUDGING_STEPS_EACH: u64 = 16;
/// Most amounts of a computation that a finding lists; the rest is counted.
pub const ADDENDS: usize = 50;
/// Most lines of an invoice that a rendering shows; the rest is counted, and the page says so. Browsers still open it: some 40 MB.
pub const RENDERED_LINES: usize = 20_000;
/// Most lines shown where the rendering stands inside another page.
pub const RENDERED_LINES_WITHIN: usize = 500;
/// Most terms that a rendering shows, lines included; the rest is counted, and the page says so.
pub const RENDERED_TERMS: usize = 1_000_000;
/// Most characters of one value that a rendering shows, and of all values; the rest is counted, and the page says so.
pub const RENDERED_VALUE_CHARS: usize = 1_000_000;
pub const RENDERED_CHARS: usize = 32_000_000;
/// The same where the rendering stands inside another page.
pub const RENDERED_VALUE_CHARS_WITHIN: usize = 20_000;
pub const RENDERED_CHARS_WITHIN: usize = 1_000_000;
/// Most elements and attributes that are no term which a rendering shows; the rest is counted, and the page says so.
pub const RENDERED_FOREIGN: usize = 5_000;
/// The same where the rendering stands inside another page.
pub const RENDERED_FOREIGN_WITHIN: usize = 500;
/// Most findings that a rendering shows in full at their fields; the rest is counted, and the page says so.
pub const RENDERED_FINDINGS: usize = 5_000;
/// Most findings of one rule that text lists in full; the rest is counted there, by rule, and listed by the other forms.
pub const TEXT_FINDINGS_PER_RULE: usize = 20;
/// Most findings that follow one cause that text lists with it; the rest is counted there, by rule.
pub const TEXT_FOLLOWERS: usize = 6;
/// Most corrections that are tried on a document to see which findings come from which, what all trials may read, in bytes, and how
/// many findings they may compare.
pub const CAUSES_TRIED: usize = 24;
pub const CAUSES_TRIED_BYTES: usize = 64 * 1024 * 1024;
pub const CAUSES_TRIED_FINDINGS: usize = 500_000;
/// Most fatal findings among which one value of the document is looked for that explains them; values tried for one question, and in all.
pub const SUSPECTED_FINDINGS: usize = 200;
pub const SUSPECTS_EACH: usize = 4;
pub const SUSPECTS_TRIED: usize = 24;
/// Most corrections of one kind that are tried one by one where all together are not in order (more are tried by halves, twice as often),
/// and what all trials of a document may read, in bytes.
pub const FIXES_TRIED: usize = 24;
pub const FIXES_TRIED_BYTES: usize = 256 * 1024 * 1024;
/// Most examples that are written into a document to see whether they cure their finding.
pub const EXAMPLES_TRIED: usize = 24;
/// Most rates that one sentence names.
pub const RATES_NAMED: usize = 8;
/// Longest example of what is right that a finding shows, in bytes; of what is longer it shows the name.
pub const EXAMPLE_BYTES: usize = 800;
/// Most differences between two documents that are listed; the rest is counted, and the summary says so.
pub const DIFFERENCES: usize = 200_000;
/// Most messages that one APERAK is read for.
pub const APERAK_SUBJECTS: usize = 20;
/// Most bytes of a segment that are held against those of another document.
pub const QUOTED_SEGMENT: usize = 4_096;
/// Most pairs of groups (lines, say) of two documents whose likeness is looked at beyond one for each value that both have.
pub const DIFF_PAIRS: usize = 2_000_000;
/// Longest segment of an EDIFACT interchange, line ends before it included, in bytes. The longest legal one of INVOIC has some 60,000.
pub const EDIFACT_SEGMENT_BYTES: usize = 1024 * 1024;
/// Largest message of an EDIFACT interchange, in bytes, and most segments and elements of one: an invoice of 100,000 lines has about
/// a million segments and five million elements. A message beyond is left out and told; those around it are read.
pub const EDIFACT_MESSAGE_BYTES: usize = 64 * 1024 * 1024;
pub const EDIFACT_SEGMENTS: usize = 2_000_000;
pub const EDIFACT_ELEMENTS: usize = 10_000_000;
/// Most terms of one INVOIC. Each is some 120 bytes of CII, so that this many make `DOCUMENT_BYTES`; a bound before anything is written, since 300,000 lines
/// (33 MB) took eight gigabytes to be found too long.
pub const EDIFACT_TERMS: usize = 900_000;
/// Most elements of one segment, components of one element, and repetitions of one element.
pub const EDIFACT_SEGMENT_ELEMENTS: usize = 10_000;
pub const EDIFACT_COMPONENTS: usize = 1_000;
pub const EDIFACT_REPETITIONS: usize = 1_000;
/// Most messages, packages, groups and interchanges of a file that is taken apart at a door, most invoices of one that is judged or shown as a whole, and what its parts may come to together, in bytes.
pub const EDIFACT_MESSAGES: usize = 10_000;
pub const EDIFACT_SPLIT_BYTES: usize = 256 * 1024 * 1024;
/// Most bytes of messages (EDIFACT, packages of octets apart) or of interchanges (X12) that the daemon judges at once: where all of it is lines they take
/// two or three hundred times as much, as they become elements of CII that are read back and compared.
pub const EDI_JUDGED_BYTES: usize = 4 * 1024 * 1024;
/// Most invoices of one file whose reports are given in one answer.
pub const REPORTS_AT_ONCE: usize = 500;
/// Largest package of octets (UNO to UNP), in bytes.
pub const EDIFACT_PACKAGE_BYTES: usize = 64 * 1024 * 1024;
/// Most bytes before the first UNB of a file that are looked through for it.
pub const EDIFACT_OUTSIDE_BYTES: usize = 64 * 1024;
/// Most references of one interchange or group that are held against each other; beyond, a reference that comes twice is not seen, and that is told.
pub const EDIFACT_REFERENCES: usize = 1_000_000;
/// Most faults of one message, and of one interchange beside its messages, that are told; the rest is counted.
pub const EDIFACT_FAULTS: usize = 200;
/// Most different sentences about terms that are worked out or supplied, in the one finding that tells of them.
pub const EDIFACT_DERIVED: usize = 100;
/// Most elements of a segment that a CONTRL names (UCD).
pub const CONTRL_ELEMENTS: usize = 99;
/// Longest segment of an X12 interchange, in bytes; most segments of a file, most interchanges, groups and transaction sets of one, most elements of one segment. A segment that is
/// longer, or one more of the others, ends the reading; what was read before stands.
pub const X12_SEGMENT_BYTES: usize = 1024 * 1024;
pub const X12_SEGMENTS: usize = 2_000_000;
pub const X12_ENVELOPES: usize = 100_000;
pub const X12_ELEMENTS: usize = 1_000;
/// Most faults of one X12 interchange, group or transaction set that are told; the rest is counted.
pub const X12_FAULTS: usize = 200;
/// Most lines of one X12 invoice, as the 810 has it, and most other segments and loops directly in one loop; what is beyond is told and not read.
pub const X12_LINES: usize = 200_000;
pub const X12_REPEATS: usize = 5_000;
/// Most remarks on one X12 invoice.
pub const X12_REMARKS: usize = 1_000;
/// Longest value quoted in a finding, in characters; the rest becomes an ellipsis.
pub const QUOTED_CHARS: usize = 120;
/// Largest key or certificate file, in bytes; a company key with its whole chain has some ten thousand.
pub const KEY_FILE_BYTES: usize = 1024 * 1024;
/// Most rounds of a key derivation that are run to open a key: a few seconds.
pub const KEY_ITERATIONS: u32 = 5_000_000;
/// Most certificates that come with a key.
pub const CERTIFICATES: usize = 32;
/// Largest customer or configuration file, in bytes.
pub const CONFIG_BYTES: usize = 1024 * 1024;
/// Longest chain of `extends` between customer files.
pub const CLIENT_EXTENDS_DEPTH: usize = 8;
/// Most rules of one customer file, those it inherits included.
pub const CLIENT_RULES: usize = 1_000;
/// Waivers of one file.
pub const WAIVERS: usize = 1_000;
/// Most characters of who answers for a waiver or a changed severity, and of why: both stand with every finding that they are about.
pub const WAIVER_CHARS: usize = 1_000;
/// A waiver that lasts no longer than this many days more is announced.
pub const WAIVER_SOON_DAYS: i64 = 30;
/// A waiver that lasts longer than this many days more is remarked on: two years.
pub const WAIVER_LONG_DAYS: i64 = 731;
/// Largest compiled size of one customer pattern, in bytes.
pub const PATTERN_BYTES: usize = 256 * 1024;
/// Longest condition of a customer rule, in bytes.
pub const CONDITION_BYTES: usize = 4_096;
/// Deepest nesting of a condition.
pub const CONDITION_DEPTH: usize = 32;
/// Largest PDF whose inside is read, in bytes: what the AFNOR flow service takes.
pub const PDF_BYTES: usize = 100 * 1024 * 1024;
/// Largest stream of a PDF once unpacked, in bytes: 32 MiB is a thousand times the usual invoice.
pub const PDF_STREAM_BYTES: usize = 32 * 1024 * 1024;
/// What all streams of one PDF that were unpacked may come to, in bytes, each layer of filters counted.
pub const PDF_UNPACKED_BYTES: usize = 96 * 1024 * 1024;
/// Most filters on one stream. Real files have one or two.
pub const PDF_FILTERS: usize = 4;
/// Most objects (numbers, names, keys, lists…) of a PDF that are taken apart on the way to its attachments, and as many again
/// while the rest is looked through.
pub const PDF_OBJECTS: usize = 500_000;
/// What taking a PDF apart may look at, in bytes, over and over included, beside four times its own length.
pub const PDF_LOOKED_AT: usize = 64 * 1024 * 1024;
/// Most entries of the cross-reference tables of a PDF, all revisions together.
pub const PDF_XREF_ENTRIES: usize = 2_000_000;
/// Most revisions (cross-reference sections) of a PDF.
pub const PDF_REVISIONS: usize = 1_000;
/// Deepest nesting of lists and dictionaries, of references, and of name-tree or page-tree nodes.
pub const PDF_DEPTH: usize = 48;
/// Most nodes of the name tree, and most pages looked at for file attachments.
pub const PDF_NODES: usize = 4_000;
/// Most attachments of one PDF.
pub const PDF_ATTACHMENTS: usize = 200;
/// Longest name of an attachment that is kept, in characters.
pub const PDF_NAME_CHARS: usize = 255;
/// Largest XMP packet that is read, in bytes.
pub const PDF_XMP_BYTES: usize = 1024 * 1024;
/// What may be unpacked, all files of a PDF together, to see whether an invoice is inside another file.
pub const PDF_WITHIN_BYTES: usize = 32 * 1024 * 1024;
/// How long the inside of a PDF may take to be read, waiting for a free reader included, in milliseconds.
pub const PDF_READ_MS: u64 = 20_000;
/// Stack of the thread that reads a PDF, in bytes.
pub const PDF_STACK_BYTES: usize = 8 * 1024 * 1024;
/// Most numbers, names, strings and operators of the pages of a PDF, over and over included, that are read for the text on them.
pub const PDF_PAGE_TOKENS: usize = 3_000_000;
/// Most characters that the pages of a PDF show: some three hundred full pages.
pub const PDF_GLYPHS: usize = 1_000_000;
/// Most fonts of a PDF. Real invoices have two to six.
pub const PDF_FONTS: usize = 500;
/// Deepest nesting of forms that are drawn in forms, and of graphics states that are kept.
pub const PDF_FORM_DEPTH: usize = 16;
pub const PDF_STATES: usize = 256;
/// Letters smaller than this, in points, are not seen.
pub const PDF_LEGIBLE_POINTS: f64 = 1.0;
/// How long the text of a PDF may take to be read, waiting for a free reader included, in milliseconds.
pub const PDF_PAGES_MS: u64 = 5_000;
/// Largest answer read from a platform, in bytes.
pub const ANSWER_BYTES: usize = 32 * 1024 * 1024;
/// Largest message taken out of a platform's inbox, in bytes: a status with the documents that go with it.
pub const INBOX_MESSAGE_BYTES: usize = 16 * 1024 * 1024;
/// What the messages of one page of an inbox may hold together before the rest is left for later, in bytes.
pub const INBOX_PAGE_BYTES: usize = 32 * 1024 * 1024;
/// Most messages that the mark of an inbox remembers as listed already.
pub const INBOX_SEEN: usize = 2_000;
/// Notices of a platform that are remembered so that none counts twice.
pub const NOTICES: usize = 10_000;
/// Longest `Idempotency-Key`, in bytes.
pub const IDEMPOTENCY_KEY_BYTES: usize = 256;
/// Longest search, in characters.
pub const SEARCH_CHARS: usize = 200;
/// Resting documents of one number that are looked at when another bears it. Older ones are left as they are: nothing replaces
/// them, and each tells of itself who holds its number.
pub const BEARERS: usize = 100;
/// Rows in one page of any list.
pub const PAGE_ROWS: usize = 500;
/// A document up to this size, in bytes, is one of many; what one has beyond it is drawn from [`LARGE_ROOM_BYTES`].
pub const LARGE_BYTES: usize = 4 * 1024 * 1024;
/// What all large documents in memory may have together beyond [`LARGE_BYTES`] each, in bytes: one of the largest, with the form
/// around it. Bodies that find no room are refused (503, `Retry-After`); judging waits for its turn.
pub const LARGE_ROOM_BYTES: usize = DOCUMENT_BYTES + CONFIG_BYTES;
/// What the bodies of all requests under way may hold together, up to [`LARGE_BYTES`] each, in bytes.
pub const BODIES_BYTES: usize = 64 * 1024 * 1024;
/// What all small JSON bodies under way may hold together, in bytes: one on each of 512 connections.
pub const SMALL_BODIES_BYTES: usize = 512 * JSON_BYTES;
/// Largest JSON body of a request, in bytes.
pub const JSON_BYTES: usize = 64 * 1024;
/// Of a body that says something of an invoice: documents may be in it, in base64.
pub const STATEMENT_BYTES: usize = 16 * 1024 * 1024;
/// What all large answers may hold together until their clients have read them, in bytes: some thirty-five of the longest pages of
/// a list. A larger one has all of it.
pub const ANSWERS_BYTES: usize = 32 * 1024 * 1024;
/// Largest answer that the command line reads from its own daemon, in bytes: a list of some hundred thousand problems.
pub const DAEMON_ANSWER_BYTES: usize = 512 * 1024 * 1024;

/// A number of bytes as sentences say it: whole mebibytes, rounded up.
pub const fn mebibytes(bytes: usize) -> usize {
    bytes.div_ceil(1024 * 1024)
}
/// Groups of a `facteur-invoice/1` that say nothing, so that positions may skip them.
pub const JSON_EMPTY_GROUPS: usize = 10_000;
/// Losses of one document told in words; JSON has all of them.
pub const LOSSES_TOLD: usize = 200;
