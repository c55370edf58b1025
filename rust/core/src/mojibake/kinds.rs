//! What a character is to the judgement of [`repair`](super::repair): how it stands beside others in a text that is
//! right, and how likely a text is to hold it.

/// How a character behaves beside others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beside {
    /// A lower-case letter, of this script.
    Lower(Script),
    /// An upper-case letter, or one without case.
    Upper(Script),
    /// A digit.
    Digit,
    /// White space, ASCII punctuation and symbols.
    Plain,
    /// Punctuation that closes, joins or opens words: quotation marks, dashes, ellipsis, no-break space.
    Punctuation,
    /// What may follow a word, as footnote marks and degrees do.
    AfterWord,
    /// What opens and so follows no letter: low quotation marks, inverted marks.
    Opener,
    /// Lines and blocks to draw with.
    Drawing,
    /// Signs of mathematics, which stand beside each other and beside Greek letters.
    Math,
    /// Every other symbol, and control characters.
    Symbol,
}

/// Scripts that do not mix within a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Script {
    Latin,
    Greek,
    Cyrillic,
    Other,
}

pub(super) fn beside(c: char) -> Beside {
    match c {
        '0'..='9' => Beside::Digit,
        '\0'..='\x7f' if !c.is_ascii_alphabetic() => Beside::Plain,
        '\u{a0}' | '«' | '»' | '–' | '—' | '‘' | '’' | '“' | '”' | '…' | '‹' | '›' | '·' => {
            Beside::Punctuation
        }
        '®' | '°' | '²' | '³' | '¹' | 'ª' | 'º' | '•' | '†' | '‡' | '™' => Beside::AfterWord,
        '¡' | '¿' | '‚' | '„' => Beside::Opener,
        '\u{2500}'..='\u{259f}' => Beside::Drawing,
        'ˆ' | '˜' | 'µ' | 'ƒ' => Beside::Symbol,
        '√' | '∞' | '∂' | '∑' | '∏' | '∫' | '≈' | '≠' | '≤' | '≥' | '∆' | '±' | '÷' | '×' | '¬' => {
            Beside::Math
        }
        _ if c.is_lowercase() => Beside::Lower(script(c)),
        _ if c.is_alphabetic() => Beside::Upper(script(c)),
        _ => Beside::Symbol,
    }
}

fn script(c: char) -> Script {
    match c {
        'A'..='Z' | 'a'..='z' | '\u{aa}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => Script::Latin,
        '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}' => Script::Greek,
        '\u{400}'..='\u{52f}' => Script::Cyrillic,
        _ => Script::Other,
    }
}

/// Whether the two stand side by side in hardly any text that is right.
pub(super) fn odd(first: Beside, second: Beside) -> bool {
    use Beside::{AfterWord, Digit, Drawing, Lower, Math, Opener, Plain, Punctuation, Symbol, Upper};
    const GREEK: Script = Script::Greek;
    match (first, second) {
        (Plain, _) | (_, Plain) | (Digit, Digit) => false,
        (Math, Math | Digit | Lower(GREEK) | Upper(GREEK)) | (Lower(GREEK) | Upper(GREEK) | Digit, Math) => {
            false
        }
        (Math, _) | (_, Math) => true,
        (Lower(one), Upper(other)) => one != Script::Other || other != Script::Other,
        (Lower(one) | Upper(one), Lower(other)) | (Upper(one), Upper(other)) => one != other,
        (Lower(_) | Upper(_), Punctuation | AfterWord | Digit) => false,
        (Lower(_) | Upper(_), Opener | Symbol | Drawing) => true,
        (Punctuation | Opener, _) => matches!(second, Symbol | AfterWord | Drawing),
        (Drawing, Drawing) => false,
        (Drawing, _) => true,
        (AfterWord, Punctuation | Digit) => false,
        (AfterWord, _) => true,
        (Symbol, Digit) => false,
        (Symbol, _) => true,
        (Digit, Lower(_) | Upper(_) | Punctuation | AfterWord | Symbol) => false,
        (Digit, Opener | Drawing) => true,
    }
}

/// How likely a text is to hold a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Likely {
    /// Latin letters with accents, Latin-1 symbols: alone among ASCII letters.
    Latin,
    /// Punctuation of every text: quotation marks, dashes, ellipsis, bullets, currency, trade mark.
    Punctuation,
    /// Emoji and pictures.
    Picture,
    /// Letters and marks of another script, by its block, which come in company.
    Script(u8),
    /// A mark, or a control of the second set: neither for nor against.
    Neutral,
    /// Hardly ever.
    Rare,
}

/// First and last code point of the blocks whose letters come in company.
const SCRIPTS: [(u32, u32); 27] = [
    (0x370, 0x3ff),
    (0x400, 0x52f),
    (0x531, 0x58a),
    (0x591, 0x5f4),
    (0x600, 0x6ff),
    (0x900, 0x97f),
    (0x980, 0x9ff),
    (0xa00, 0xa7f),
    (0xa80, 0xaff),
    (0xb00, 0xb7f),
    (0xb80, 0xbff),
    (0xc00, 0xc7f),
    (0xc80, 0xcff),
    (0xd00, 0xd7f),
    (0xd80, 0xdff),
    (0xe00, 0xe7f),
    (0xe80, 0xeff),
    (0xf00, 0xfff),
    (0x1000, 0x109f),
    (0x10a0, 0x10ff),
    (0x1200, 0x137f),
    (0x1780, 0x17ff),
    (0x1f00, 0x1fff),
    (0xac00, 0xd7a3),
    (0x1100, 0x11ff),
    (0xfb1d, 0xfdff),
    (0xfe70, 0xfefc),
];

/// Han, kana, and the punctuation and full-width forms that go with them.
const EAST_ASIAN: u8 = 100;

pub(super) fn likely(c: char) -> Likely {
    match c {
        '\u{80}'..='\u{9f}' | '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{fe0e}' | '\u{fe0f}' => {
            Likely::Neutral
        }
        '\u{a0}'..='\u{17f}'
        | 'ƒ'
        | 'Ơ'
        | 'ơ'
        | 'Ư'
        | 'ư'
        | 'Ș'..='ț'
        | '\u{1e00}'..='\u{1eff}'
        | 'ǎ'..='ǜ' => Likely::Latin,
        '\u{2010}'..='\u{2027}'
        | '\u{2030}'..='\u{203a}'
        | '\u{20a0}'..='\u{20bf}'
        | '№'
        | '™'
        | '\u{feff}' => Likely::Punctuation,
        '\u{2190}'..='\u{22ff}'
        | '\u{2500}'..='\u{27bf}'
        | '\u{2b00}'..='\u{2bff}'
        | '\u{1f000}'..='\u{1faff}'
        | '\u{fffd}'
        | 'ﬀ'..='ﬄ' => Likely::Picture,
        '\u{3000}'..='\u{30ff}'
        | '\u{3400}'..='\u{9fff}'
        | '\u{ff01}'..='\u{ff9f}'
        | '\u{20000}'..='\u{2ffff}' => Likely::Script(EAST_ASIAN),
        _ => {
            let code = u32::from(c);
            let found = SCRIPTS
                .iter()
                .position(|(first, last)| (*first..=*last).contains(&code));
            found.map_or(Likely::Rare, |number| Likely::Script(number as u8))
        }
    }
}
