"""The command: what it prints, what it writes, and how it ends. Bad input one by one, then real data through
every door.
"""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import fastcurate as fc
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import Dataset
from fastcurate.cli import main
from fastcurate.files import write_rows
from fastcurate.terminal import Bar

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = [sys.executable, "-m", "fastcurate"]
STORY = "once upon a time there was a small house in a big wood"


def raw(folder: Path) -> Path:
    source = folder / "raw.jsonl"
    rows = [
        {"text": STORY},
        {"text": STORY + " "},
        {"text": STORY + "!"},
        {"text": "other words"},
        {"text": None},
    ]
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return source


def run(*arguments: object, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], capture_output=True, text=True, check=False, **more
    )


def fails(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """The one line that a run at fault says."""
    assert main([str(argument) for argument in arguments]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("fastcurate: ")
    assert said.err.count("\n") == 1
    return said.err


def test_curate_writes_the_folder_and_prints_the_table(tmp_path: Path) -> None:
    done = run("curate", raw(tmp_path), "-o", tmp_path / "out", "--tokenizer", "gpt2")
    assert done.returncode == 0
    assert done.stderr == "", "silence in a pipe"
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["reason", "rows", "in", "removed", "left"]
    assert [line.split() for line in lines[1:7]] == [
        ["null", "5", "1", "4"],
        ["empty", "4", "0", "4"],
        ["exact_duplicate", "4", "1", "3"],
        ["too_long", "3", "0", "3"],
        ["near_duplicate", "3", "1", "2"],
        ["all", "5", "3", "2"],
    ]
    assert max(map(len, lines[:-1])) <= 80
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "data.jsonl",
        "plan.parquet",
        "removed.parquet",
        "manifest.json",
        "summary.json",
    }


def test_the_single_steps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = raw(tmp_path)
    assert main(["dedup", str(source), "-o", str(tmp_path / "d"), "--threshold", "1", "--keep", "last"]) == 0
    assert json.loads((tmp_path / "d/summary.json").read_text())["removed"] == {"near_duplicate": 2}
    assert main(["dedup", str(source), "-o", str(tmp_path / "e"), "--method", "exact", "--on", "text"]) == 0
    assert json.loads((tmp_path / "e/summary.json").read_text())["rows_kept"] == 5
    target = ["--target-rows", "4", "--within", "text", "--system-turns"]
    assert main(["dedup", str(source), "-o", str(tmp_path / "t"), *target]) == 1
    assert "--target-rows 4 cannot be reached" in capsys.readouterr().err
    target[1] = "5"  # each of the texts is a group of its own
    assert main(["dedup", str(source), "-o", str(tmp_path / "t"), *target]) == 0
    assert json.loads((tmp_path / "t/summary.json").read_text())["near_duplicates"]["within"] == "text"
    assert main(["normalize", str(source), "-o", str(tmp_path / "n"), "--set", "form=NFKC"]) == 0
    assert json.loads((tmp_path / "n/data.jsonl").read_text().splitlines()[1]) == {"text": STORY}
    capsys.readouterr()
    assert main(["tokens", str(source), "--tokenizer", "words"]) == 0
    assert "tokens   41;" in capsys.readouterr().out
    assert (
        main(["pack", str(source), "--tokenizer", "words", "--capacity", "26", "-o", str(tmp_path / "p")])
        == 0
    )
    assert "packs    2 of 26 tokens" in capsys.readouterr().out
    assert pq.read_table(tmp_path / "p/plan.parquet")["length"].to_pylist() == [13, 13, 13, 2, 0]


def test_dedup_against_rows_that_are_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = raw(tmp_path)
    for name, text in (("old.jsonl", "OTHER words!"), ("older.jsonl", "something else")):
        (tmp_path / name).write_text(json.dumps({"text": text}) + "\n")
    out = tmp_path / "out"
    against = ["--against", str(tmp_path / "older.jsonl"), "--against", str(tmp_path / "old.jsonl")]
    assert main(["dedup", str(source), "-o", str(out), *against]) == 0
    removed = pq.read_table(out / "removed.parquet").select(["row", "kept_row", "kept_in", "reason"])
    assert [tuple(line.values()) for line in removed.to_pylist()] == [
        (1, 0, "new", "near_duplicate"),
        (2, 0, "new", "near_duplicate"),
        (3, 1, "against", "near_duplicate"),
    ]
    summary = json.loads((out / "summary.json").read_text())
    assert summary["near_duplicates"]["against"] == 2
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["recipe"]["steps"][0]["against"] == against[1::2]
    assert [file["file"] for file in manifest["against"]] == against[1::2]
    assert all(len(file["sha256"]) == 64 for file in manifest["against"])
    capsys.readouterr()
    said = fails(capsys, "dedup", source, "-o", tmp_path / "no", "--against", tmp_path / "gone.jsonl")
    assert "gone.jsonl" in said
    said = fails(capsys, "dedup", source, "-o", tmp_path / "no", *against, "--keep", "last")
    assert "keep must be 'first' with against" in said


def test_dedup_by_other_measures(tmp_path: Path) -> None:
    source = tmp_path / "quotes.parquet"
    texts = [STORY, f"He said: {STORY}, he did, and {STORY}.", "nothing of the sort"]
    pq.write_table(pa.table({"text": texts, "sig": fc.minhash(texts), "bits": fc.simhash(texts)}), source)
    for number, (options, kept) in enumerate(
        [
            (["--measure", "containment", "--keep", "longest"], 2),
            (["--idf"], 3),
            (["--signatures", "sig", "--threshold", "0.2"], 2),
            (["--measure", "hamming", "--signatures", "bits", "--threshold", "0.95"], 3),
        ]
    ):
        out = tmp_path / str(number)
        assert main(["dedup", str(source), "-o", str(out), *options]) == 0
        summary = json.loads((out / "summary.json").read_text())
        assert summary["rows_kept"] == kept, options
        assert summary["near_duplicates"]["estimated"] is ("sig" in options)


def test_several_columns(tmp_path: Path) -> None:
    rows = pa.table({"a": ["x", "x"], "b": ["y", "y"], "c": ["z", "other"]})
    write_rows(rows, tmp_path / "raw.csv", "csv")
    arguments = ["curate", str(tmp_path / "raw.csv"), "--on", "a+b", "--on", "c", "-o", str(tmp_path / "out")]
    assert main(arguments) == 0
    manifest = json.loads((tmp_path / "out/manifest.json").read_text())
    assert manifest["on"] == [["a", "b"], "c"]
    assert json.loads((tmp_path / "out/summary.json").read_text())["rows_kept"] == 2


def test_recipe_prints_what_can_be_copied(tmp_path: Path) -> None:
    done = run("recipe", "sft")
    assert done.returncode == 0
    (tmp_path / "mine.toml").write_text(done.stdout)
    assert (
        main(
            [
                "curate",
                str(raw(tmp_path)),
                "-o",
                str(tmp_path / "out"),
                "--recipe",
                str(tmp_path / "mine.toml"),
            ]
        )
        == 0
    )


def test_messages_speak_as_the_command_does(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "on_error=1 rows.jsonl"
    path.write_text('{"text": "a row"}\n{oops\n')
    assert main(["curate", str(path), "-o", str(tmp_path / "out")]) == 1
    said = capsys.readouterr().err
    assert "set broken lines aside with --on-error skip" in said
    assert "on_error=1 rows.jsonl" in said, "the name of a file stays"


def test_a_reader_that_has_enough_is_no_error() -> None:
    process = subprocess.Popen([*COMMAND, "recipe", "sft"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0
    assert said == b""


@pytest.mark.parametrize("name", ["curate", "dedup", "tokens", "pack", "normalize", "recipe"])
def test_help_has_examples(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    assert f"examples:\n  fastcurate {name} " in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["curates"],
        ["curate"],
        ["curate", "x"],
        ["tokens", "x"],
        ["normalize", "x", "-o", "y", "--set", "form"],
    ],
)
def test_mistakes_in_the_command_end_with_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2


def test_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    broken = tmp_path / "broken.jsonl"
    broken.write_text('{"text": "a"}\n{"text" "b"}\n')
    said = fails(capsys, "curate", broken, "-o", out)
    assert "broken.jsonl, line 2" in said

    source = raw(tmp_path)
    said = fails(capsys, "curate", source, "-o", out, "--on", "body")
    assert "'body', which is not there; the columns are text (" in said
    numbers = tmp_path / "numbers.jsonl"
    numbers.write_text('{"text": 1, "id": "a"}\n')
    assert "'text' of type int64" in fails(capsys, "curate", numbers, "-o", out, "--on", "text")
    assert "the columns are text (int64), id (" in fails(capsys, "curate", numbers, "-o", out)

    whole = tmp_path / "whole.parquet"
    write_rows(pa.table({"text": ["some words"] * 1000}), whole, "parquet")
    cut = tmp_path / "cut.parquet"
    cut.write_bytes(whole.read_bytes()[:-20])
    assert "cut.parquet" in fails(capsys, "curate", cut, "-o", out)
    other = tmp_path / "other.parquet"
    other.write_text("no parquet at all")
    assert "other.parquet" in fails(capsys, "curate", other, "-o", out)

    empty = tmp_path / "empty.jsonl"
    empty.touch()
    assert "empty.jsonl" in fails(capsys, "curate", empty, "-o", out)
    folder = tmp_path / "folder"
    folder.mkdir()
    assert "no data files" in fails(capsys, "curate", folder, "-o", out)
    assert "gone.jsonl" in fails(capsys, "curate", tmp_path / "gone.jsonl", "-o", out)
    assert "notes.txt" in fails(capsys, "curate", _touched(tmp_path / "notes.txt"), "-o", out)

    tokenizer = tmp_path / "tokenizer.json"
    tokenizer.write_text('{"model": 3}')
    assert "tokenizer" in fails(capsys, "curate", source, "-o", out, "--tokenizer", tokenizer)
    assert "tokenizer" in fails(capsys, "curate", source, "-o", out, "--tokenizer", tmp_path / "gone.json")
    assert "threshold" in fails(capsys, "dedup", source, "-o", out, "--threshold", "3")
    assert "row 0" in fails(capsys, "pack", source, "-o", out, "--tokenizer", "words", "--capacity", "3")
    assert not out.exists()


def test_a_folder_that_is_not_empty_needs_overwrite(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, out = raw(tmp_path), tmp_path / "out"
    _touched(out / "mine.txt")
    assert "--overwrite" in fails(capsys, "curate", source, "-o", out)
    assert [path.name for path in out.iterdir()] == ["mine.txt"]
    assert "is a file" in fails(capsys, "curate", source, "-o", out / "mine.txt")
    assert main(["curate", str(source), "-o", str(out), "--overwrite"]) == 0
    assert not (out / "mine.txt").exists()
    capsys.readouterr()
    said = fails(capsys, "curate", source, "-o", tmp_path, "--overwrite")
    assert "raw.jsonl is in it" in said, "the input is not overwritten with its own result"


def test_a_row_of_50_megabytes(tmp_path: Path) -> None:
    source = tmp_path / "raw.jsonl"
    source.write_text(json.dumps({"text": "many words " * 4_700_000}) + '\n{"text": "few words"}\n')
    assert main(["curate", str(source), "-o", str(tmp_path / "out"), "--tokenizer", "gpt2"]) == 0
    assert json.loads((tmp_path / "out/summary.json").read_text())["removed"] == {"too_long": 1}


def test_invalid_utf8_is_a_broken_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "raw.jsonl"
    source.write_bytes(b'{"text": "a"}\n{"text": "\xff"}\n')
    assert "raw.jsonl, line 2" in fails(capsys, "curate", source, "-o", tmp_path / "out")
    assert main(["curate", str(source), "-o", str(tmp_path / "out"), "--on-error", "skip"]) == 0
    removed = pq.read_table(tmp_path / "out/removed.parquet").to_pylist()
    assert [(row["reason"], row["raw"], row["line"]) for row in removed] == [
        ("broken", b'{"text": "\xff"}', 2)
    ]


def test_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    source = tmp_path / "raw.jsonl"
    rows = (
        json.dumps({"text": f"{STORY} {number % 977} and {number * 7 % 1009}"}) for number in range(400_000)
    )
    source.write_text("\n".join(rows) + "\n")
    arguments = [
        *COMMAND,
        "curate",
        str(source),
        "-o",
        str(tmp_path / "out"),
        "--tokenizer",
        "gpt2",
        "--threads",
        "1",
    ]
    process = subprocess.Popen(arguments, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    out, said = process.communicate(timeout=60)
    assert process.returncode == 130, (out, said)
    assert said == "fastcurate: stopped; nothing was written\n"
    assert out == ""
    assert [path.name for path in tmp_path.iterdir()] == ["raw.jsonl"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_bar_fits_its_line_and_is_silent_in_a_pipe() -> None:
    pipe, terminal = io.StringIO(), Terminal()
    ticks = iter(range(100))
    for stream in (pipe, terminal):
        bar = Bar(stream, clock=lambda: next(ticks))
        bar("read", 0, 0)
        bar("deduplicate", 50, 100)
        bar("deduplicate", 1_000_000_000, 1_000_000_000)
        bar.clear()
    assert pipe.getvalue() == ""
    drawn = terminal.getvalue().split("\r\x1b[K")
    assert any("[############------------] 50/100 rows" in line for line in drawn)
    assert max(map(len, drawn)) <= 79
    assert drawn[-1] == ""


REAL = {
    "instruct/alpaca_en_52k": None,
    "instruct/t0_per_template": None,
    "instruct/alpaca_zh": None,
    "instruct/chat_sgd": None,
    "instruct/gsm8k": None,
    "labelled/sms_spam": None,
    "raw/raw_mixed_sample": 4000,  # of its rows: all of its 82 MB take a minute
}


@pytest.mark.parametrize("name", REAL)
def test_real_data_has_the_same_verdicts_through_every_door(data: Path, tmp_path: Path, name: str) -> None:
    rows = pq.read_table(data / f"{name}.parquet")
    rows = rows.slice(0, REAL[name])
    for kind in ("parquet", "jsonl"):
        write_rows(rows, tmp_path / f"raw.{kind}", kind)
        arguments = ["curate", tmp_path / f"raw.{kind}", "-o", tmp_path / kind, "--tokenizer", "gpt2"]
        assert main([str(argument) for argument in arguments]) == 0
    expected = _verdicts(pq.read_table(tmp_path / "parquet/removed.parquet"))
    assert _verdicts(pq.read_table(tmp_path / "jsonl/removed.parquet")) == expected
    assert (tmp_path / "parquet/plan.parquet").read_bytes() == (tmp_path / "jsonl/plan.parquet").read_bytes()
    kept = pq.read_table(tmp_path / "parquet/data.parquet")
    assert kept.num_rows + len(expected) == rows.num_rows
    for frame in (rows, pl.DataFrame(rows), pl.DataFrame(rows).lazy(), rows.to_pandas(), Dataset(rows)):
        done = fc.curate(frame, tokenizer="gpt2")
        part = done.parts[None]
        assert _verdicts(part.removed_table()) == expected, type(frame)
        assert part.plan().equals(pq.read_table(tmp_path / "parquet/plan.parquet"))


def _verdicts(removed: pa.Table) -> list[tuple[Any, ...]]:
    columns = [removed[name].to_pylist() for name in ("row", "kept_row", "similarity", "reason")]
    return list(zip(*columns, strict=True))


def _touched(path: Path) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.touch()
    return path


def test_the_command_is_installed_under_its_name() -> None:
    done = run("--version", env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)})
    assert done.stdout == f"fastcurate {fc.__version__}\n"


def test_faults_of_every_kind_are_one_line(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.symlink_to(other)
    other.symlink_to(one)
    (tmp_path / "empty.csv").touch()
    commands: list[list[object]] = [
        ["curate", raw(tmp_path), "-o", one],
        ["curate", raw(tmp_path), "-o", tmp_path / "out", "--threads", "-1"],
        ["curate", tmp_path / "empty.csv", "-o", tmp_path / "out"],
    ]
    for command in commands:
        done = run(*command)
        assert done.returncode == 1, command
        assert done.stderr.startswith("fastcurate: ") and done.stderr.count("\n") == 1, done.stderr
    assert not (tmp_path / "out").exists()
