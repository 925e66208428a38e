//! What a message is sent for (BGM 1225): an original is an invoice, a cancellation is none.

/// What the message function says of the invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// 9, or nothing.
    Original,
    /// 43, 35: sent once more; some trades write it always.
    Again,
    /// 5: takes the place of what was sent before.
    Replace,
    /// 7, 31: says what an original says already.
    Copy,
    /// 1, 3, 17: takes back what was sent before.
    Cancel,
    /// 53.
    Test,
    /// Changes, answers, proposals: no whole invoice by themselves.
    Other,
}

impl Function {
    pub fn of(code: &str) -> Function {
        match code.trim() {
            "" | "9" => Function::Original,
            "43" | "35" => Function::Again,
            "5" => Function::Replace,
            "7" | "31" => Function::Copy,
            "1" | "3" | "17" => Function::Cancel,
            "53" => Function::Test,
            _ => Function::Other,
        }
    }
}
