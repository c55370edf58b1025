"""What may happen to a job over files, and what must be left: old output or whole new one, and a job that goes on.

The long form, hundreds of kills, is `make soak`.
"""

import json
import os
import random
import re
import resource
import signal
import subprocess
import sys
from pathlib import Path

import fastcurate as fc
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastcurate.external import source, spill
from fastcurate.external.source import open_source
from fastcurate.recipe import Recipe
from faults import command, contents, write_input

RECIPE = Recipe.of("test", ("normalize", {}), ("deduplicate", {"threshold": 0.6}))


@pytest.fixture
def rows(tmp_path, monkeypatch):
    monkeypatch.setattr(source, "PIECE", 5000)
    path = tmp_path / "rows.jsonl"
    write_input(path, 600, 1)
    return path


def curate(rows, work, **more):
    return fc.curate(rows, recipe=RECIPE, on_error="skip", work=work, **more)


def stop_at(stage):
    """A progress function that stops the job once the stage has begun."""

    class StopError(Exception):
        pass

    def progress(name, done, whole):
        if name == stage:
            raise StopError

    return progress, StopError


@pytest.mark.parametrize("stage", ["read", "scan", "group", "keys", "meet", "texts", "compare"])
def test_a_job_that_was_stopped_goes_on(rows, tmp_path, stage):
    quiet = curate(rows, tmp_path / "quiet")
    progress, stop = stop_at(stage)
    with pytest.raises(stop):
        curate(rows, tmp_path / "work", progress=progress)
    said = []
    done = curate(rows, tmp_path / "work", progress=lambda *what: said.append(what))
    assert done.summary() == quiet.summary()
    assert done.removed.equals(quiet.removed)
    scanned = [what for what in said if what[0] == "scan"]
    pieces = len(open_source(rows).pieces)
    assert len(scanned) == (pieces if stage == "read" else pieces - 1 if stage == "scan" else 0)


