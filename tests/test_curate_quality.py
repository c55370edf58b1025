"""Redaction, quality rules and word lists as steps of a recipe and as commands."""

import json
from pathlib import Path
from typing import Any

import fastcurate as fc
import pyarrow.parquet as pq
import pytest
from fastcurate.cli import main
from fastcurate.recipe import Recipe

ROWS = [
    {"instruction": "Who are you?", "output": "As an AI language model, I have no name."},
    {"instruction": "Write to me.", "output": "Write to ann@example.org, please."},
    {"instruction": "Say something.", "output": "A forbidden thing."},
    {"instruction": "How much?", "output": "The answer is 42."},
]
STEPS = (
    ("redact", {"kinds": ["email"]}),
    ("quality", {"rules": ["sft", "digit_fraction <= 0.5"]}),
    ("words", {"banned": ["THING"]}),
)


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    path = tmp_path / "raw.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return path


def test_the_steps_of_a_recipe(raw: Path, tmp_path: Path) -> None:
    job = fc.curate(raw, recipe=Recipe.of("mine", *STEPS))
    assert job.kept["output"].to_pylist() == ["Write to [EMAIL], please.", "The answer is 42."]
    gone = job.removed.select(["row", "reason", "rule", "value"]).to_pylist()
    assert gone == [
        {"row": 0, "reason": "quality", "rule": "assistant_phrases <= 0", "value": "1.0"},
        {"row": 2, "reason": "words", "rule": "no banned word", "value": "THING"},
    ]
    summary = job.summary()
    assert summary["redacted"] == {"email": 1}
    assert summary["quality"] == {"assistant_phrase": 1}
    assert summary["removed"] == {"quality": 1, "words": 1}
    job.save(tmp_path / "out")
    assert pq.read_table(tmp_path / "out/removed.parquet")["rule"].to_pylist()[0] == "assistant_phrases <= 0"


def test_duplicates_share_the_rule_of_their_like() -> None:
    rows = {"text": [ROWS[0]["output"], ROWS[0]["output"]]}
    recipe = Recipe.of("mine", ("deduplicate", {"method": "exact"}), ("quality", {}))
    removed = fc.curate(rows, recipe=recipe).removed
    assert removed["reason"].to_pylist() == ["quality", "quality"]
    assert removed["rule"].to_pylist() == ["assistant_phrases <= 0"] * 2


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ((("quality", {"rules": ["wrods >= 1"]}),), "unknown signal 'wrods'"),
        ((("words", {}),), "no words"),
        ((("redact", {"kinds": ["mail"]}),), "kinds must be names of kinds"),
        ((("redact", {"kinds": 7}),), "must be a list of texts"),
        ((("drop_null", {}), ("redact", {})), "put it before"),
    ],
)
def test_mistakes_show_before_the_first_row(steps: tuple[Any, ...], message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        Recipe.of("mine", *steps)


CHAT = [
    {"role": "system", "content": "Answer in English, and only in English, whatever they ask."},
    {
        "role": "user",
        "content": "Wie heißt die Hauptstadt von Frankreich, und wie viele Menschen wohnen dort?",
    },
    {
        "role": "assistant",
        "content": "Die Hauptstadt von Frankreich heißt Paris; dort wohnen zwei Millionen.",
    },
]


@pytest.mark.parametrize(
    ("on", "rows", "counts"),
    [
        (
            "text",
            [
                {"text": "Where is the nearest railway station, and when does the next train leave?"},
                {"text": "Wo ist der nächste Bahnhof, und wann fährt der nächste Zug von dort ab?"},
                {"text": "I would like to have a cup of coffee and a piece of cake, please."},
                {"text": "1 + 1"},
                {"text": None},
            ],
            {"en": 2, None: 1, "de": 1},
        ),
        # A system turn is not what the conversation is in.
        ("messages", [{"messages": CHAT}], {"de": 1}),
        ("response", [{"messages": CHAT}], {"de": 1}),
        ("prompt", [{"messages": CHAT}], {"de": 1}),
    ],
)
def test_languages_are_counted(
    on: str, rows: list[dict[str, Any]], counts: dict[str | None, int], tmp_path: Path, capsys
) -> None:
    pytest.importorskip("py3langid")
    from fastcurate.language import count_languages

    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = count_languages(path, on=on)
    assert {language: texts for language, (texts, _) in found.counts.items()} == counts
    assert all((language is None) == (sure is None) for language, (_, sure) in found.counts.items())
    assert all(0.5 < sure <= 1 for _, sure in found.counts.values() if sure is not None)
    assert main(["quality", str(path), "--on", on, "--language"]) == 0
    shown = capsys.readouterr().out
    assert shown == f"{found}\n"
    assert f"{len(rows)} of {len(rows)} rows" in shown


def test_the_commands(raw: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["quality", str(raw), "--plan"]) == 0
    assert "assistant_phrase: assistant_phrases <= 0" in capsys.readouterr().out
    assert main(["quality", str(raw), "-o", str(tmp_path / "a"), "--rules", "words >= 5"]) == 0
    kept = [json.loads(line) for line in (tmp_path / "a/data.jsonl").read_text().splitlines()]
    assert kept == []
    assert main(["redact", str(raw), "-o", str(tmp_path / "b"), "--kind", "email"]) == 0
    assert "[EMAIL]" in (tmp_path / "b/data.jsonl").read_text()
    assert main(["quality", str(raw), "--rules", "wrods >= 5"]) == 1
    assert "unknown signal 'wrods'" in capsys.readouterr().err
