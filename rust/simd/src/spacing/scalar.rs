//! The scalar twin of [`look`](super::look): byte by byte, the definition itself.

use super::{BLOCK, Findings, Limit};

pub(super) fn look(text: &[u8], limit: Limit, found: &mut Vec<Findings>) -> Findings {
    let mut all = Findings::NOTHING;
    let mut indented = true; // nothing but spaces and tabs since the line began
    let mut spaced = false; // the byte before was a space or tab
    let mut ends = 1; // line ends in a row, up to the byte before
    for block in text.chunks(BLOCK) {
        let mut here = Findings::NOTHING;
        let mut see = |what| here = here.and(what);
        for &byte in block {
            match byte {
                b' ' | b'\t' => {
                    if !indented && (spaced || byte == b'\t') {
                        see(Findings::SPACING);
                    }
                    (spaced, ends) = (true, 0);
                }
                b'\n' => {
                    ends += 1;
                    if spaced || ends > limit.ends() {
                        see(Findings::SPACING);
                    }
                    (indented, spaced) = (true, false);
                }
                _ => {
                    match byte {
                        b'\r' => see(Findings::RETURN),
                        0..0x20 | 0x7f => see(Findings::CONTROL),
                        0x80.. => see(Findings::NON_ASCII),
                        _ => {}
                    }
                    (indented, spaced, ends) = (false, false, 0);
                }
            }
        }
        all = all.and(here);
        found.push(here);
    }
    all
}
