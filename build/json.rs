//! A table of TOML written as JSON, which takes a tenth of the time to read when the program starts.

use toml::Value;

pub fn of(path: &str, text: &str) -> String {
    let table: toml::Table = text.parse().unwrap_or_else(|e| panic!("{path}: {e}"));
    written(&Value::Table(table))
}

fn written(value: &Value) -> String {
    let joined = |all: Vec<String>| all.join(",");
    match value {
        Value::String(text) => quoted(text),
        Value::Integer(n) => n.to_string(),
        Value::Float(n) => n.to_string(),
        Value::Boolean(b) => b.to_string(),
        Value::Datetime(moment) => quoted(&moment.to_string()),
        Value::Array(all) => format!("[{}]", joined(all.iter().map(written).collect())),
        Value::Table(table) => {
            let pair = |(key, value): (&String, &Value)| format!("{}:{}", quoted(key), written(value));
            format!("{{{}}}", joined(table.iter().map(pair).collect()))
        }
    }
}

fn quoted(text: &str) -> String {
    let escaped = |c: char| match c {
        '"' | '\\' => format!("\\{c}"),
        c if c.is_control() => format!("\\u{:04x}", u32::from(c)),
        c => c.to_string(),
    };
    format!("\"{}\"", text.chars().map(escaped).collect::<String>())
}
