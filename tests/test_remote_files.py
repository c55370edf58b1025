"""Files that URLs name: the same rows, verdicts and bytes as those of files here."""

import json
import uuid

import fastcurate as fc
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastcurate.cli import main
from fastcurate.external import source
from fastcurate.files import open_files, remote, write_rows
from fastcurate.files.paths import data_files
from fastcurate.files.remote import Remote

fsspec = pytest.importorskip("fsspec")

FORMATS = ["jsonl", "jsonl.gz", "jsonl.zst", "parquet", "csv", "csv.gz", "arrow"]
TABLE = pa.table(
    {
        "text": [f"row {number % 70} of some {'x' * (number % 5)}" for number in range(400)],
        "number": list(range(400)),
    }
)


@pytest.fixture
def store():
    """A folder of a store that nothing else uses."""
    return f"memory://{uuid.uuid4().hex}"


def put(path, url):
    system, inside = fsspec.core.url_to_fs(url)
    system.makedirs(inside.rpartition("/")[0], exist_ok=True)
    system.pipe_file(inside, path.read_bytes())


def names(url):
    system, inside = fsspec.core.url_to_fs(url)
    return sorted(name.removeprefix(inside).lstrip("/") for name in system.find(inside))


def content(url):
    system, inside = fsspec.core.url_to_fs(url)
    return system.cat_file(inside)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("streamed", [False, True])
def test_the_same_from_a_store_and_into_one(tmp_path, monkeypatch, store, form, streamed):
    monkeypatch.setattr(source, "PIECE", 3000)
    write_rows(TABLE, tmp_path / f"rows.{form}", form)
    put(tmp_path / f"rows.{form}", f"{store}/in/rows.{form}")
    frame = open_files(f"{store}/in/rows.{form}")
    assert frame.table.equals(open_files(tmp_path / f"rows.{form}").table)
    options = [{"work": tmp_path / name} if streamed else {} for name in ("one", "other")]
    one = fc.curate(tmp_path / f"rows.{form}", **options[0])
    other = fc.curate(f"{store}/in/rows.{form}", **options[1])
    assert one.summary() == other.summary()
    other.save(f"{store}/out")
    one.save(f"file://{tmp_path}/here")
    assert names(f"{store}/out") == sorted(path.name for path in (tmp_path / "here").iterdir())
    for name in (f"data.{form}", "plan.parquet", "summary.json"):
        assert content(f"{store}/out/{name}") == (tmp_path / "here" / name).read_bytes()
    manifest = json.loads(content(f"{store}/out/manifest.json"))
    assert manifest["inputs"][0]["file"] == f"{store}/in/rows.{form}"
    here = json.loads((tmp_path / "here" / "manifest.json").read_text())
    assert manifest["inputs"][0]["sha256"] == here["inputs"][0]["sha256"]


def test_patterns_and_folders(tmp_path, store):
    for name in ("a.jsonl", "b.jsonl", "below/c.jsonl", "_hidden.jsonl", "note.txt"):
        (tmp_path / "rows.jsonl").write_text(f'{{"text": "{name}"}}\n')
        put(tmp_path / "rows.jsonl", f"{store}/in/{name}")

    def found(url):
        return [str(file).removeprefix(f"{store}/in/") for file in data_files(url)]

    assert found(f"{store}/in") == ["a.jsonl", "b.jsonl"]
    assert found(f"{store}/in/*.jsonl") == ["_hidden.jsonl", "a.jsonl", "b.jsonl"]
    assert found(f"{store}/in/**/*.jsonl") == ["_hidden.jsonl", "a.jsonl", "b.jsonl", "below/c.jsonl"]
    assert found([f"{store}/in/[ab].jsonl", f"{store}/in/below/c.jsonl"]) == [
        "a.jsonl",
        "b.jsonl",
        "below/c.jsonl",
    ]
    assert open_files(f"{store}/in/?.jsonl").table["text"].to_pylist() == ["a.jsonl", "b.jsonl"]
    for url in (f"{store}/in/*.parquet", f"{store}/gone.jsonl", f"{store}/nowhere"):
        with pytest.raises(FileNotFoundError, match="no file"):
            data_files(url)
    with pytest.raises(ValueError, match="names no format"):
        data_files(f"{store}/in/note.txt")
    with pytest.raises(ValueError, match="nothing that is installed reads nowhere://"):
        data_files("nowhere://bucket/rows.jsonl")
    assert Remote.of(f"{store}/in/a.jsonl").stat().st_size == len('{"text": "a.jsonl"}\n')


def test_an_output_is_whole_where_there_is_a_manifest(tmp_path, store, monkeypatch):
    first = fc.curate({"text": ["one", "two"]})
    first.save(f"{store}/out", format="jsonl")
    with pytest.raises(FileExistsError, match="not empty"):
        first.save(f"{store}/out")
    sent, real = [], remote._send

    def send(file, place):
        sent.append((place.name, names(f"{store}/out")))
        if place.name == "plan.parquet" and len(sent) > 5:
            raise OSError("the store is gone")
        real(file, place)

    monkeypatch.setattr(remote, "_send", send)
    second = fc.curate({"text": ["one", "two", "three"]})
    second.save(f"{store}/out", overwrite=True)
    assert "data.jsonl" not in names(f"{store}/out")
    with pytest.raises(OSError, match="the store is gone"):
        second.save(f"{store}/out", overwrite=True)
    assert sent[4][0] == "manifest.json"
    assert all("manifest.json" not in there for _, there in sent)
    assert "manifest.json" not in names(f"{store}/out"), "what is half written has none"
    monkeypatch.undo()
    second.save(f"{store}/out", overwrite=True)
    assert "manifest.json" in names(f"{store}/out")


def test_an_input_is_not_overwritten(tmp_path, store):
    write_rows(TABLE, tmp_path / "rows.jsonl", "jsonl")
    put(tmp_path / "rows.jsonl", f"{store}/out/rows.jsonl")
    done = fc.curate(f"{store}/out/rows.jsonl")
    with pytest.raises(FileExistsError, match="is in it"):
        done.save(f"{store}/out", overwrite=True)
    assert names(f"{store}/out") == ["rows.jsonl"]


def test_a_remote_file_that_changes_is_refused(tmp_path, monkeypatch, store):
    monkeypatch.setattr(source, "PIECE", 3000)
    pq.write_table(TABLE, tmp_path / "rows.parquet")
    put(tmp_path / "rows.parquet", f"{store}/rows.parquet")
    done = fc.deduplicate(f"{store}/rows.parquet", against=f"{store}/rows.parquet", work=tmp_path / "work")
    assert done.summary()["kept"] == 0
    pq.write_table(TABLE.slice(1), tmp_path / "rows.parquet")
    put(tmp_path / "rows.parquet", f"{store}/rows.parquet")
    with pytest.raises(ValueError, match=r"rows\.parquet has changed"):
        done.save(tmp_path / "out")


def test_the_command_reads_and_writes_urls(tmp_path, capsys, store):
    write_rows(TABLE, tmp_path / "rows.jsonl", "jsonl")
    put(tmp_path / "rows.jsonl", f"{store}/rows.jsonl")
    for memory in ([], ["--work", str(tmp_path / "work")]):
        out = f"{store}/out-{len(memory)}"
        assert main(["dedup", f"{store}/*.jsonl", "-o", out, *memory]) == 0
        assert "manifest.json" in names(out)
        assert main(["dedup", f"{store}/*.jsonl", "-o", out, *memory]) == 1
    assert "exists and is not empty" in capsys.readouterr().err
