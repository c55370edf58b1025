//! What has a sign in it: e-mail addresses, URLs, IPv6 addresses.

use std::net::Ipv6Addr;

use super::Kind;
use super::numbers::{Found, before, byte, joined_before, joined_behind};

/// What stands behind the last dot of a file's name and is no top-level domain.
const FILES: [&str; 22] = [
    "png", "jpg", "jpeg", "gif", "svg", "webp", "bmp", "css", "js", "json", "xml", "html", "htm", "txt",
    "pdf", "exe", "dll", "csv", "yaml", "yml", "log", "toml",
];

fn local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"._%+-".contains(&byte)
}

/// An e-mail address around the `@` at `at`: the dot-atoms of RFC 5322 that are in use, a domain with a top level of letters.
pub(super) fn email(text: &[u8], at: usize) -> Found {
    let name = text[..at]
        .iter()
        .rev()
        .take(65)
        .take_while(|byte| local(**byte))
        .count();
    let mut start = at - name;
    while start < at && !text[start].is_ascii_alphanumeric() {
        start += 1;
    }
    let name = &text[start..at];
    let good_name = !name.is_empty()
        && name.len() <= 64
        && name[name.len() - 1] != b'.'
        && !name.windows(2).any(|pair| pair == b"..")
        && before(text, start) != b'/';
    if !good_name {
        return None;
    }
    let host = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
    let length = text[at + 1..]
        .iter()
        .take(254)
        .take_while(|byte| host(**byte))
        .count();
    let mut end = at + 1 + length;
    while end > at + 1 && !text[end - 1].is_ascii_alphanumeric() {
        end -= 1;
    }
    let domain = std::str::from_utf8(&text[at + 1..end]).ok()?;
    let good_label =
        |label: &str| (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-');
    let top = domain.rsplit_once('.')?.1;
    let good_top = ((2..=24).contains(&top.len()) && top.bytes().all(|byte| byte.is_ascii_alphabetic()))
        || top.starts_with("xn--");
    // git@host:path is a place, not a person.
    let path =
        byte(text, end) == b':' && joined_behind(text, end + 1) && !byte(text, end + 1).is_ascii_digit();
    let goes_on = matches!(byte(text, end), b'_' | b'@');
    let file = FILES.iter().any(|file| top.eq_ignore_ascii_case(file));
    (good_top && !file && !path && !goes_on && domain.split('.').all(good_label)).then_some((
        start,
        end,
        Kind::Email,
    ))
}

const SCHEMES: [&[u8]; 5] = [b"https", b"http", b"ftps", b"ftp", b"sftp"];

/// A URL around the `://` at `at`, to the next blank, quote or angle bracket, without the punctuation behind it.
pub(super) fn url(text: &[u8], at: usize) -> Found {
    if !text[at..].starts_with(b"://") {
        return None;
    }
    let scheme = SCHEMES.iter().find(|scheme| {
        at.checked_sub(scheme.len()).is_some_and(|start| {
            text[start..at].eq_ignore_ascii_case(scheme) && !before(text, start).is_ascii_alphanumeric()
        })
    })?;
    let stops =
        |byte: &u8| byte.is_ascii_whitespace() || byte.is_ascii_control() || b"\"<>`{}|\\^".contains(byte);
    let length = text[at + 3..].iter().take_while(|byte| !stops(byte)).count();
    let mut end = at + 3 + length;
    let mut opened = memchr::memchr_iter(b'(', &text[at..end]).count();
    let mut closed = memchr::memchr_iter(b')', &text[at..end]).count();
    while end > at + 3 {
        match text[end - 1] {
            b'.' | b',' | b';' | b':' | b'!' | b'?' | b'\'' | b'*' | b'_' | b']' | b'[' => {}
            b')' if closed > opened => closed -= 1,
            b'(' => opened -= 1,
            _ => break,
        }
        end -= 1;
    }
    // The text is cut between characters: what is left out behind the address is ASCII.
    (length > 2 && end > at + 3).then_some((at - scheme.len(), end, Kind::Url))
}

/// An IPv6 address around the `:` at `at` (RFC 4291). Public are those of `2000::/3` but for the range of documentation.
pub(super) fn address(text: &[u8], at: usize) -> Found {
    let part = |byte: &&u8| byte.is_ascii_hexdigit() || **byte == b':';
    let start = at - text[..at].iter().rev().take(40).take_while(part).count();
    let end = at + text[at..].iter().take(40).take_while(part).count();
    let found = &text[start..end];
    let end = end - usize::from(found.ends_with(b":") && !found.ends_with(b"::"));
    if end - start < 6
        || joined_before(text, start)
        || joined_behind(text, end)
        || byte(text, end) == b'.' && joined_behind(text, end + 1)
    {
        return None;
    }
    let address: Ipv6Addr = std::str::from_utf8(&text[start..end]).ok()?.parse().ok()?;
    let segments = address.segments();
    let public = segments[0] >> 13 == 1 && segments[..2] != [0x2001, 0xdb8];
    let private = segments[0] & 0xfe00 == 0xfc00 || segments[0] & 0xffc0 == 0xfe80;
    let kind = if public { Kind::Ip } else { Kind::PrivateIp };
    (public || private).then_some((start, end, kind))
}
