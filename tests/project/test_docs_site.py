"""The documentation site: builds without a warning, loads nothing from elsewhere, and has no dead link in it."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
import yaml

from flowsep_plugin.settings.variables import VARIABLES

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT))

from scripts.docs import commands, links, pages, parts, settings  # noqa: E402
from scripts.docs.docstrings import as_markdown  # noqa: E402

BASE = "https://flowsep-plugin.readthedocs.io/"
LOADED = {
    ("script", "src"), ("img", "src"), ("img", "srcset"), ("iframe", "src"), ("video", "src"), ("audio", "src"),
    ("source", "src"), ("source", "srcset"), ("embed", "src"), ("object", "data"), ("use", "href"), ("input", "src"),
}  # fmt: skip
"""(tag, attribute) whose address a browser fetches when it shows the page; of `link` see `LOADED_LINKS`."""
LOADED_LINKS = {"stylesheet", "icon", "preload", "prefetch", "preconnect", "dns-prefetch", "modulepreload", "manifest"}
FETCHED_BY_SCRIPTS = ('data-md-component="source"', 'class="mermaid"', "giscus")
"""Features for which Material's own script fetches from elsewhere: stars of the repository, mermaid, comments."""


@dataclass
class Page(HTMLParser):
    """What a page loads, links to, shows and can be linked at."""

    text: str
    loads: list[str] = field(default_factory=list)
    targets: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)
    pictures: list[dict[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.loads += [values[name] for name in values if (tag, name) in LOADED]
        if tag == "link" and LOADED_LINKS & set(values.get("rel", "").split()):
            self.loads.append(values.get("href", ""))
        self.loads += re.findall(r"url\(([^)]*)\)", values.get("style", ""))
        if tag == "a" and "href" in values:
            self.targets.append(values["href"])
        if "id" in values:
            self.anchors.add(values["id"])
        if tag == "img":
            self.pictures.append(values)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Folder of the site, built as `make docs` does."""
    folder = tmp_path_factory.mktemp("site")
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert "WARNING" not in done.stderr
    return folder


@pytest.fixture(scope="module")
def html(site):
    """Address below the site's -> page."""
    files = [file for file in sorted(site.rglob("index.html"))]
    return {file.parent.relative_to(site).as_posix().strip("."): Page(file.read_text("utf-8")) for file in files}


def is_elsewhere(address: str) -> bool:
    return address.startswith("//") or urlsplit(address).scheme in ("http", "https", "ws", "wss", "ftp")


def test_a_page_loads_nothing_from_elsewhere(html):
    loads = {(name, address) for name, page in html.items() for address in page.loads if is_elsewhere(address)}
    assert not loads
    assert not [(name, sign) for name, page in html.items() for sign in FETCHED_BY_SCRIPTS if sign in page.text]


def test_style_sheets_load_nothing_from_elsewhere(site):
    for sheet in site.rglob("*.css"):
        text = sheet.read_text("utf-8")
        addresses = re.findall(r"url\(\s*[\"']?([^)\"']*)", text) + re.findall(r"@import\s+[\"']([^\"']*)", text)
        assert not [address for address in addresses if is_elsewhere(address)], sheet


def test_what_a_page_loads_is_in_the_site(site, html):
    for name, page in html.items():
        for address in page.loads:
            if not address.startswith("data:"):
                path = unquote(urlsplit(urljoin(f"/{name}/" if name else "/", address)).path)
                assert (site / path.lstrip("/")).is_file(), f"{name} loads {address}"


def test_links_inside_lead_to_pages_and_places_that_exist(site, html):
    for name, page in html.items():
        for target in page.targets:
            if is_elsewhere(target) or target.startswith("mailto:"):
                continue
            to = urlsplit(urljoin(f"/{name}/" if name else "/", target))
            path = unquote(to.path).strip("/")
            assert path in html or (site / path).is_file(), f"{name} links to {target}"
            if to.fragment and path in html and to.fragment != "__skip":
                assert unquote(to.fragment) in html[path].anchors, f"{name} links to {target}"


def test_links_to_elsewhere_are_whole_addresses_over_https(html):
    for name, page in html.items():
        for target in filter(is_elsewhere, page.targets):
            parts_of = urlsplit(target)
            local = parts_of.hostname == "127.0.0.1"
            assert local or parts_of.scheme == "https" or "CREDITS" in name or name == "model-card/credits", target
            assert local or re.fullmatch(r"([\w-]+\.)+[a-z]{2,}", parts_of.hostname or ""), f"{name}: {target}"


def test_every_page_is_reached_from_the_first(html):
    seen, waiting = {""}, [""]
    while waiting:
        name = waiting.pop()
        for target in html[name].targets:
            path = unquote(urlsplit(urljoin(f"/{name}/" if name else "/", target)).path).strip("/")
            if not is_elsewhere(target) and path in html and path not in seen:
                seen.add(path)
                waiting.append(path)
    assert seen == set(html)


def test_every_picture_says_what_it_shows(html):
    for name, page in html.items():
        assert all(len(picture.get("alt", "")) > 5 or "logo" in picture.get("alt", "") for picture in page.pictures), (
            name
        )


@pytest.mark.parametrize("package", sorted(pages.public()))
def test_every_public_name_is_on_its_page(html, package):
    page = html[f"reference/python/{package}"]
    assert not {f"{package}.{name}" for name in pages.public()[package]} - page.anchors


def test_every_command_and_option_is_on_the_page_of_commands(html):
    import typer

    from flowsep_plugin.cli import app

    text = html["reference/commands"].text
    for name, command in commands.visible_commands("flowsep", typer.main.get_command(app)):
        assert f'id="{name.replace(" ", "-")}"' in text
        for parameter in command.params:
            if parameter.param_type_name == "option" and not parameter.hidden:
                assert all(f"<code>{one}</code>" in text for one in parameter.opts), (name, parameter.opts)


def test_every_variable_that_the_code_reads_is_in_the_table():
    assert settings.used_variables() <= {variable.name for variable in VARIABLES}


def test_a_page_for_github_links_to_files_and_the_site_to_pages():
    text = "[a](../CHANGELOG.md) [b](../README.md#x) ![c](pictures/c.png) `[d](e)`\n```\n[e](../LICENSE)\n```\n"
    shown = links.on_site(text, "docs/panel.md", "panel.md", repository="https://h/r/blob/main")
    assert shown.startswith("[a](changelog.md) [b](https://h/r/blob/main/README.md#x) ![c](pictures/c.png)")
    assert "[e](../LICENSE)" in shown
    assert list(links.missing("[a](../nothing.md) [b](../LICENSE)", "docs/panel.md", ROOT)) == ["../nothing.md"]


def test_docstrings_become_lists_and_code():
    text = (
        ">>> f(1)  # doctest: +SKIP\n2\n\nrate : in Hz.     start, stop : frames,\n    from 0 on.\nRaises UsageError."
    )
    assert as_markdown(text).split("\n\n") == [
        "```pycon\n>>> f(1)\n2\n```",
        "- `rate`: in Hz.\n- `start, stop`: frames, from 0 on.",
        "**Raises** UsageError.",
    ]


def test_an_unknown_part_of_a_page_is_an_error():
    with pytest.raises(KeyError, match="nonsense"):
        parts.filled("<!-- made: nonsense -->\n")


def test_remarks_for_tests_are_not_on_the_site():
    assert parts.filled("<!-- not run: stays -->\n```sh\nflowsep worker\n```\n") == "```sh\nflowsep worker\n```\n"


def test_a_folder_of_docs_holds_few_files():
    for folder in [ROOT / "docs", *(path for path in (ROOT / "docs").rglob("*") if path.is_dir())]:
        assert sum(path.is_file() for path in folder.iterdir()) <= 20, folder


def test_the_address_of_the_site_is_the_projects():
    text = (ROOT / "mkdocs.yml").read_text("utf-8")
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    assert f"site_url: {BASE.rstrip('/')}\n" in text
    assert BASE.rstrip("/") in project
    assert re.search(r"^edit_uri: (https://\S+)/edit/main/docs/$", text, re.MULTILINE)[1] in project


def test_the_hosted_build_takes_locked_files_alone():
    jobs = yaml.safe_load((ROOT / ".readthedocs.yaml").read_text("utf-8"))["build"]["jobs"]
    installs = [line for line in jobs["install"] if "-r " in line]
    assert all("--require-hashes --no-deps" in line for line in installs)
    assert all((ROOT / re.search(r"-r (\S+)", line)[1]).is_file() for line in installs)
    assert "mkdocs build --strict" in jobs["build"]["html"][0]
