//! Escaped surrogate pairs as the characters they stand for, before the bytes go to arrow-json: its version 60
//! decodes pairs from U+20000 on (rare Chinese characters, say) as characters of another plane, because it joins
//! the halves by `|` where the sum is needed.

use std::borrow::Cow;

use memchr::{memchr, memmem};

/// Valid JSON with every escaped pair written out; borrowed where there is none.
pub(super) fn written_out(json: &[u8]) -> Cow<'_, [u8]> {
    if memmem::find(json, br"\ud").is_none() && memmem::find(json, br"\uD").is_none() {
        return Cow::Borrowed(json);
    }
    let mut out = Vec::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = memchr(b'\\', rest) {
        out.extend_from_slice(&rest[..at]);
        let escape = &rest[at..];
        let taken = if let Some(character) = pair(escape) {
            out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            12
        } else {
            let length = escape.len().min(2); // what is escaped may be a backslash
            out.extend_from_slice(&escape[..length]);
            length
        };
        rest = &escape[taken..];
    }
    out.extend_from_slice(rest);
    Cow::Owned(out)
}

/// The character of a pair at the start of `escape`.
fn pair(escape: &[u8]) -> Option<char> {
    let high = unit(escape.get(..6)?)?;
    let low = unit(escape.get(6..12)?)?;
    char::decode_utf16([high, low])
        .next()?
        .ok()
        .filter(|character| *character > '\u{ffff}')
}

fn unit(escape: &[u8]) -> Option<u16> {
    let digits = std::str::from_utf8(escape.strip_prefix(br"\u")?).ok()?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_written_out_and_nothing_else_is_touched() {
        let cases: [(&str, &str); 5] = [
            (
                r#"{"a":"\ud840\udc00 \uD83D\uDE00x"}"#,
                "{\"a\":\"\u{20000} \u{1f600}x\"}",
            ),
            (
                r#"{"a":"\\ud840\\udc00\n\u0041"}"#,
                r#"{"a":"\\ud840\\udc00\n\u0041"}"#,
            ),
            (r#"{"a":"\\\ud87e\udc1a"}"#, "{\"a\":\"\\\\\u{2f81a}\"}"),
            (r#"{"a":"\udbff\udfff"}"#, "{\"a\":\"\u{10ffff}\"}"),
            (r#"{"a":"\ud7ff\u0041"}"#, r#"{"a":"\ud7ff\u0041"}"#),
        ];
        for (json, expected) in cases {
            assert_eq!(written_out(json.as_bytes()), expected.as_bytes(), "{json}");
        }
    }
}
