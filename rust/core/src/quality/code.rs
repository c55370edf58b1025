//! Lines of code and of Markdown, by how they begin and end.

use fastcurate_simd::sets::Set;

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

/// Bytes with which some opening begins.
const OPENS: Set = {
    let mut first = [0; OPENINGS.len()];
    let mut at = 0;
    while at < first.len() {
        first[at] = OPENINGS[at].as_bytes()[0];
        at += 1;
    }
    Set::of(&first)
};

impl Line<'_> {
    fn first(&self) -> u8 {
        self.text.as_bytes().first().copied().unwrap_or(0)
    }

    /// Begins with a bullet, or with a dash, an asterisk or a plus and a blank.
    pub(super) fn is_bullet(&self) -> bool {
        let first = self.first();
        if first.is_ascii() && !matches!(first, b'-' | b'*' | b'+') {
            return false;
        }
        self.text.starts_with(BULLETS)
            || (self.text.starts_with(DASHES) && self.text.chars().nth(1).is_some_and(char::is_whitespace))
    }

    fn fence(&self) -> Option<usize> {
        FENCES.iter().position(|fence| self.text.starts_with(fence))
    }

    /// A declaration or a comment by its beginning (`from` and its like must not end like a sentence), or a statement by
    /// its end.
    fn is_code(&self) -> bool {
        let first = self.first();
        let begins = |opening: &&str| opening.as_bytes()[0] == first && self.text.starts_with(*opening);
        let opens = || OPENS.has(first) && OPENINGS.iter().any(begins);
        let last = self.text.as_bytes().last().copied().unwrap_or(0);
        ENDINGS
            .iter()
            .any(|(byte, ending)| *byte == last && self.text.ends_with(ending))
            || (!matches!(last, b'.' | b',' | b':' | b'!' | b'?') && opens())
    }

    /// A heading, a bullet, a numbered item, a quotation, a row of a table or a fence.
    fn is_markdown(&self) -> bool {
        match self.first() {
            b'#' => {
                let heading = self.text.trim_start_matches('#');
                (1..=6).contains(&(self.text.len() - heading.len())) && heading.starts_with(' ')
            }
            b'0'..=b'9' => {
                let item = self.text.trim_start_matches(|c: char| c.is_ascii_digit());
                item.starts_with(". ") || item.starts_with(") ")
            }
            b'>' => self.text.starts_with("> "),
            b'|' => self.text.len() > 1,
            b'`' | b'~' => self.fence().is_some(),
            _ => self.is_bullet(),
        }
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
