//! Messages that platforms had for us: kept whole before they are understood, each once.

use bytes::Bytes;

use super::Millis;

/// Messages of a platform, and the mark behind them where they are a page of its listing, in one commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collected {
    /// Empty where nobody says whose they are.
    pub platform: String,
    pub at: Millis,
    pub messages: Vec<Collect>,
    /// Who handed them in, where they did not come over the platform's connection.
    pub handed_by: Option<String>,
    /// Where the listing goes on (JSON of `platforms::Mark`); none where they came otherwise.
    pub mark: Option<String>,
}

/// A message of such a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collect {
    /// The platform's own name of it. One that is known already is kept as it was, unless its content was still missing.
    pub flow: String,
    /// What kind of message the platform calls it.
    pub kind: String,
    pub name: String,
    pub tracking: String,
    /// The platform's own time, as written.
    pub updated_at: String,
    /// None where it could not be fetched, and why.
    pub content: Result<Bytes, String>,
}

/// A message as the store has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformMessage {
    /// Order of arrival.
    pub seq: u64,
    pub platform: String,
    pub flow: String,
    pub kind: String,
    pub name: String,
    pub tracking: String,
    pub updated_at: String,
    pub at: Millis,
    /// Of its bytes; none where they could not be fetched yet.
    pub sha256: Option<String>,
    pub state: MessageState,
    /// Why it waits or is parked.
    pub why: String,
    pub due_at: Option<Millis>,
    /// How often it was looked at in vain; from the beginning once its content is here. What is no fault of its own does not count.
    pub tries: u32,
    /// The invoice whose timeline has it.
    pub invoice: Option<String>,
    /// Who handed it in, where it did not come over the platform's connection: whoever says something in it has to be who may.
    pub handed_by: Option<String>,
}

/// How far a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageState {
    New,
    Waiting,
    Told,
    Parked,
}

impl MessageState {
    pub const ALL: [MessageState; 4] =
        [MessageState::New, MessageState::Waiting, MessageState::Told, MessageState::Parked];

    pub fn as_str(self) -> &'static str {
        match self {
            MessageState::New => "new",
            MessageState::Waiting => "waiting",
            MessageState::Told => "told",
            MessageState::Parked => "parked",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// That a message was looked at, and is not told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    pub seq: u64,
    pub why: String,
    /// When it is looked at again; none where a person has to.
    pub again: Option<Millis>,
    /// How often it was looked at in vain, this time included where that was for a reason of its own.
    pub tries: u32,
    /// Who could not read it: another program may.
    pub reader: String,
    /// What was fetched meanwhile.
    pub content: Option<Bytes>,
    /// What is here of it could not be read, and is fetched once more.
    pub refetch: bool,
}

/// Which messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessagesOf {
    One(u64),
    /// The one that a platform calls so.
    Named {
        platform: String,
        flow: String,
    },
    Invoice(String),
    /// Due for a look at this moment, the first to come first.
    Due {
        turn: Turn,
        now: Millis,
        limit: usize,
    },
    /// Newest first, before this [`PlatformMessage::seq`]: parked, or looked at so often in vain that a person should know.
    Stuck {
        tries: u32,
        before: Option<u64>,
        limit: usize,
    },
    /// Newest first, before this [`PlatformMessage::seq`]; of a state, or all.
    List {
        state: Option<MessageState>,
        before: Option<u64>,
        limit: usize,
    },
}

/// Whose turn a message is: each platform is waited for apart from the others, and reading waits for none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// Its content is here; or it is to be fetched from none of these platforms, and so from nowhere.
    Read { fetched_from: Vec<String> },
    /// Its content is still to be fetched from this platform, or once more.
    Fetch(String),
}
