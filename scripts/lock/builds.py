"""Hashes of torch's builds without CUDA, which PyPI does not list for Linux.

They are in `locks/torch-builds.sha256`, in the format of sha256sum. `make lock TORCH_INDEX=URL` adds what that index
lists.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import unquote, urljoin
from urllib.request import urlopen

PATH = "locks/torch-builds.sha256"


def read(text: str) -> dict[str, str]:
    """Return SHA-256 by file name. Raises ValueError for another line."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    if bad := [line for line in lines if not re.fullmatch(r"[0-9a-f]{64}  \S+", line)]:
        raise ValueError(f"{PATH}: not a SHA-256 and a file name: {bad[0]!r}")
    return {name: value for value, name in (line.split("  ") for line in lines)}


def write(text: str, builds: dict[str, str]) -> str:
    """Return `text` with its comments and `builds` as its lines."""
    comments = "".join(f"{line}\n" for line in text.splitlines() if line.startswith("#"))
    return comments + "".join(f"{value}  {name}\n" for name, value in sorted(builds.items()))


def of_version(builds: dict[str, str], version: str) -> dict[str, str]:
    """Return those that pip takes for `torch==version`, which has a local part such as "+cpu"."""
    return {name: value for name, value in builds.items() if name.startswith(f"torch-{version}-")}


def fetch(index: str) -> dict[str, str]:
    """Return SHA-256 by name of the wheels of torch that the package index `index` lists. Raises OSError."""
    with urlopen(urljoin(index.rstrip("/") + "/", "torch/"), timeout=60) as answer:
        return dict(listed(answer.read().decode("utf-8")))


def listed(page: str) -> Iterator[tuple[str, str]]:
    """Yield `(file name, SHA-256)` of the wheels of a page as PEP 503 has it."""
    links = _Links()
    links.feed(page)
    for link in links.targets:
        address, _, fragment = link.partition("#")
        name = unquote(address.rpartition("/")[2])
        if name.endswith(".whl") and (hash_ := re.fullmatch(r"sha256=([0-9a-f]{64})", fragment)):
            yield name, hash_[1]


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.targets: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.targets += [value for name, value in attrs if tag == "a" and name == "href" and value]
