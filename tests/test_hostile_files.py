"""Recipes, rules and tokenizer files that anybody may have written: an error that says so, or an answer; never more.

Nothing is executed, no panic comes out of the kernels, and no file is written but where the caller said.
"""

import contextlib
import copy
import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fastcurate as fc
import pytest
from fastcurate.recipe import STEPS, load_recipe
from fastcurate.rule import rules_text
from fastcurate.tokenizer import load_tokenizer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

HOSTILE = [
    "../../escaped",
    "/tmp/../etc/passwd",
    "..",
    "",
    "a\x00b",
    "$(id)",
    "{{ 1 }}",
    "日本",
    "\ud83d",
    "x" * 5000,
]
VALUES = st.one_of(
    st.sampled_from(HOSTILE[:-2]),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.booleans(),
    st.none(),
    st.lists(st.sampled_from(HOSTILE[:6]), max_size=3),
    st.dictionaries(st.sampled_from(["vocab", "type", "a", ""]), st.integers(-2, 9), max_size=2),
)
OPTIONS = sorted(
    {name for options in STEPS.values() for name in options} | {"step", "form", "preset", "colour"}
)


REFUSALS = (ValueError, TypeError, FileNotFoundError, IsADirectoryError, PermissionError)


def answer(call: Callable[[], Any], refusals: tuple[type[Exception], ...] = REFUSALS) -> Any:
    """What the call gives; None where it refuses, in words."""
    try:
        return call()
    except refusals as error:
        if not str(error):
            raise
        return None


def toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {toml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, float):
        return str(value)
    return json.dumps(value, ensure_ascii=False) if value is not None else '"null"'


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from([*STEPS, "../sft", "__import__"]),
            st.dictionaries(st.sampled_from(OPTIONS), VALUES, max_size=3),
        ),
        max_size=4,
    )
)
def test_a_recipe_of_anything_is_refused_or_runs(
    steps: list[tuple[str, dict[str, Any]]], tmp_path: Path
) -> None:
    lines = []
    for name, options in steps:
        lines += ["[[steps]]", f"step = {toml(name)}"]
        lines += [f"{key} = {toml(value)}" for key, value in options.items() if key != "step"]
    path = tmp_path / "mine.toml"
    path.write_text("\n".join(lines), encoding="utf-8", errors="replace")
    if recipe := answer(lambda: load_recipe(path)):
        rows = {"text": ["one two three", None, "four"]}
        job = answer(lambda: fc.curate(rows, recipe=recipe, tokenizer="words"))
        assert job is None or len(job.kept) + len(job.removed) == 3


@given(st.binary(max_size=200))
def test_a_recipe_of_any_bytes_is_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "bytes.toml"
    path.write_bytes(content)
    try:
        tomllib.loads(content.decode())
    except ValueError:
        with pytest.raises(ValueError, match="bytes"):
            load_recipe(path)
        return
    with pytest.raises((ValueError, TypeError)):
        load_recipe(path)


