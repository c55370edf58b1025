//! Properties of the whole: idempotence, agreement of the short cuts with the long way, linear time.

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use proptest::prelude::*;

use super::options::{GROUPS, SWITCHES};
use super::{Cleaner, Options, Scratch};

/// Text in which options meet: blanks, line ends, removed and replaced characters, accents, compatibility forms.
fn texts() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "a",
        "e",
        "<",
        "fi",
        " ",
        "  ",
        "\t",
        "\n",
        "\r",
        "\r\n",
        "\0",
        "\u{b}",
        "\u{7f}",
        "\u{85}",
        "\u{ad}",
        "\u{200b}",
        "\u{200d}",
        "\u{200f}",
        "\u{2066}",
        "\u{feff}",
        "\u{fe0f}",
        "\u{e0100}",
        "\u{2019}",
        "\u{201c}",
        "\u{2014}",
        "\u{2212}",
        "\u{fe58}",
        "\u{2026}",
        "\u{fe19}",
        "\u{ff0d}",
        "\u{ff1c}",
        "\u{3000}",
        "\u{a0}",
        "\u{a8}",
        "\u{2028}",
        "\u{301}",
        "\u{323}",
        "\u{338}",
        "\u{344}",
        "\u{34f}",
        "\u{e9}",
        "\u{1e69}",
        "\u{212b}",
        "\u{1100}",
        "\u{1161}",
        "\u{11a8}",
        "\u{ac00}",
        "\u{9c7}",
        "\u{9be}",
        "\u{5bc}",
        "\u{fb1d}",
        "\u{94d}",
        "\u{fdfa}",
        "\u{1f468}",
        "```",
        "```\n",
        "\n```",
        "\n~~~~\n",
        "`",
        "\u{1fef}",
        "\u{ff40}\u{ff40}",
        "\u{ff5e}\u{ff5e}\u{ff5e}\n",
        "!!!!!",
        "...",
        "&amp;",
        "&#65;",
        "&",
        "lt;",
        "\u{c3}",
        "\u{a9}",
        "\u{e2}\u{20ac}\u{2122}",
        "\u{c3}\u{192}\u{c2}\u{a9}",
        "A",
        "\u{3a}",
        "\u{df}",
        "\u{130}",
        "\u{345}",
        "\u{1f80}",
        "\u{2f800}",
        "\u{20000}",
        "\u{1d15e}",
        "\u{110ba}",
        "\u{110b9}",
    ]);
    let any = prop::char::any().prop_map(|c| c.to_string());
    prop::collection::vec(prop_oneof![6 => pieces.prop_map(str::to_owned), 1 => any], 0..40)
        .prop_map(|pieces| pieces.concat())
}

fn options() -> impl Strategy<Value = Options> {
    let one = |values: &[&'static str]| prop::sample::select(values.to_vec());
    let named = (
        one(&["NFC", "NFD", "NFKC", "NFKD", "keep"]),
        one(&["collapse", "keep"]),
        one(&["unset", "keep", "0", "1", "2", "3"]),
        one(&["fenced", "False"]),
    );
    (
        named,
        any::<[bool; GROUPS.len()]>(),
        any::<[bool; SWITCHES.len()]>(),
    )
        .prop_map(|((form, whitespace, blank_lines, code), groups, switches)| {
            let mut options = Options::KEEP;
            options.set("form", form).unwrap();
            options.set("whitespace", whitespace).unwrap();
            options.set("code", code).unwrap();
            if blank_lines != "unset" {
                options.set("max_blank_lines", blank_lines).unwrap();
            }
            for (group, _) in GROUPS.iter().zip(groups).filter(|(_, on)| *on) {
                options.set(group.name, group.action).unwrap();
            }
            for ((name, action, _), _) in SWITCHES.iter().zip(switches).filter(|(_, on)| *on) {
                options.set(name, action).unwrap();
            }
            options
        })
}

/// Options with which most texts go the short way.
const FEW: [(&str, &str); 10] = [
    ("line_ends", "lf"),
    ("byte_order_marks", "remove"),
    ("soft_hyphens", "remove"),
    ("mojibake", "repair"),
    ("trim", "both"),
    ("form", "NFKC"),
    ("form", "keep"),
    ("max_blank_lines", "0"),
    ("controls", "keep"),
    ("code", "False"),
];

fn clean(options: &Options, text: &str) -> String {
    Cleaner::new(options)
        .clean(text, &mut Scratch::default())
        .unwrap_or(text)
        .to_owned()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn twice_is_once(text in texts(), options in options()) {
        let once = clean(&options, &text);
        prop_assert_eq!(clean(&options, &once), once);
    }

    #[test]
    fn a_form_alone_is_what_the_normalizer_makes(text in texts(), form in 0usize..4) {
        let mut options = Options::KEEP;
        options.set("form", ["NFC", "NFD", "NFKC", "NFKD"][form]).unwrap();
        let expected = match form {
            0 => ComposingNormalizerBorrowed::new_nfc().normalize(&text),
            1 => DecomposingNormalizerBorrowed::new_nfd().normalize(&text),
            2 => ComposingNormalizerBorrowed::new_nfkc().normalize(&text),
            _ => DecomposingNormalizerBorrowed::new_nfkd().normalize(&text),
        };
        prop_assert_eq!(clean(&options, &text), expected);
    }

    #[test]
    fn the_short_way_leads_where_the_long_one_does(
        text in texts(), few in prop::sample::subsequence(FEW.to_vec(), 0..4), any in options(), use_any in any::<bool>()
    ) {
        let mut options = if use_any { any } else { Options::default() };
        for (name, value) in few {
            options.set(name, value).unwrap();
        }
        let cleaner = Cleaner::new(&options);
        let (mut scratch, mut other) = (Scratch::default(), Scratch::default());
        let short = cleaner.clean(&text, &mut scratch).unwrap_or(&text);
        let long = cleaner.clean_long(&text, &mut other).unwrap_or(&text);
        prop_assert_eq!(short, long);
    }

    #[test]
    fn nothing_asked_nothing_done(text in texts()) {
        let mut scratch = Scratch::default();
        prop_assert_eq!(Cleaner::new(&Options::KEEP).clean(&text, &mut scratch), None);
    }
}

#[test]
fn hostile_rows_are_no_trouble() {
    let million = 1_000_000;
    let marks = [
        "\u{301}",
        "\u{323}\u{301}",
        "\u{315}\u{300}\u{5ae}\u{62a}",
        "\u{1161}",
        "\u{9be}",
        "\u{338}",
    ];
    for form in ["NFC", "NFD", "NFKC", "NFKD"] {
        let mut options = Options::default();
        options.set("form", form).unwrap();
        let cleaner = Cleaner::new(&options);
        for mark in marks {
            let text = format!("a{}", mark.repeat(million / mark.len()));
            let mut scratch = Scratch::default();
            let once = cleaner.clean(&text, &mut scratch).unwrap_or(&text).to_owned();
            assert_eq!(cleaner.clean(&once, &mut scratch), None);
        }
    }
    let cleaner = Cleaner::new(&Options::default());
    for text in [" \n", "\n", " ", "\r", "\0", "\t \n\r", "a  ", "e\u{301} "] {
        cleaner.clean(&text.repeat(million), &mut Scratch::default());
    }
}
