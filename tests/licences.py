"""The crates in the wheel and their licences, as the page docs/licences.md; refuses what deny.toml does not allow.

`make licences` writes the page; with `--check` a page that is out of date is an error and nothing is written. Where
it is installed, `cargo deny` looks for advisories too; this looks at licences everywhere.
"""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/licences.md"
HEAD = """# Licences

fastcurate is under the Apache License 2.0. The crates below are compiled into the wheel; `make licences` writes this
page from `cargo metadata` and refuses a licence that `deny.toml` does not allow. What Python installs beside it (numpy,
pyarrow) is not part of the wheel.

| crate | version | licence |
|---|---|---|
"""


def linked(metadata: dict[str, Any]) -> list[dict[str, Any]]:
    """The packages that the extension is built of: no build scripts' helpers, no test dependencies, not our own."""
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    own = set(metadata["workspace_members"])
    left = [package for package in own if "fastcurate-py" in package or "rust/py" in package]
    seen = set(left)
    while left:
        for dependency in nodes[left.pop()]["deps"]:
            normal = any(kind["kind"] is None for kind in dependency["dep_kinds"])
            if normal and dependency["pkg"] not in seen:
                seen.add(dependency["pkg"])
                left.append(dependency["pkg"])
    packages = [package for package in metadata["packages"] if package["id"] in seen - own]
    return sorted(packages, key=lambda package: (package["name"], package["version"]))


def allows(expression: str, allowed: set[str]) -> bool:
    """Whether one may use what is under this SPDX expression: `OR` chooses, `AND` binds, as does `/` of old."""
    expression = expression.replace("/", " OR ")
    tokens = re.findall(r"[()]|[^\s()]+", expression.replace(" WITH ", "+WITH+"))

    def either() -> bool:
        found = both()
        while tokens and tokens[0] == "OR":
            tokens.pop(0)
            found = both() or found
        return found

    def both() -> bool:
        found = one()
        while tokens and tokens[0] == "AND":
            tokens.pop(0)
            found = one() and found
        return found

    def one() -> bool:
        token = tokens.pop(0)
        if token == "(":
            found = either()
            tokens.pop(0)
            return found
        return token.replace("+WITH+", " WITH ") in allowed

    return either()


def main() -> None:
    """Writes or checks the page."""
    said = subprocess.run(
        [
            "cargo",
            "metadata",
            "--format-version",
            "1",
            "--locked",
            "--filter-platform",
            "x86_64-unknown-linux-gnu",
        ],
        check=True,
        capture_output=True,
        cwd=ROOT,
    )
    packages = linked(json.loads(said.stdout))
    rules = tomllib.loads((ROOT / "deny.toml").read_text())["licenses"]
    more = {each["crate"]: each["allow"] for each in rules["exceptions"]}
    wrong = [
        f"{p['name']}: {p['license']}"
        for p in packages
        if not allows(p["license"] or "none", {*rules["allow"], *more.get(p["name"], [])})
    ]
    if wrong:
        raise SystemExit(f"licences that deny.toml does not allow: {'; '.join(wrong)}")
    lines = [f"| {p['name']} | {p['version']} | {p['license']} |\n" for p in packages]
    page = HEAD + "".join(lines)
    if "--check" not in sys.argv:
        PAGE.write_text(page)
    elif not PAGE.exists() or PAGE.read_text() != page:
        raise SystemExit("docs/licences.md is out of date: run `make licences`")
    print(f"{len(packages)} crates, all under licences that deny.toml allows")


if __name__ == "__main__":
    main()
