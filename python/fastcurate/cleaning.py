r"""Clean text: Unicode form, whitespace, controls, typography, mojibake.

`normalize` does all of it in one pass over a column, each part an option of its own, with presets for the usual
jobs; `explain_normalize` shows on one text what each option does; `repair_mojibake` does one thing only.
"""

from __future__ import annotations

from typing import Any

__all__ = ["normalize", "repair_mojibake"]

DEFAULTS: dict[str, Any] = {
    "form": "NFC",
    "whitespace": "collapse",
    "controls": "remove",
    "code": "fenced",
}
"""What is done where neither an option nor a preset says otherwise; every other option is `"keep"`."""

_TRANSPORT = {
    "line_ends": "lf",
    "byte_order_marks": "remove",
    "soft_hyphens": "remove",
}
_INVISIBLE = {"zero_width": "remove", "bidi": "remove", "variation_selectors": "remove"}
_ASCII = {"quotes": "ascii", "dashes": "ascii", "ellipses": "ascii", "full_width": "ascii", "spaces": "ascii"}

PRESETS: dict[str, dict[str, Any]] = {
    "sft": {**DEFAULTS, **_TRANSPORT},
    "web": {
        **DEFAULTS,
        **_TRANSPORT,
        "mojibake": "repair",
        "entities": "decode",
        "spaces": "ascii",
        "trim": "both",
        "max_blank_lines": "1",
        "repeated_punctuation": "limit",
    },
    "match": {
        **DEFAULTS,
        **_TRANSPORT,
        **_INVISIBLE,
        **_ASCII,
        "form": "NFKC",
        "case": "fold",
        "trim": "both",
        "max_blank_lines": "0",
        "code": "False",
    },
}
"""Sets of options for the usual jobs; an option that is given beside a preset has the last word.

`"sft"`: answers and code, nothing that could change what they say. `"web"`: pages and forum posts, where encodings
went wrong. `"match"`: for comparing texts, in the spirit of what `deduplicate` compares.
"""

MOJIBAKE_ONLY: dict[str, Any] = {
    "form": "keep",
    "whitespace": "keep",
    "controls": "keep",
    "mojibake": "repair",
    "code": "False",
}
"""What `repair_mojibake` asks for."""

ORDER = (
    "entities",
    "mojibake",
    "controls",
    "zero_width",
    "bidi",
    "soft_hyphens",
    "byte_order_marks",
    "variation_selectors",
    "quotes",
    "dashes",
    "ellipses",
    "spaces",
    "full_width",
    "line_ends",
    "accents",
    "case",
    "form",
    "repeated_punctuation",
    "whitespace",
    "max_blank_lines",
    "trim",
)
"""The options that change text, in the order in which they are done."""