@pytest.mark.parametrize("name", ["../rules/gopher", "../recipes/sft", "..\\rules\\gopher", "/recipes/sft"])
def test_a_name_does_not_lead_out_of_the_folder_of_the_built_in_ones(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises((ValueError, FileNotFoundError), match="neither|none of these"):
        load_recipe(name)
    with pytest.raises((ValueError, FileNotFoundError), match="neither|none of these"):
        rules_text(name)


@pytest.mark.parametrize("column", HOSTILE[:-1])
def test_a_job_writes_nowhere_but_into_its_folder(
    column: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names of columns, of files in them and of options are no paths, whatever they look like."""
    home = tmp_path / "a" / "b"
    home.mkdir(parents=True)
    monkeypatch.chdir(home)
    name = column.encode("utf-8", "replace").decode()
    rows = [{"text": f"one two three {place % 3}", name: "../../escaped"} for place in range(5)]
    (home / "raw.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (home / "mine.toml").write_text(
        f"[[steps]]\nstep = 'deduplicate'\nwithin = {json.dumps(name)}\n"
        f"[[steps]]\nstep = 'count_tokens'\nlength_column = {json.dumps(name)}\n"
    )
    job = answer(lambda: fc.curate("raw.jsonl", on="text", recipe="mine.toml", tokenizer="words"))
    if job is not None:
        answer(lambda: job.save("out"))
    written = {path.relative_to(tmp_path).parts[:3] for path in tmp_path.rglob("*") if path.is_file()}
    assert written <= {("a", "b", "raw.jsonl"), ("a", "b", "mine.toml"), ("a", "b", "out")}


def recipe_naming(path: Path, step: str, option: str, value: str) -> Path:
    path.write_text(f"[[steps]]\nstep = {json.dumps(step)}\n{option} = {json.dumps([value])}\n")
    return path


@pytest.mark.parametrize(
    "named",
    [
        ("deduplicate", "against", "there.jsonl"),
        ("words", "banned_files", "there.txt"),
        ("words", "required_files", "there.txt"),
        ("quality", "rules", "there.toml"),
    ],
)
@pytest.mark.parametrize("way", ["up", "down and up", "whole", "link", "link of a folder", "home"])
def test_a_recipe_reads_no_file_outside_of_its_folder(
    way: str, named: tuple[str, str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step, option, name = named
    home, outside = tmp_path / "home", tmp_path / "outside"
    (home / "below").mkdir(parents=True)
    outside.mkdir()
    content = {"jsonl": '{"text": "secret"}\n', "txt": "secret\n"}.get(
        name.rpartition(".")[2], "[[rules]]\nsignal = 'words'\nmin = 2\n"
    )
    (outside / name).write_text(content)
    (home / "below" / name).write_text(content)
    (home / name).symlink_to(outside / name)
    (home / "linked").symlink_to(outside)
    monkeypatch.setenv("HOME", str(outside))
    monkeypatch.chdir(outside)  # the working folder is not what counts
    value = {
        "up": f"../outside/{name}",
        "down and up": f"below/../../outside/{name}",
        "whole": str(outside / name),
        "link": name,
        "link of a folder": f"linked/{name}",
        "home": f"~/{name}",
    }[way]
    mine = recipe_naming(home / "mine.toml", step, option, value)
    with pytest.raises(ValueError, match=r"leads out of the recipe's folder.*recipe_folders=\["):
        load_recipe(mine)
    rows = {"text": ["secret", "two words"]}
    with pytest.raises(ValueError, match="leads out"):
        fc.curate(rows, recipe=mine)
    assert fc.curate(rows, recipe=mine, recipe_folders=[outside]).summary()["rows_removed"] == 1
    inside = fc.curate(rows, recipe=recipe_naming(home / "fine.toml", step, option, f"below/{name}"))
    assert inside.summary()["rows_removed"] == 1


def test_a_recipe_fetches_nothing(tmp_path: Path) -> None:
    for value in ("s3://bucket/old.jsonl", "memory://old.jsonl", "file:///etc/passwd"):
        mine = recipe_naming(tmp_path / "mine.toml", "deduplicate", "against", value)
        with pytest.raises(ValueError, match=r"leads out.*recipe_folders="):
            load_recipe(mine, folders=["s3://bucket-of-others"])
    mine = recipe_naming(tmp_path / "mine.toml", "deduplicate", "against", "s3://bucket/old.jsonl")
    assert load_recipe(mine, folders=["s3://bucket"]).steps[0].options["against"] == ["s3://bucket/old.jsonl"]


def test_a_pattern_or_a_folder_in_a_recipe_finds_nothing_outside(tmp_path: Path) -> None:
    home, outside = tmp_path / "home", tmp_path / "outside.jsonl"
    (home / "old").mkdir(parents=True)
    outside.write_text('{"text": "secret"}\n')
    (home / "old" / "here.jsonl").write_text('{"text": "a"}\n')
    for value in ("old", "old/*.jsonl", "old/**"):
        mine = recipe_naming(home / "mine.toml", "deduplicate", "against", value)
        assert load_recipe(mine).steps[0].name == "deduplicate"
    (home / "old" / "there.jsonl").symlink_to(outside)
    for value in ("old", "old/*.jsonl", "old/**", "../*.jsonl"):
        mine = recipe_naming(home / "mine.toml", "deduplicate", "against", value)
        with pytest.raises(ValueError, match="leads out"):
            load_recipe(mine)


TOKENIZER = {
    "version": "1.0",
    "added_tokens": [{"id": 3, "content": "<s>", "special": True, "single_word": False, "lstrip": False}],
    "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Lowercase"}]},
    "pre_tokenizer": {
        "type": "ByteLevel",
        "add_prefix_space": False,
        "trim_offsets": True,
        "use_regex": True,
    },
    "post_processor": None,
    "decoder": {"type": "ByteLevel"},
    "model": {
        "type": "BPE",
        "unk_token": None,
        "byte_fallback": False,
        "ignore_merges": False,
        "vocab": {"a": 0, "b": 1, "ab": 2},
        "merges": ["a b"],
    },
}


def places_of(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else []
    return [path, *(place for key, each in inner for place in places_of(each, (*path, key)))]


@given(st.lists(st.tuples(st.sampled_from(places_of(TOKENIZER)[1:]), VALUES), min_size=1, max_size=3))
def test_a_tokenizer_with_anything_anywhere_is_refused_or_counts(
    changes: list[tuple[tuple[Any, ...], Any]],
) -> None:
    changed = copy.deepcopy(TOKENIZER)
    for path, value in changes:
        holder: Any = changed
        with contextlib.suppress(KeyError, IndexError, TypeError):  # an earlier change took that place away
            for key in path[:-1]:
                holder = holder[key]
            holder[path[-1]] = value
    content = json.dumps(changed)
    if tokenizer := answer(lambda: load_tokenizer(content), (ValueError,)):
        counts = answer(lambda: fc.count_tokens(["ab <s> ba", "", None], tokenizer=tokenizer), (ValueError,))
        assert counts is None or counts.null_count == 1
