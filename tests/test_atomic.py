"""Output whole or not at all: folders and files that take their place only when all went well."""

import pytest
from fastcurate.files import atomic, new_file, new_folder


class Stop(BaseException):
    """Like KeyboardInterrupt, which pytest would take for itself."""


def test_a_new_folder_takes_its_place_at_the_end(tmp_path):
    place = tmp_path / "deep" / "out"
    with new_folder(place) as folder:
        (folder / "a").write_text("new")
        assert not place.exists()
    assert (place / "a").read_text() == "new"
    assert [child.name for child in place.parent.iterdir()] == ["out"]
    assert place.stat().st_mode & 0o777 == 0o777 & ~atomic._umask()


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, Stop, OSError])
@pytest.mark.parametrize("before", [None, {}, {"old": "old"}])
def test_an_error_leaves_everything_as_it_was(tmp_path, error, before):
    place = tmp_path / "out"
    if before is not None:
        place.mkdir()
        for name, text in before.items():
            (place / name).write_text(text)
    with pytest.raises(error), new_folder(place, overwrite=True) as folder:
        (folder / "a").write_text("half")
        raise error
    assert place.exists() == (before is not None)
    assert {child.name: child.read_text() for child in tmp_path.glob("out/*")} == (before or {})
    assert len(list(tmp_path.iterdir())) == place.exists()


def test_a_folder_with_something_in_it_is_refused_or_replaced_as_a_whole(tmp_path):
    place = tmp_path / "out"
    place.mkdir()
    with new_folder(place) as folder:
        (folder / "old").write_text("old")
    with pytest.raises(FileExistsError, match="out exists and is not empty"), new_folder(place):
        pass
    with new_folder(place, overwrite=True) as folder:
        (folder / "new").write_text("new")
    assert [child.name for child in place.iterdir()] == ["new"]
    assert [child.name for child in tmp_path.iterdir()] == ["out"]


def test_a_folder_that_fills_while_we_work_is_not_mixed(tmp_path):
    place = tmp_path / "out"
    with pytest.raises(FileExistsError), new_folder(place) as folder:
        (folder / "mine").write_text("")
        place.mkdir()
        (place / "theirs").write_text("")
    assert [child.name for child in place.iterdir()] == ["theirs"]
    assert [child.name for child in tmp_path.iterdir()] == ["out"]


def test_what_must_not_be_overwritten(tmp_path, monkeypatch):
    source = tmp_path / "in.jsonl"
    source.write_text("mine")
    refused = pytest.raises(FileExistsError, match=r"in\.jsonl is in it")
    with refused, new_folder(tmp_path, overwrite=True, inputs=[source]):
        pass
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileExistsError, match="cannot be overwritten"), new_folder(".", overwrite=True):
        pass
    with pytest.raises(NotADirectoryError, match=r"in\.jsonl is a file"), new_folder(source, overwrite=True):
        pass
    assert source.read_text() == "mine"


def test_a_new_file_replaces_the_old_one_only_when_complete(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"old")
    with pytest.raises(Stop), new_file(path) as file:
        file.write(b"half")
        raise Stop
    assert path.read_bytes() == b"old"
    with new_file(path) as file:
        file.write(b"new")
    assert path.read_bytes() == b"new"
    assert [child.name for child in tmp_path.iterdir()] == ["x"]