def normalize(
    text: Any,
    *,
    preset: str | None = None,
    form: str | None = None,
    whitespace: str | None = None,
    controls: str | None = None,
    max_blank_lines: int | str | None = None,
    trim: str | None = None,
    line_ends: str | None = None,
    zero_width: str | None = None,
    bidi: str | None = None,
    soft_hyphens: str | None = None,
    byte_order_marks: str | None = None,
    variation_selectors: str | None = None,
    spaces: str | None = None,
    quotes: str | None = None,
    dashes: str | None = None,
    ellipses: str | None = None,
    full_width: str | None = None,
    repeated_punctuation: str | None = None,
    case: str | None = None,
    accents: str | None = None,
    mojibake: str | None = None,
    entities: str | None = None,
    code: bool | str | None = None,
    invalid: str | None = None,
    changed: bool = False,
    threads: int | None = None,
) -> Any:
    r"""Text with the accidents of its transport taken out.

    Without a preset three things happen: the Unicode form NFC, whitespace collapsed, controls removed, and none of
    them in fenced code. Each can be `"keep"`, and everything else is until asked for. Normalising twice changes
    nothing.

    Args:
        text: A column of text, or of bytes (binary); see `fastcurate.columns` for what a column can be.
        preset: `"sft"` (safe for answers and code), `"web"` (pages and posts, encodings put right) or `"match"` (for
            comparing); `fastcurate.cleaning.PRESETS` has the options of each. Options beside it have the last word.
        form: `"NFC"` (the default), `"NFD"`, `"NFKC"` or `"NFKD"` (Unicode Standard Annex 15), or `"keep"`.
        whitespace: `"collapse"` (the default): runs of spaces and tabs inside a line become one space, those at its
            end go, indentation and line breaks stay. Lines end at LF, CR LF and CR; no other character is a space
            or a line end, so that U+00A0, U+3000 and U+2028 stay.
        controls: `"remove"` (the default): U+0000 to U+001F but for tab, line feed and carriage return, and U+007F
            to U+009F.
        max_blank_lines: How many blank lines in a row stay: a number, or `"keep"` for all. Without it 2 where
            whitespace is collapsed. A blank line holds nothing but spaces and tabs.
        trim: `"both"`: spaces, tabs and line ends at the beginning and the end of the text go.
        line_ends: `"lf"`: CR LF and CR become LF.
        zero_width: `"remove"`: U+200B to U+200D and U+2060 to U+2064. The joiners among them hold emoji
            sequences together and are spelling in Persian and several Indic scripts.
        bidi: `"remove"`: direction marks, embeddings, overrides and isolates (U+061C, U+200E, U+200F, U+202A to
            U+202E, U+2066 to U+2069).
        soft_hyphens: `"remove"`: U+00AD.
        byte_order_marks: `"remove"`: U+FEFF, anywhere in the text.
        variation_selectors: `"remove"`: U+180B to U+180D, U+180F, U+FE00 to U+FE0F, U+E0100 to U+E01EF.
        spaces: `"ascii"`: U+00A0, U+1680, U+2000 to U+200A, U+202F and U+205F become a space.
        quotes: `"ascii"`: U+2018 to U+201B become `'`, U+201C to U+201F become `"`; guillemets and primes stay.
        dashes: `"ascii"`: U+2010 to U+2015 and U+2212 become `-`.
        ellipses: `"ascii"`: U+2026 becomes three dots.
        full_width: `"ascii"`: U+FF01 to U+FF5E become their ASCII twins, U+3000 a space.
        repeated_punctuation: `"limit"`: more than three of the same punctuation mark in a row become three.
        case: `"fold"`: full case folding (ß becomes ss).
        accents: `"remove"`: combining diacritical marks, alone or as part of a letter; the marks of Hebrew, Arabic,
            Thai, kana and the scripts of India are no accents.
        mojibake: `"repair"`: UTF-8 that was read as Windows-1252, ISO 8859-1, Windows-1251, Mac Roman, code page 437
            and others, also twice, becomes what it was; text that is right stays.
        entities: `"decode"`: `&eacute;`, `&#233;` and `&#xe9;` become é, and so does what they were wrapped in.
        code: Which text is code and stays byte for byte, whatever the other options: `"fenced"` (the default; blocks
            between lines of backticks or tildes, as in Markdown), `True` (all of it) or `False` (none).
        invalid: What to do about bytes that are not UTF-8: `"error"` (the default) or `"replace"`, which puts U+FFFD
            in their place.
        changed: Whether to answer which rows changed as well.
        threads: How many threads to use; all cores for None.

    Returns:
        Strings in the layout they came in (bytes become strings, dictionaries and categories plain strings, chunks
        stay chunks, and a chunk that grows beyond 2 GiB gets 64-bit offsets); null for null. A chunk in which no
        row changes shares its buffers with the input. With `changed=True` a pair: the strings, and a column of
        booleans that is true where a row is another text now.

    Raises:
        TypeError: `text` is not a column of text.
        ValueError: An option has a value it does not know, a row is not valid UTF-8, or `threads` is 0.

    Examples:
        >>> import fastcurate as fc
        >>> fc.normalize(["Cafe\u0301  au \t lait ", None]).to_pylist()
        ['Café au lait', None]
        >>> fc.normalize(
        ...     ["“so” – it\u00a0was…"], quotes="ascii", dashes="ascii", ellipses="ascii"
        ... ).to_pylist()
        ['"so" - it\xa0was...']
        >>> cleaned, changed = fc.normalize(["fine", "cafÃ© &amp; bar"], preset="web", changed=True)
        >>> cleaned.to_pylist(), changed.to_pylist()
        (['fine', 'café & bar'], [False, True])
    """
    import pyarrow as pa

    from fastcurate import _core
    from fastcurate.frames import column

    given = {
        "form": form,
        "whitespace": whitespace,
        "controls": controls,
        "max_blank_lines": max_blank_lines,
        "trim": trim,
        "line_ends": line_ends,
        "zero_width": zero_width,
        "bidi": bidi,
        "soft_hyphens": soft_hyphens,
        "byte_order_marks": byte_order_marks,
        "variation_selectors": variation_selectors,
        "spaces": spaces,
        "quotes": quotes,
        "dashes": dashes,
        "ellipses": ellipses,
        "full_width": full_width,
        "repeated_punctuation": repeated_punctuation,
        "case": case,
        "accents": accents,
        "mojibake": mojibake,
        "entities": entities,
        "code": code,
        "invalid": invalid,
    }
    options = kernel_options(preset, **given)
    values, give_back = column(text)
    chunks, rows = _core.normalize(values, options=options, threads=threads)
    if not changed:
        return give_back(_joined(pa, chunks))
    return give_back(_joined(pa, chunks)), give_back(_joined(pa, rows))


