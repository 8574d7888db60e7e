"""Contents of an installation in site-packages, and metadata of the distribution."""

import importlib.metadata
import importlib.util
import json
import re
import runpy
import tomllib
from pathlib import Path

import pytest

from flowsep_plugin.version import __version__, distribution

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
HOMES = {
    "flowsep_plugin": "flowsep_plugin",
    "export": "flowsep_export",
    "training": "flowsep_training",
    "ui": "flowsep_ui",
}
REPOSITORY = "https://github.com/flowsep-plugin/flowsep-plugin"
DOCUMENTATION = "https://flowsep-plugin.readthedocs.io"


def home_of(package: str) -> Path:
    name, *parts = package.split(".")
    return ROOT.joinpath(next(folder for folder, home in HOMES.items() if home == name), *parts)


def test_every_package_of_the_tree_is_installed():
    packages = PYPROJECT["tool"]["setuptools"]["packages"]
    in_tree = {
        ".".join([name, *init.parent.relative_to(ROOT / directory).parts])
        for directory, name in HOMES.items()
        for init in (ROOT / directory).rglob("__init__.py")
    }
    assert in_tree <= set(packages)
    assert [package for package in packages if not home_of(package).is_dir()] == []


def test_every_folder_of_data_is_declared_where_it_could_be_a_package():
    """setuptools warns of a folder of package data that could be imported and is not declared."""
    packages = set(PYPROJECT["tool"]["setuptools"]["packages"])
    for package in packages:
        inner = [path for path in home_of(package).iterdir() if path.is_dir() and path.name.isidentifier()]
        names = {f"{package}.{path.name}" for path in inner if not path.name.startswith("__") and any(path.iterdir())}
        assert names <= packages


@pytest.mark.parametrize("folder", HOMES)
def test_every_package_says_that_it_is_typed(folder):
    assert (ROOT / folder / "py.typed").is_file()
    assert "py.typed" in PYPROJECT["tool"]["setuptools"]["package-data"][HOMES[folder]]


@pytest.mark.parametrize("entry", [*PROJECT["scripts"].items(), *PROJECT["gui-scripts"].items()], ids=lambda e: e[0])
def test_every_program_is_a_function_of_the_tree(entry):
    module, function = entry[1].split(":")
    source = Path(importlib.util.find_spec(module).origin)
    text = (source.parent / "__init__.py" if source.is_dir() else source).read_text(encoding="utf-8")
    assert re.search(rf"^def {function}\(", text, re.MULTILINE)


def test_extras_refer_to_nothing_but_extras_that_are_there():
    extras = PROJECT["optional-dependencies"]
    inner = [line for lines in extras.values() for line in lines if line.startswith(PROJECT["name"])]
    for line in inner:
        assert set(re.search(r"\[(.*)\]", line)[1].split(",")) <= set(extras)


def test_the_page_about_packaging_says_what_every_extra_is_for():
    page = (ROOT / "docs" / "packaging.md").read_text(encoding="utf-8")
    rows = {
        name for row in re.findall(r"^\| (`[a-z]+`(?:, `[a-z]+`)*) \|", page, re.MULTILINE) for name in row.split(", ")
    }
    assert {f"`{extra}`" for extra in PROJECT["optional-dependencies"]} - {"`dev`", "`cuda`"} <= rows


# -- licences --


def test_the_licence_names_code_weights_text_encoder_and_clip():
    bundle = ROOT / "flowsep_plugin" / "models" / "flowsep-base"
    notice = (bundle / "NOTICE.txt").read_text(encoding="utf-8")
    terms = PROJECT["license"].split(" AND ")
    assert json.loads((bundle / "card.json").read_text(encoding="utf-8"))["licence"] in terms
    assert "Apache License, Version 2.0" in notice
    assert "Apache-2.0" in terms
    clip = (ROOT / "examples" / "clips" / "CREDITS.md").read_text(encoding="utf-8")
    assert {*re.findall(r"\b(?:GPL-[\d.]+-(?:only|or-later)|CC0-1\.0)\b", clip)} <= set(terms)


def test_every_notice_of_the_tree_is_shipped():
    patterns = PROJECT["license-files"]
    shipped = {path.relative_to(ROOT).as_posix() for pattern in patterns for path in ROOT.glob(pattern)}
    for folder in ("examples", "flowsep_plugin", "export", "training", "ui"):
        for pattern in ("NOTICE*", "CREDITS*", "LICEN[CS]E*", "COPYING*"):
            assert {path.relative_to(ROOT).as_posix() for path in (ROOT / folder).rglob(pattern)} <= shipped
    assert {"LICENSE", "LICENSES/Apache-2.0.txt"} <= shipped


# -- version and addresses --


def test_the_version_is_the_same_everywhere():
    assert __version__ == importlib.metadata.version(distribution()) == PROJECT["version"]
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## (\S+)", changes, re.MULTILINE)[1] == PROJECT["version"]
    for path in pages():
        for version in re.findall(
            r"flowsep[-_]plugin(?:-gpu)?(?:==|-)(\d+\.\d+\.\d+)", path.read_text(encoding="utf-8")
        ):
            assert version == PROJECT["version"], path


def test_the_project_has_one_address():
    urls = PROJECT["urls"]
    assert (urls["Source"], urls["Documentation"]) == (REPOSITORY, DOCUMENTATION)
    for path in pages():
        text = path.read_text(encoding="utf-8")
        assert set(re.findall(r"https://github\.com/flowsep[\w-]*/[\w-]+", text)) <= {REPOSITORY}, path
        assert set(re.findall(r"https://flowsep[\w.-]*\.readthedocs\.io", text)) <= {DOCUMENTATION}, path


def pages() -> list[Path]:
    """Return everything that people read of the project before they install it."""
    top = [path for suffix in ("md", "cff", "yml", "yaml") for path in ROOT.glob(f"*.{suffix}")]
    return top + [path for folder in ("docs", "packaging", ".github") for path in (ROOT / folder).rglob("*.[my][dma]*")]


# -- the page on PyPI --


def test_links_of_the_page_lead_to_the_files_of_this_version():
    page = runpy.run_path(str(ROOT / "setup.py"))["page"]
    text = "![a](docs/a.png) [b](docs/b.md#c) [d](https://example.org/d) [e](#e) [f](mailto:f@example.org)"
    assert page(text, REPOSITORY, "1.2.3") == (
        "![a](https://raw.githubusercontent.com/flowsep-plugin/flowsep-plugin/v1.2.3/docs/a.png) "
        "[b](https://github.com/flowsep-plugin/flowsep-plugin/blob/v1.2.3/docs/b.md#c) "
        "[d](https://example.org/d) [e](#e) [f](mailto:f@example.org)"
    )


def test_no_link_of_the_page_is_relative():
    page = runpy.run_path(str(ROOT / "setup.py"))["page"]
    text = page((ROOT / "README.md").read_text(encoding="utf-8"), PROJECT["urls"]["Source"], PROJECT["version"])
    targets = re.findall(r"\]\(\s*([^)\s]+)", text) + re.findall(r"(?:src|href)=\"([^\"]+)\"", text)
    assert targets
    assert [target for target in targets if not re.match(r"https://|#", target)] == []
    assert re.findall(r"^\[[^\]]+\]:\s*(?!https)", text, re.MULTILINE) == []