def test_killed_at_random_moments(tmp_path):
    path = tmp_path / "rows.jsonl"
    write_input(path, 3000, 2)
    subprocess.run(command(path, tmp_path / "quiet"), check=True, capture_output=True)
    # In a process of its own, which forks: this one may have threads.
    soak = Path(__file__).with_name("faults.py")
    done = subprocess.run(
        [sys.executable, soak, "--kills", "12", "--rows", "2000", "--seed", "3"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert re.match(r"seed 3: 12 kills in \d+ jobs .* every output that of the quiet run\n", done.stdout)
    assert "broken" in json.loads((tmp_path / "quiet" / "summary.json").read_text())["removed"]


def test_ctrl_c_stops_and_nothing_is_lost(tmp_path):
    path = tmp_path / "rows.jsonl"
    write_input(path, 30_000, 4)
    process = subprocess.Popen(
        [*command(path, tmp_path / "out"), "--log", "json"], stderr=subprocess.PIPE, text=True
    )
    for line in process.stderr:
        if json.loads(line)["stage"] == "scan":
            break
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "goes on where this one was" in error
    assert not (tmp_path / "out").exists()
    assert list((tmp_path / ".out.work" / "scan").glob("*.rows"))


def test_a_file_that_changes_is_refused(rows, tmp_path):
    done = curate(rows, tmp_path / "work")
    status = rows.stat()
    text = bytearray(rows.read_bytes())
    text[100] ^= 1
    rows.write_bytes(text)
    with pytest.raises(ValueError, match=r"rows\.jsonl has changed"):
        done.save(tmp_path / "out")
    os.utime(rows, ns=(status.st_atime_ns, status.st_mtime_ns))  # even if nothing but its bytes tell
    with pytest.raises(ValueError, match=r"rows\.jsonl has changed"):
        done.save(tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_parquet_file_that_was_written_anew_is_refused(tmp_path):
    """The same size, the same time of change, the same inode: what it says of itself at its end is different."""
    path = tmp_path / "rows.parquet"
    texts = [f"row {number:05} of many" for number in range(4000)]
    pq.write_table(pa.table({"text": texts}), path, compression="none", use_dictionary=False)
    status, size = path.stat(), path.stat().st_size
    done = curate(path, tmp_path / "work")
    other = tmp_path / "other.parquet"
    texts[-1] = "row 99999 of many"
    pq.write_table(pa.table({"text": texts}), other, compression="none", use_dictionary=False)
    assert other.stat().st_size == size
    path.write_bytes(other.read_bytes())
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    with pytest.raises(ValueError, match=r"rows\.parquet has changed"):
        done.save(tmp_path / "out")
    del done
    with pytest.raises(ValueError, match=r"another job \(inputs: .*has changed"):
        curate(path, tmp_path / "work")


def test_a_file_that_changes_while_it_is_read_is_refused(rows, tmp_path):
    def progress(stage, done, whole):
        if stage == "keys":
            with rows.open("a") as file:
                file.write('{"text": "one more"}\n')

    with pytest.raises(ValueError, match="has changed"):
        curate(rows, tmp_path / "work", progress=progress)


@pytest.mark.parametrize(
    "name", ["scan/000001.rows", "scan/000002.1.cut", "scan/000000.1.sample", "step-1/similar/00"]
)
@pytest.mark.parametrize("damage", ["bit", "cut", "more"])
def test_a_spill_file_that_was_damaged_is_found_out(rows, tmp_path, name, damage):
    quiet = curate(rows, tmp_path / "work")
    path = tmp_path / "work" / name
    data = bytearray(path.read_bytes())
    if damage == "bit":
        data[len(data) // 2] ^= 4
    path.write_bytes(data[:-7] if damage == "cut" else data + b"1234567" if damage == "more" else data)
    del quiet
    with pytest.raises(ValueError, match=r"is not what was written to it .* delete"):
        curate(rows, tmp_path / "work")


def test_two_jobs_in_one_folder(rows, tmp_path):
    first = curate(rows, tmp_path / "work")
    with pytest.raises(FileExistsError, match="another process works in"):
        curate(rows, tmp_path / "work")
    del first
    curate(rows, tmp_path / "work")


def test_another_job_is_refused_and_the_difference_named(rows, tmp_path):
    curate(rows, tmp_path / "work")
    other = Recipe.of("test", ("normalize", {}), ("deduplicate", {"threshold": 0.7}))
    with pytest.raises(ValueError, match=r"another job \(recipe was .*0\.6.* and is .*0\.7"):
        fc.curate(rows, recipe=other, on_error="skip", work=tmp_path / "work")
    write_input(rows, 600, 9)
    with pytest.raises(ValueError, match=r"another job \(inputs: .*rows\.jsonl has changed\)"):
        curate(rows, tmp_path / "work")
    more = rows.with_name("more.jsonl")
    write_input(more, 10, 1)
    with pytest.raises(ValueError, match=r"more\.jsonl is new, .*rows\.jsonl has changed\)"):
        curate([rows, more], tmp_path / "work")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter").write_text("dear")
    with pytest.raises(FileExistsError, match="no work folder"):
        curate(rows, tmp_path / "mine")


def test_a_job_that_broken_lines_stopped_goes_on_without_them(rows, tmp_path):
    """But one that has set them aside does not end as if there had been none."""
    work, recipe = tmp_path / "work", Recipe.of("test", ("deduplicate", {"threshold": 0.6}))
    rows.write_text(rows.read_text().replace("{broken\n", "") + "{oops\n")
    with pytest.raises(ValueError, match=r"rows\.jsonl"):
        fc.curate(rows, recipe=recipe, work=work)
    scanned = {path: path.stat().st_mtime_ns for path in (work / "scan").glob("*.rows")}
    assert scanned
    skipped = fc.curate(rows, recipe=recipe, on_error="skip", work=work)
    assert {path: path.stat().st_mtime_ns for path in scanned} == scanned
    expected = fc.curate(rows, recipe=recipe, on_error="skip")
    assert skipped.kept.equals(expected.kept)
    del skipped  # it holds the folder
    with pytest.raises(ValueError, match=r'on_error was "skip" and is "raise"'):
        fc.curate(rows, recipe=recipe, work=work)


def test_a_read_error_in_the_middle_of_a_file_says_where(tmp_path):
    table = pa.table({"text": [f"row {number} of many" for number in range(4000)]})
    path = tmp_path / "rows.parquet"
    pq.write_table(table, path, row_group_size=500, compression="none", use_dictionary=False)
    data = bytearray(path.read_bytes())
    group = pq.read_metadata(path).row_group(5).column(0)
    data[group.data_page_offset : group.data_page_offset + 40] = bytes(40)
    path.write_bytes(data)
    with pytest.raises(ValueError, match=r"rows\.parquet: not a readable Parquet file"):
        fc.curate(path, work=tmp_path / "work")


def test_no_room_on_the_disk_leaves_nothing_half_written(rows, tmp_path):
    """The limit on the size of files stands for a full disk: writing fails in the middle of a file."""
    done = curate(rows, tmp_path / "work")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (9000, before[1]))
        with pytest.raises(OSError, match="nothing was written"):
            done.save(tmp_path / "out")
        with pytest.raises(OSError, match="File too large"):
            curate(rows, tmp_path / "other")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert not [path for path in tmp_path.iterdir() if "out" in path.name]
    assert not list((tmp_path / "other").rglob("*.rows.partial*")) or curate(rows, tmp_path / "other")
    assert curate(rows, tmp_path / "other").summary() == done.summary()


FULL = """
mount -t tmpfs -o size="$1" tmpfs "$2" || exit 77
shift 2
"$@" && exit 78
mount -o remount,size=64m "$MOUNTED" || exit 77
test -z "$(ls "$MOUNTED" | grep '^out')" || exit 79
"$@" || exit 80
cp -r "$MOUNTED/out" "$COPY"
"""


@pytest.mark.parametrize("size", ["64k", "300k", "700k"])
def test_a_full_disk_leaves_nothing_half_written_and_the_job_goes_on_when_there_is_room(tmp_path, size):
    """A small file system of its own, in a name space where an ordinary user may mount one."""
    path, mounted = tmp_path / "rows.jsonl", tmp_path / "mounted"
    write_input(path, 3000, 2)
    mounted.mkdir()
    subprocess.run(command(path, tmp_path / "quiet"), check=True, capture_output=True)
    job = command(path, mounted / "out")
    environment = os.environ | {"MOUNTED": str(mounted), "COPY": str(tmp_path / "copy")}
    try:
        done = subprocess.run(
            ["unshare", "-rm", "sh", "-c", FULL, "sh", size, mounted, *job],
            capture_output=True, text=True, env=environment, check=False,
        )  # fmt: skip
    except FileNotFoundError:
        pytest.skip("unshare is not there; the limit on the size of files above stands for a full disk")
    if done.returncode in (1, 77) and "No space left" not in done.stderr:
        pytest.skip(
            f"nothing can be mounted here ({done.stderr.strip()}); the limit above stands for a full disk"
        )
    assert done.returncode == 0, (done.returncode, done.stderr)
    assert "No space left on device" in done.stderr
    assert contents(tmp_path / "copy") == contents(tmp_path / "quiet")


def test_a_block_comes_back_or_is_refused(tmp_path):
    table = pa.table({"a": list(range(1000))})
    spill.write_table(tmp_path / "block", table)
    assert spill.read_table(tmp_path / "block").equals(table)
    good = (tmp_path / "block").read_bytes()
    rng = random.Random(5)
    for _ in range(200):
        data = bytearray(good)
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        (tmp_path / "block").write_bytes(data)
        with pytest.raises(ValueError, match="is not what was written"):
            spill.read_table(tmp_path / "block")


def test_a_pipe_gets_lines_about_the_progress(tmp_path):
    path = tmp_path / "rows.jsonl"
    write_input(path, 2000, 6)
    done = subprocess.run(
        [*command(path, tmp_path / "out"), "--log", "json"], capture_output=True, text=True, check=True
    )
    said = [json.loads(line) for line in done.stderr.splitlines()]
    stages = [one["stage"] for one in said]
    assert list(dict.fromkeys(stages)) == [
        "read",
        "scan",
        "group",
        "keys",
        "meet",
        "texts",
        "compare",
        "save",
    ]
    assert all(one["done"] <= one["whole"] for one in said)
    shares = [one["share"] for one in said]
    assert shares == sorted(shares)
    assert said[-1]["bytes"] == path.stat().st_size
    assert not (tmp_path / ".out.work").exists()


def test_child_processes_work_alone(rows, tmp_path):
    """A child that was forked or spawned after the parent has used its threads."""
    curate(rows, tmp_path / "work")
    code = (
        "import multiprocessing, sys, fastcurate as fc\n"
        "def run(n):\n    return fc.deduplicate({'text': ['a b c', 'A b c!', str(n)] * 4000}).summary()['kept']\n"
        "if __name__ == '__main__':\n"
        "    kept = run(0)\n"
        "    for way in ('fork', 'spawn'):\n"
        "        with multiprocessing.get_context(way).Pool(2) as pool:\n"
        "            assert pool.map(run, range(4)) == [kept] * 4\n"
    )
    (tmp_path / "children.py").write_text(code)
    subprocess.run([sys.executable, tmp_path / "children.py"], check=True, timeout=60)