def repair_mojibake(text: Any, *, threads: int | None = None) -> Any:
    """UTF-8 that was read in the wrong encoding, put right again; nothing else changes.

    "cafÃ©" is "café" whose UTF-8 was read as Windows-1252; "РїСЂРёРІРµС‚" is "привет" read as Windows-1251. Where such
    characters can only be that, they become what they were, also where it happened twice; text that is right stays.
    The same as `normalize` with everything but `mojibake="repair"` switched off.

    Args:
        text: A column of text; see `fastcurate.columns` for what that can be.
        threads: How many threads to use; all cores for None.

    Returns:
        Strings, as `normalize` returns them.

    Raises:
        TypeError: `text` is not a column of text.
        ValueError: A row is not valid UTF-8, or `threads` is 0.

    Examples:
        >>> import fastcurate as fc
        >>> fc.repair_mojibake(["Itâ€™s a cafÃ©", "РїСЂРёРІРµС‚", "déjà vu"]).to_pylist()
        ['It’s a café', 'привет', 'déjà vu']
    """
    return normalize(text, **MOJIBAKE_ONLY, threads=threads)


def kernel_options(preset: str | None = None, **given: Any) -> dict[str, str]:
    """All options of `normalize` as the kernel reads them: preset, defaults and what was given put together.

    Args:
        preset: As for `normalize`.
        given: Options of `normalize` by name; None is not given.

    Returns:
        Names and values.

    Raises:
        TypeError: There is no such option.
        ValueError: There is no such preset.

    Examples:
        >>> kernel_options(form="NFKC", code=False)
        {'form': 'NFKC', 'whitespace': 'collapse', 'controls': 'remove', 'code': 'False'}
    """
    known = (*ORDER, "code", "invalid")
    if unknown := given.keys() - set(known):
        raise TypeError(f"normalize has no option {min(unknown)!r}; it has {', '.join(known)}")
    if preset is not None and preset not in PRESETS:
        names = ", ".join(f'"{name}"' for name in PRESETS)
        raise ValueError(f'preset must be one of {names}, or None, got "{preset}"')
    start = DEFAULTS if preset is None else PRESETS[preset]
    return {**start, **{name: str(value) for name, value in given.items() if value is not None}}


def _joined(pa: Any, chunks: list[Any]) -> Any:
    arrays = [pa.array(chunk) for chunk in chunks]
    return arrays[0] if len(arrays) == 1 else pa.chunked_array(arrays)
