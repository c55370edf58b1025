"""The house rules a machine can check: one noun, one name in every layer; small files; a light import."""

import ast
import importlib
import re
import subprocess
import sys

import pytest
from conftest import ROOT

CORE = ROOT / "rust/core/src"
FUNCTIONS = ROOT / "rust/py/src/functions"
TASKS = {
    "similar": "deduplicate",
    "seen": "duplicate_index",
}  # kernels that are tested through the user's noun or verb
BUDGET = {"rust": 400, "python": 400, "tests": 550, "benches": 400, "examples": 400}  # lines; then a folder

KERNELS = sorted({path.stem for path in FUNCTIONS.iterdir()} - {"mod"})


def _sources(*folders: str) -> list[str]:
    found = (
        path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in {".rs", ".py"}
    )
    return sorted(str(path.relative_to(ROOT)) for path in found)


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_kernel_has_one_file_per_layer(kernel: str) -> None:
    core = [
        path for path in CORE.rglob("*.rs") if path.stem == kernel or path.parts[-2:] == (kernel, "mod.rs")
    ]
    assert core, f"functions/{kernel}.rs is an adapter for rust/core/src/{kernel}.rs or {kernel}/mod.rs"
    assert (ROOT / f"tests/test_{TASKS.get(kernel, kernel)}.py").exists()


def test_the_lists_of_the_binding_agree() -> None:
    declared = re.findall(r"mod (\w+);", (FUNCTIONS / "mod.rs").read_text())
    assert sorted(declared) == KERNELS, "rust/py/src/functions/mod.rs"
    exported = re.findall(r"use crate::functions::(\w+)::", (ROOT / "rust/py/src/lib.rs").read_text())
    assert sorted(set(exported)) == KERNELS, "rust/py/src/lib.rs"


def test_the_stub_lists_what_the_extension_has() -> None:
    written = {
        name
        for path in FUNCTIONS.rglob("*.rs")
        for name in re.findall(r"#\[pyfunction.*?\bfn (\w+)", path.read_text(), flags=re.DOTALL)
    }
    stub = ast.parse((ROOT / "python/fastcurate/_core.pyi").read_text(), feature_version=(3, 11))
    assert {node.name for node in stub.body if isinstance(node, ast.FunctionDef)} == written


def test_a_bench_is_named_after_what_it_times() -> None:
    import fastcurate

    modules = {path.stem for path in (ROOT / "python/fastcurate").iterdir()}
    nouns = {*KERNELS, *fastcurate.__all__, *modules}
    benches = {path.stem.removeprefix("bench_") for path in (ROOT / "benches").glob("bench_*.py")}
    assert benches <= nouns, "a bench carries the name of a kernel, of a public function or module"


def test_an_oracle_is_used() -> None:
    tests = "".join(path.read_text() for path in (ROOT / "tests").rglob("*.py"))
    for path in (ROOT / "tests/reference").glob("*.py"):
        assert re.search(rf"reference(\.| import .*){path.stem}\b", tests), f"no test reads {path.name}"


def test_a_golden_file_is_read() -> None:
    readers = [path.read_text() for path in (*(ROOT / "tests").glob("*.py"), *CORE.rglob("*.rs"))]
    readers += [path.read_text() for path in (ROOT / "rust").glob("*/tests/*.rs")]
    for path in (ROOT / "tests/golden").glob("*.json*"):
        assert any(path.name in text for text in readers), f"nothing reads tests/golden/{path.name}"


def test_only_one_file_names_rayon() -> None:
    named = [name for name in _sources("rust") if re.search(r"\brayon::", (ROOT / name).read_text())]
    assert named == ["rust/core/src/parallel.rs"]


def test_unsafe_has_an_address() -> None:
    assert "#![forbid(unsafe_code)]" in (CORE / "lib.rs").read_text()
    ffi = ("arrow_check", "arrow_in", "arrow_out", "memory", "polars_plugin")
    islands = {f"rust/py/src/{name}.rs" for name in ffi}
    for name in _sources("rust"):
        if name not in islands and not name.startswith("rust/simd/"):
            assert not re.search(r"\bunsafe\s*(\{|fn|impl|extern)", (ROOT / name).read_text()), name


def test_kernels_know_no_python() -> None:
    manifest = (ROOT / "rust/core/Cargo.toml").read_text()
    assert not re.search(r"^(pyo3|polars)", manifest, flags=re.MULTILINE)


@pytest.mark.parametrize("name", _sources(*BUDGET))
def test_a_file_is_small(name: str) -> None:
    lines = len((ROOT / name).read_text().splitlines())
    assert lines <= BUDGET[name.split("/", maxsplit=1)[0]], (
        f"{name} has {lines} lines; make a folder of the same name"
    )


def test_the_import_is_light() -> None:
    heavy = {"numpy", "pyarrow", "pandas", "polars", "datasets", "tokenizers", "jinja2"}
    heavy |= {"fastcurate._core", "typing", "dataclasses", "inspect", "re", "json"}  # 30 ms are soon gone
    code = "import sys, fastcurate; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert heavy.isdisjoint(done.stdout.split())


def test_the_public_names_exist() -> None:
    import fastcurate

    names = getattr(fastcurate, "__all__", [])
    assert len(names) == len(set(names))
    for name in names:
        assert hasattr(fastcurate, name), name
    stub = ast.parse((ROOT / "python/fastcurate/__init__.pyi").read_text())
    (listed,) = (ast.literal_eval(node.value) for node in stub.body if isinstance(node, ast.Assign))
    imported = {
        alias.name: str(node.module)
        for node in stub.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert sorted(listed) == sorted(imported) == sorted(names)
    for name in names:
        assert getattr(importlib.import_module(str(imported[name])), name) is getattr(fastcurate, name)


def test_a_function_keeps_its_name_beside_a_module_of_the_same_name() -> None:
    code = "import fastcurate.quality, fastcurate.curate.job, fastcurate as fc; assert callable(fc.quality); "
    code += "assert callable(fc.curate); assert fc.quality is fastcurate.quality.__globals__['quality']"
    subprocess.run([sys.executable, "-c", code], check=True)
