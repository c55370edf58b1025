//! Known answers, and the property that repairs come to rest.

use super::*;

fn settled(text: &str) -> String {
    let mut now = text.to_owned();
    let mut out = String::new();
    while repair(&now, &mut Vec::new(), &mut out) {
        now = std::mem::take(&mut out);
    }
    now
}

#[test]
fn spoilt_text_is_put_right() {
    let table = [
        ("cafÃ©", "café"),
        ("Itâ€™s â€œfineâ€\u{9d} â€“ reallyâ€¦", "It’s “fine” – really…"),
        ("fÃ¼r groÃŸe Ã„pfel", "für große Äpfel"),
        ("Ð¿Ñ€Ð¸Ð²ÐµÑ‚ Ð¸ Ð¼Ð¸Ñ€", "привет и мир"),
        ("РїСЂРёРІРµС‚ Рё РјРёСЂ", "привет и мир"),
        ("ä½\u{a0}å¥½ä¸–ç•Œ", "你好世界"),
        ("ðŸ˜€", "😀"),
        ("√©t√©", "été"),
        ("f├╝r", "für"),
        ("voilÃ  tout", "voilÃ  tout"),
        ("dÃ©jÃ  vu", "déjà vu"),
        ("dÃ©jÃ  Ã  Paris", "déjà à Paris"),
        ("25Â°C, 5Â£ Â©", "25°C, 5£ ©"),
        ("Ã¢â‚¬â„¢", "’"),
        ("cafÃƒÂ©", "café"),
        ("‚Ä¢ How many‚Äîand why‚Äôs", "• How many—and why’s"),
        ("kÅ¯Ë\u{86}", "kůˆ"),
        ("·Éí·Éê·Éõ·Éê·É†·ÉØ·Éù·Éë·Éê", "გამარჯობა"),
        ("Å›nieg Å‘szi", "śnieg őszi"),
        ("Ñ†Ðµ", "це"),
        ("\u{93}so\u{94}", "“so”"),
    ];
    for (text, expected) in table {
        assert_eq!(settled(text), expected, "{text:?}");
    }
}

#[test]
fn text_that_is_right_stays() {
    let right = [
        "",
        "IRMÃ” e “AMANHÃ…”",
        "« été » et «État»… « volé »",
        "É”, À–, “CAFÉ”, VOILÀ»",
        "Рік і Січ, Сёмга; «Рё»",
        "┌──┐\n│ab│\n└──┘ ─┐ ├──┤",
        "Úžasný věšť, Říše",
        "Ä…, Ä–, ÜÖÄ",
        "3×½ ±² µm √2 ≈ ∆x",
        "the letter Ã is",
        "日本語、中国。한국어 ไทย हिन्दी עברית العربية",
        "naïve façade – señor ¿qué? ¡sí!",
        "»Straße« – „groß“, ‚Ä‘",
        "a\u{85}b",
        "\u{80}¢ Bulk, \u{89}ÛÏmerchant, \u{fffc}\u{84}y",
        "в топле игре, отомщеньем, прокупачким",
        "ثم ابتدأ، فقال؛ شئ، الموطأ",
        "a regular basis \u{80}\u{93} but",
        "25/√π, 2√π, ≠∞",
        "◄─╣ ─┤Title├─",
    ];
    for text in right {
        assert_eq!(settled(text), text);
    }
}
