//! A text that a fast path must count as the reference does before it is trusted.
//!
//! Every line is counted alone and the whole of it at once, bare and with special tokens; then every added token
//! between letters, spaces and itself. The lines are what split patterns differ in: contractions, numbers, runs
//! of white space of every kind, marks without letters, scripts without case, characters outside the first plane.

/// The lines, which also stand for each other's context when they are joined.
pub(super) const LINES: [&str; 34] = [
    "",
    " ",
    "   ",
    "\t\t x\t",
    "a  b   c    ",
    "\r\n\r\n x \r\n",
    "  \n  \n\n  y \n ",
    "\u{a0}\u{3000}\u{2003}z\u{85}\u{b}\u{c}.",
    "The quick brown fox, aged 7, jumps over 13 lazy dogs!",
    "I'm you're he's they've we'll she'd don't 'tis",
    "I'M YOU'RE HE'S THEY'VE WE'LL SHE'D DON'T X'\u{17f}y",
    "'s't're've'm'll'd''s '' ' s'",
    "1 12 123 1234 12345 1,234,567.89 0x1F \u{bd} \u{663}\u{664}\u{665}\u{666} \u{2167} \u{ff11}\u{ff12}",
    "camelCase PascalCase HTTPServer XMLHttpRequest iOS aB ABc \u{1c5}x",
    "def f(x_1, *args):\n    return {\"k\": [x_1 ** 2, -1]}  # ok\n\n\n",
    "https://example.org/a/b?c=d&e=f#g \\n \\\\ //\n///\r\n/x",
    "...!!! ?! -- \u{2014} \u{2026} \u{ab}q\u{bb} (a) [b] {c} <d> @e #f $g %h ^i &j *k",
    "stra\u{df}e \u{c5}ngstr\u{f6}m \u{152}uvre \u{131}\u{130} na\u{ef}ve e\u{301} \u{301} \u{301}A \u{301}\u{302}AB a\u{30a}\u{323}",
    "\u{41f}\u{440}\u{438}\u{432}\u{435}\u{442}, \u{43c}\u{438}\u{440}! \u{3b3}\u{3b5}\u{3b9}\u{3ac} \u{3c3}\u{3bf}\u{3c5}",
    "\u{4f60}\u{597d}\u{ff0c}\u{4e16}\u{754c}\u{3002}\u{4e2d}A\u{6587}B\u{3042}\u{30ab}\u{30bf}\u{ac00}\u{b098}",
    "\u{645}\u{631}\u{62d}\u{628}\u{627} \u{5e9}\u{5dc}\u{5d5}\u{5dd} \u{645}\u{64e}\u{631}",
    "\u{928}\u{92e}\u{938}\u{94d}\u{924}\u{947} \u{e2a}\u{e27}\u{e31}\u{e2a}\u{e14}\u{e35} \u{b95}\u{bcd}",
    "\u{1f600}\u{1f469}\u{200d}\u{1f4bb} \u{1f1e9}\u{1f1ea} \u{2764}\u{fe0f} \u{1f44d}\u{1f3fd} \u{1f600}x",
    "\u{1d400}\u{1d41a} \u{10400}\u{10428} \u{1f100} \u{20000}\u{e0001} \u{10ffff} \u{fffd} \u{feff}b",
    "\u{200b}\u{200c}\u{200d}\u{ad}\u{2060} x\u{200b}y",
    "\0\u{1}\u{1f}\u{7f}\u{9f} a\0b",
    "\u{2126}\u{212b}\u{1e9b}\u{323} \u{fb01} \u{1100}\u{1161}\u{11a8} \u{958} \u{340}",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "========================================----------------------------------------________",
    "                                                                                  end",
    "Pneumonoultramicroscopicsilicovolcanoconiosis internationalization antidisestablishment",
    "<|endoftext|><|im_start|>user\nhi<|im_end|> <s> </s> [CLS] <unk>",
    "\u{2028}x\u{2029}y\u{1680}z \u{a0} \u{a0}\u{a0}w",
    "SELECT * FROM t WHERE a='b' AND c>=1.5e-3; -- x\r",
];

/// Every text of the probe, for a tokenizer with these added tokens and (among others) these entries.
pub(super) fn texts(added: &[String], entries: &[String]) -> Vec<String> {
    let mut texts: Vec<String> = LINES.iter().map(|line| (*line).to_owned()).collect();
    texts.push(LINES.join("\n"));
    texts.push(LINES.join(" "));
    for token in added.iter().take(64) {
        texts.push(format!("a{token}b {token} \n{token}{token}"));
    }
    texts.extend(entries.chunks(16).map(<[String]>::concat));
    texts.extend(entries.chunks(16).map(|some| some.join(" ")));
    texts
}
