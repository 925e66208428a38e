//! Reads `multipart/form-data`, as far as a deposit needs it.

/// A part: its name, its file name where it has one, its bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part<'b> {
    pub name: String,
    pub file_name: Option<String>,
    pub bytes: &'b [u8],
}

/// The parts of a body; none where it is not of this kind, or ends too early.
pub(super) fn parts<'b>(content_type: &str, body: &'b [u8]) -> Option<Vec<Part<'b>>> {
    let rest = content_type.strip_prefix("multipart/form-data")?;
    let boundary = rest.split(';').find_map(|word| word.trim().strip_prefix("boundary="))?.trim_matches('"');
    if boundary.is_empty() || boundary.len() > 70 {
        return None;
    }
    let (first, between) = (format!("--{boundary}"), format!("\r\n--{boundary}"));
    let mut rest = body.strip_prefix(first.as_bytes())?;
    let mut parts = Vec::new();
    loop {
        if rest.starts_with(b"--") {
            return Some(parts);
        }
        rest = rest.strip_prefix(b"\r\n")?;
        let head = find(rest, b"\r\n\r\n")?;
        let (headers, content) = (std::str::from_utf8(&rest[..head]).ok()?, &rest[head + 4..]);
        let end = find(content, between.as_bytes())?;
        let disposition = headers.lines().find(|line| line.to_ascii_lowercase().starts_with("content-disposition:"))?;
        let name = word(disposition, "name")?;
        parts.push(Part { name, file_name: word(disposition, "filename"), bytes: &content[..end] });
        rest = &content[end + between.len()..];
    }
}

/// `key="…"` of a header.
fn word(header: &str, key: &str) -> Option<String> {
    let start = header.find(&format!("; {key}=\""))? + key.len() + 4;
    let text = &header[start..];
    Some(text[..text.find('"')?].to_owned())
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_and_no_damage_breaks_it() {
        let body = b"--b\r\nContent-Disposition: form-data; name=\"flowInfo\"\r\nContent-Type: application/json\r\n\r\n{}\r\n--b\r\n\
            Content-Disposition: form-data; name=\"file\"; filename=\"f.xml\"\r\n\r\n<a>\r\n</a>\r\n--b--\r\n";
        let read = parts("multipart/form-data; boundary=b", body).unwrap();
        assert_eq!((read[0].name.as_str(), read[0].bytes), ("flowInfo", &b"{}"[..]));
        assert_eq!((read[1].file_name.as_deref(), read[1].bytes), (Some("f.xml"), &b"<a>\r\n</a>"[..]));
        for end in 0..body.len() - 4 {
            assert_eq!(parts("multipart/form-data; boundary=b", &body[..end]), None, "{end}");
        }
        assert_eq!(parts("text/plain", body), None);
        assert_eq!(parts("multipart/form-data; boundary=", body), None);
    }
}
