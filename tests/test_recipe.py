"""Recipes: what is read, what is refused, and what the messages say."""

from pathlib import Path

import pytest
from fastcurate.recipe import Recipe, built_in, load_recipe, recipe_text

COUNTED = "[[steps]]\nstep = 'count_tokens'\n[[steps]]\n"


def written(folder: Path, text: str) -> Path:
    file = folder / "mine.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_sft_has_the_steps_of_the_job_in_order() -> None:
    recipe = load_recipe("sft")
    names = [step.name for step in recipe.steps]
    assert names == [
        "normalize",
        "drop_null",
        "drop_empty",
        "deduplicate",
        "count_tokens",
        "max_tokens",
        "deduplicate",
        "bucket_by_length",
        "pack",
    ]
    near = recipe.steps[6].options
    assert near == {
        "method": "similar",
        "threshold": 0.8,
        "threshold_messages": 0.9,
        "shingle": "word:3",
        "keep": "first",
        "distinct_numbers": True,
    }
    assert recipe.steps[5].options["max_tokens"] == recipe.steps[8].options["capacity"]


def test_the_built_in_text_has_comments_and_can_be_copied(tmp_path: Path) -> None:
    assert built_in() == ["sft"]
    text = recipe_text("sft")
    assert "# Reason `near_duplicate`" in text
    copy = load_recipe(written(tmp_path, text))
    assert copy.steps == load_recipe("sft").steps
    assert copy.name.endswith("mine.toml")


def test_whole_numbers_are_numbers(tmp_path: Path) -> None:
    file = written(tmp_path, '[[steps]]\nstep = "deduplicate"\nthreshold = 1\n')
    assert load_recipe(file).steps[0].options == {"threshold": 1.0}


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("", ValueError, "no steps"),
        ("steps = 3", TypeError, "steps must be a list of tables"),
        ("steps = [3]", TypeError, "steps must be a list of tables"),
        ("name = 'x'", ValueError, "unknown key 'name'"),
        ("[[steps]\n", ValueError, "not TOML"),
        ("[[steps]]\nform = 'NFC'", ValueError, "step 1: the key 'step' is missing; it is one of normalize"),
        ("[[steps]]\nstep = 'dedupe'", ValueError, "step = 'dedupe' is not known; accepted are normalize"),
        ("[[steps]]\nstep = 3", ValueError, "step = 3 is not known"),
        (
            "[[steps]]\nstep = 'normalize'\nfrom = 'NFC'",
            ValueError,
            "unknown key 'from'; accepted are preset, form, whitespace",
        ),
        ("[[steps]]\nstep = 'normalize'\nform = 'NFX'", ValueError, "NFX"),
        ("[[steps]]\nstep = 'normalize'\nform = 3", TypeError, "form must be a string, got 3 (int)"),
        ("[[steps]]\nstep = 'drop_null'\nx = 1", ValueError, "accepted are none but step"),
        ("[[steps]]\nstep = 'deduplicate'\nthreshold = '0.8'", TypeError, "must be a number, got '0.8'"),
        ("[[steps]]\nstep = 'deduplicate'\nthreshold = 1.5", ValueError, "1.5"),
        (
            "[[steps]]\nstep = 'deduplicate'\nthreshold_messages = -1.0",
            ValueError,
            "threshold_messages must be",
        ),
        ("[[steps]]\nstep = 'deduplicate'\nmethod = 'fuzzy'", ValueError, "'fuzzy'"),
        ("[[steps]]\nstep = 'deduplicate'\nkeep = 'newest'", ValueError, "'newest'"),
        ("[[steps]]\nstep = 'deduplicate'\nshingle = 'line:3'", ValueError, "line:3"),
        ("[[steps]]\nstep = 'deduplicate'\ndistinct_numbers = 1", TypeError, "true or false, got 1"),
        ("[[steps]]\nstep = 'max_tokens'\nmax_tokens = 9", ValueError, "put a count_tokens step before it"),
        (
            f"{COUNTED}step = 'max_tokens'",
            ValueError,
            "'max_tokens' is missing",
        ),
        (
            f"{COUNTED}step = 'max_tokens'\nmax_tokens = 0",
            ValueError,
            "at least 1, got 0",
        ),
        (f"{COUNTED}step = 'count_tokens'", ValueError, "only once"),
        (
            f"{COUNTED}step = 'pack'\ncapacity = 9\n[[steps]]\nstep = 'drop_null'",
            ValueError,
            "step 3 (drop_null): comes after pack",
        ),
        (
            f"{COUNTED}step = 'pack'\ncapacity = 9\nstrategy = 'wrapped'",
            ValueError,
            "strategy must be 'bfd'",
        ),
        (f"{COUNTED}step = 'pack'\ncapacity = 0", ValueError, "capacity"),
        (
            f"{COUNTED}step = 'bucket_by_length'\nbuckets = 0",
            ValueError,
            "buckets",
        ),
        (
            f"{COUNTED}step = 'max_tokens'\nmax_tokens = 9\n[[steps]]\nstep = 'pack'\ncapacity = 8",
            ValueError,
            "capacity must be at least max_tokens, which is 9, got 8",
        ),
    ],
)
def test_a_mistake_is_named_with_its_file_and_key(
    tmp_path: Path, text: str, error: type[Exception], words: str
) -> None:
    file = written(tmp_path, text)
    with pytest.raises(error) as caught:
        load_recipe(file)
    assert words in str(caught.value)
    assert str(file) in str(caught.value)


def test_a_recipe_that_is_not_there_names_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"built-in recipe \(sft\)"):
        load_recipe(tmp_path / "gone.toml")
    with pytest.raises(FileNotFoundError, match="'stf'"):
        load_recipe("stf")


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match="not UTF-8 text"):
        load_recipe(file)


def test_another_type_is_refused() -> None:
    with pytest.raises(TypeError, match="got 3"):
        load_recipe(3)  # type: ignore[arg-type]


def test_a_recipe_in_python_leaves_none_to_the_defaults() -> None:
    recipe = Recipe.of("short", ("deduplicate", {"method": "exact", "threshold": None}))
    assert recipe.as_dict() == {"name": "short", "steps": [{"step": "deduplicate", "method": "exact"}]}
    assert load_recipe(recipe) is recipe
