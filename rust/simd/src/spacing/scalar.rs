//! The scalar twin of [`look`](super::look): byte by byte, the definition itself.

use super::{BLOCK, Findings, Keep, Limit};

pub(super) fn look<K: Keep>(text: &[u8], limit: Limit, out: &mut [K]) -> Findings {
    let mut all = Findings::NOTHING;
    let mut indented = true; // nothing but spaces and tabs since the line began
    let mut spaced = false; // the byte before was a space or tab
    let mut ends = 1; // line ends in a row, up to the byte before
    for (block, kept) in text.chunks(BLOCK).zip(out) {
        let (mut here, mut loose) = (Findings::NOTHING, 0);
        for (position, &byte) in block.iter().enumerate() {
            let mut see = |what| here = here.and(what);
            match byte {
                b' ' | b'\t' => {
                    if !indented && (spaced || byte == b'\t') {
                        see(Findings::SPACING);
                        loose |= 1 << position;
                    }
                    (spaced, ends) = (true, 0);
                }
                b'\n' => {
                    ends += 1;
                    if spaced || ends > limit.ends() {
                        see(Findings::SPACING);
                        loose |= 1 << position;
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
        *kept = K::keep(here, loose);
    }
    all
}
