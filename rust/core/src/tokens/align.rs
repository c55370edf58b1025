//! From positions in normalised text back to the text it was made of.

use std::borrow::Cow;

/// Which part of the original each part of the normalised text comes from. Parts that normalising does not change
/// are aligned byte by byte; what comes out of a part that it changes comes from all of that part, so that a
/// composed character comes from the base and all of its marks.
#[derive(Default)]
pub(super) struct Alignment(Vec<Part>);

/// Ends in the normalised text and in the original.
struct Part {
    normalized: usize,
    original: usize,
    changed: bool,
}

impl Alignment {
    /// `normalized` is what `normalize` makes of `original`. It is cut before the characters that nothing before them
    /// can change; should the parts then not be the whole, it stays one part.
    pub(super) fn new<'a>(
        original: &'a str,
        normalized: &str,
        normalize: impl Fn(&'a str) -> Cow<'a, str>,
    ) -> Self {
        let (mut map, mut out, mut start) = (Self::default(), String::new(), 0);
        if original == normalized {
            return map;
        }
        let mut cuts = original.char_indices().skip(1).filter(|(_, c)| stands_alone(*c));
        while start < original.len() {
            let end = cuts.next().map_or(original.len(), |(at, _)| at);
            let chunk = &original[start..end];
            let made = normalize(chunk);
            out.push_str(&made);
            map.push(made.len(), chunk.len(), made != chunk);
            start = end;
        }
        if out != normalized {
            map.0.clear();
            map.push(normalized.len(), original.len(), true);
        }
        map
    }

    /// The next part, by its lengths.
    pub(super) fn push(&mut self, normalized: usize, original: usize, changed: bool) {
        let (before, origin) = self
            .0
            .last()
            .map_or((0, 0), |part| (part.normalized, part.original));
        self.0.push(Part {
            normalized: before + normalized,
            original: origin + original,
            changed,
        });
    }

    /// Where the original of the normalised text up to `end` ends.
    pub(super) fn original(&self, end: usize) -> usize {
        let at = self.0.partition_point(|part| part.normalized < end);
        match self.0.get(at) {
            None => end,
            Some(part) if part.changed => part.original,
            Some(part) => part.original - (part.normalized - end),
        }
    }
}

/// Whether a character begins anew whatever is before it, as far as that is known without tables.
fn stands_alone(c: char) -> bool {
    c.is_ascii() || (c.is_alphabetic() && !matches!(c, '\u{1100}'..='\u{11ff}' | '\u{900}'..='\u{dff}'))
}
