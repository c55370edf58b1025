//! The one dictionary that Polars pickles for us. Of that language this is all we speak, which leaves nothing to execute.

/// The text in a pickled `{"json": text}`, protocol 5.
pub(super) fn pickled(bytes: &[u8]) -> Option<&str> {
    let (mut value, framed) = (bytes.strip_prefix(b"\x80\x05")?, b"\x95");
    if let Some(rest) = value.strip_prefix(framed) {
        value = rest.get(8..)?; // the length of what follows
    }
    let value = value
        .strip_prefix(b"}\x94\x8c\x04json\x94")?
        .strip_suffix(b"\x94s.")?;
    // A text begins with its length, in one byte, four or eight.
    let (length, text) = match value.split_first()? {
        (0x8c, rest) => (u64::from(*rest.first()?), &rest[1..]),
        (b'X', rest) => (u64::from(u32::from_le_bytes(*rest.first_chunk()?)), &rest[4..]),
        (0x8d, rest) => (u64::from_le_bytes(*rest.first_chunk()?), &rest[8..]),
        _ => return None,
    };
    std::str::from_utf8(text)
        .ok()
        .filter(|text| text.len() as u64 == length)
}
