//! HTML, JSON and brackets.

use serde::de::IgnoredAny;

use super::marks::{ANGLE, BRACKET, Marks};
use super::signals::{Row, Signal};

/// Brackets that are open, used again for the next text.
#[derive(Default)]
pub(super) struct Markup {
    open: Vec<u8>,
    places: Vec<u32>,
}

impl Markup {
    pub(super) fn measure(&mut self, text: &str, marks: &Marks, row: &mut Row) {
        marks.positions(ANGLE, &mut self.places);
        let html = html(text, marks, &self.places);
        row.share(Signal::Html, html, marks.characters(0, text.len()));
        let (curly, alone) = self.brackets(text, marks);
        row.count(Signal::CurlyBrackets, curly);
        row.count(Signal::UnbalancedBrackets, alone);
        row.count(Signal::Json, usize::from(is_json(text)));
    }

    /// Curly brackets, and brackets of any kind without a partner: a closing one that does not fit the last open one,
    /// and those left open.
    fn brackets(&mut self, text: &str, marks: &Marks) -> (usize, usize) {
        self.open.clear();
        let (mut curly, mut alone) = (0, 0);
        marks.positions(BRACKET, &mut self.places);
        for at in &self.places {
            let byte = text.as_bytes()[*at as usize];
            curly += usize::from(matches!(byte, b'{' | b'}'));
            let partner = match byte {
                b')' => b'(',
                b']' => b'[',
                b'}' => b'{',
                _ => {
                    self.open.push(byte);
                    continue;
                }
            };
            if self.open.last() == Some(&partner) {
                self.open.pop();
            } else {
                alone += 1;
            }
        }
        (curly, alone + self.open.len())
    }
}

/// Characters in tags: from a `<` with a letter, `/` or `!` behind it to the next `>`, if no other `<` comes before.
fn html(text: &str, marks: &Marks, angles: &[u32]) -> usize {
    let (mut open, mut characters) = (None, 0);
    for at in angles.iter().map(|at| *at as usize) {
        if text.as_bytes()[at] == b'<' {
            let next = text.as_bytes().get(at + 1);
            open = next
                .is_some_and(|next| next.is_ascii_alphabetic() || matches!(next, b'/' | b'!'))
                .then_some(at);
        } else if let Some(start) = open.take() {
            characters += marks.characters(start, at + 1);
        }
    }
    characters
}

/// Whether the text is a JSON object or array.
fn is_json(text: &str) -> bool {
    let text = text.trim_matches(|c: char| c.is_ascii_whitespace());
    let framed =
        (text.starts_with('{') && text.ends_with('}')) || (text.starts_with('[') && text.ends_with(']'));
    framed && serde_json::from_str::<IgnoredAny>(text).is_ok()
}
