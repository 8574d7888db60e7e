"""The code blocks of the pages, with the marks before them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
SHELLS = frozenset({"sh", "bash", "console"})
OTHER_SHELLS = frozenset({"powershell", "bat", "cmd", "zsh", "fish"})
COMMANDS = SHELLS | OTHER_SHELLS | {"python"}

_FENCE = re.compile(r"(?P<indent> *)(?P<ticks>`{3,}|~{3,}) *\{?\.?(?P<language>[\w+-]*)[^`]*")
_MARK = re.compile(r"<!-- *([a-z][a-z ]*?): *(.*?) *-->")


@dataclass(frozen=True)
class Block:
    """A fenced block of a page.

    page : relative to the repository.   line : of its fence, from 1.
    marks : pairs of kind and text, from the comments directly before it.
    """

    page: str
    line: int
    language: str
    text: str
    marks: tuple[tuple[str, str], ...] = ()

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def is_command(self) -> bool:
        return self.language in COMMANDS

    def mark(self, kind: str) -> str | None:
        """Return the text of the mark of this kind, None where it has none."""
        return next((text for own, text in self.marks if own == kind), None)


def pages(root: Path = ROOT) -> list[str]:
    """Return every page whose commands count, relative to the repository."""
    found = [root / "README.md", root / "CONTRIBUTING.md", root / "SECURITY.md"]
    for folder in ("docs", "examples", "packaging", "scripts"):
        found += (root / folder).rglob("*.md")
    return sorted(path.relative_to(root).as_posix() for path in found if path.is_file())


def read(page: str, root: Path = ROOT) -> str:
    """Return the text of a page."""
    return (root / page).read_text(encoding="utf-8")


def blocks_of(page: str, text: str) -> Iterator[Block]:
    """Yield the fenced blocks of a page's text in their order."""
    lines = text.split("\n")
    at, marks = 0, []
    while at < len(lines):
        if fence := _FENCE.fullmatch(lines[at]):
            stop = next(n for n in range(at + 1, len(lines)) if lines[n].strip() == fence["ticks"])
            inside = [line.removeprefix(fence["indent"]) for line in lines[at + 1 : stop]]
            yield Block(page, at + 1, fence["language"], "\n".join(inside), tuple(marks))
            at, marks = stop, []
        elif mark := _MARK.fullmatch(lines[at].strip()):
            marks.append((mark[1], mark[2]))
        elif lines[at].strip():
            marks = []
        at += 1


def blocks(page: str) -> list[Block]:
    """Return the blocks of a page of the repository."""
    return list(blocks_of(page, read(page)))


def outside_blocks(text: str) -> list[tuple[int, str]]:
    """Return number and text of the lines of a page that are in no fenced block."""
    lines = text.split("\n")
    inside = {
        number for block in blocks_of("", text) for number in range(block.line, block.line + block.text.count("\n") + 3)
    }
    return [(number, line) for number, line in enumerate(lines, 1) if number not in inside]
