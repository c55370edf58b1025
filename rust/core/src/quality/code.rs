//! Lines of code and of Markdown, by how they begin and end.

use super::signals::{Row, Signal};

/// A line without the white space around it.
pub(super) struct Line<'a> {
    pub(super) text: &'a str,
    pub(super) characters: usize,
}

/// How a statement, a block or a declaration begins in the common languages.
const OPENINGS: [&str; 29] = [
    "def ",
    "class ",
    "import ",
    "from ",
    "return ",
    "return;",
    "#include",
    "#define",
    "using ",
    "namespace ",
    "public ",
    "private ",
    "protected ",
    "static ",
    "const ",
    "let ",
    "var ",
    "function ",
    "func ",
    "fn ",
    "impl ",
    "package ",
    "if (",
    "for (",
    "while (",
    "else {",
    "} else",
    "//",
    "/*",
];
/// How it ends, by the last byte; two bytes where one would be the end of prose as well.
const ENDINGS: [(u8, &str); 6] = [
    (b';', ";"),
    (b'{', "{"),
    (b'}', "}"),
    (b':', "):"),
    (b',', "},"),
    (b'>', "=>"),
];
const FENCES: [&str; 2] = ["```", "~~~"];
/// Bullets that need no blank behind them, and those that do.
const BULLETS: [char; 8] = ['•', '‣', '◦', '▪', '▫', '●', '○', '■'];
const DASHES: [char; 5] = ['-', '*', '+', '–', '—'];

impl Line<'_> {
    /// Begins with a bullet, or with a dash, an asterisk or a plus and a blank.
    pub(super) fn is_bullet(&self) -> bool {
        self.text.starts_with(BULLETS)
            || (self.text.starts_with(DASHES) && self.text.chars().nth(1).is_some_and(char::is_whitespace))
    }

    fn fence(&self) -> Option<usize> {
        FENCES.iter().position(|fence| self.text.starts_with(fence))
    }

    /// A declaration or a comment by its beginning (`from` and its like must not end like a sentence), or a statement by
    /// its end.
    fn is_code(&self) -> bool {
        let first = self.text.as_bytes().first();
        let begins = |opening: &&str| opening.as_bytes().first() == first && self.text.starts_with(*opening);
        let opens = || OPENINGS.iter().any(begins);
        let last = self.text.as_bytes().last().copied().unwrap_or(0);
        ENDINGS
            .iter()
            .any(|(byte, ending)| *byte == last && self.text.ends_with(ending))
            || (!matches!(last, b'.' | b',' | b':' | b'!' | b'?') && opens())
    }

    /// A heading, a bullet, a numbered item, a quotation, a row of a table or a fence.
    fn is_markdown(&self) -> bool {
        let heading = self.text.trim_start_matches('#');
        let level = self.text.len() - heading.len();
        let item = self.text.trim_start_matches(|c: char| c.is_ascii_digit());
        ((1..=6).contains(&level) && heading.starts_with(' '))
            || (item.len() < self.text.len() && (item.starts_with(". ") || item.starts_with(") ")))
            || self.text.starts_with("> ")
            || (self.text.starts_with('|') && self.text.len() > 1)
            || self.fence().is_some()
            || self.is_bullet()
    }
}

/// Counts over the lines of one text.
#[derive(Default)]
pub(super) struct Code {
    characters: usize,
    markdown: usize,
    fence: Option<usize>,
}

impl Code {
    pub(super) fn read(&mut self, line: &Line) {
        let fence = line.fence();
        let fenced = self.fence.is_some();
        if fence.is_some() && (!fenced || fence == self.fence) {
            self.fence = if fenced { None } else { fence };
        }
        if fenced || fence.is_some() || line.is_code() {
            self.characters += line.characters;
        }
        // What stands in a fence is code, whatever it looks like.
        self.markdown += usize::from(fence.is_some() || (!fenced && line.is_markdown()));
    }

    pub(super) fn write(&self, lines: usize, characters: usize, row: &mut Row) {
        row.share(Signal::Code, self.characters, characters);
        row.share(Signal::MarkdownLines, self.markdown, lines);
        row.count(Signal::UnclosedFence, usize::from(self.fence.is_some()));
    }
}
