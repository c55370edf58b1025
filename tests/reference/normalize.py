"""The oracle of `normalize`: one line of `unicodedata` or `re` per step, in the order of the definition.

CPython's tables are those of its own Unicode version (14.0 in Python 3.11): texts must hold no character that
this version does not know.
"""

import re
import unicodedata

REMOVED = {
    "controls": "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f",
    "zero_width": "\u200b\u200c\u200d\u2060-\u2064",
    "bidi": "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069",
    "soft_hyphens": "\u00ad",
    "byte_order_marks": "\ufeff",
    "variation_selectors": "\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef",
}
DEFAULTS = {"form": "NFC", "whitespace": "collapse", "controls": "remove"}


def normalize(text: str, **options: str) -> str:
    """One text. An option that is not given is "keep", but for the three in DEFAULTS."""
    asked = {**DEFAULTS, **options}
    form = asked["form"]

    def on(option: str) -> bool:
        return asked.get(option, "keep") != "keep"

    if form in {"NFKC", "NFKD"}:
        text = unicodedata.normalize("NFKD", text)
    for option, characters in REMOVED.items():
        if on(option):
            text = re.sub(f"[{characters}]", "", text)
    if on("quotes"):
        text = re.sub("[‘’‚‛]", "'", re.sub("[“”„‟]", '"', text))
    if on("dashes"):
        text = re.sub("[\u2010-\u2015\u2212]", "-", text)
    if on("ellipses"):
        text = text.replace("\u2026", "...")
    if on("full_width"):
        text = re.sub("[！-～]", lambda found: chr(ord(found[0]) - ord("！") + ord("!")), text)
        text = text.replace("\u3000", " ")
    if on("line_ends"):
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if form != "keep":
        text = unicodedata.normalize(form, text)  # type: ignore[arg-type]  # a plain str here
    return collapse(text) if on("whitespace") else text


def collapse(text: str) -> str:
    """Whitespace alone."""
    text = re.sub(r"[ \t]+(?=[\r\n]|\Z)", "", text)
    text = re.sub(r"(?<=[^ \t\r\n])[ \t]+", " ", text)
    # Possessive, so that no match goes back to split a CR LF in two.
    text = re.sub(r"\A((?>\r\n|\r|\n){2}+)(?>\r\n|\r|\n)+", r"\1", text)
    return re.sub(r"((?>\r\n|\r|\n){3}+)(?>\r\n|\r|\n)+", r"\1", text)
