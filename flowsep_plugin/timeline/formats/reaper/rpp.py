"""The text of a REAPER project: nested blocks of lines, words with REAPER's quotes; every other byte stays as it is.

`"".join(parse_project(text).lines) == text`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from flowsep_plugin.errors import SessionError
from flowsep_plugin.timeline.names import clean

_DEEPEST = 64
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


@dataclass(slots=True)
class RppBlock:
    """Lines `start` (`<NAME …`) to `stop` (`>`) of the project. `children`: line numbers and blocks, in order."""

    lines: Sequence[str]
    start: int
    stop: int = -1
    children: list["int | RppBlock"] = field(default_factory=list)

    @property
    def words(self) -> list[str]:
        """The opening line's words, without its `<`."""
        return split_words(self.lines[self.start].strip()[1:])

    @property
    def name(self) -> str:
        """The first of them."""
        return first_word(self.lines[self.start].strip()[1:])

    @property
    def indent(self) -> str:
        """White space before the opening line."""
        line = self.lines[self.start]
        return line[: len(line) - len(line.lstrip())]

    def blocks(self, *names: str) -> "Iterator[RppBlock]":
        """Child blocks of these names."""
        return (child for child in self.children if isinstance(child, RppBlock) and child.name in names)

    def fields(self, name: str) -> Iterator[int]:
        """Line numbers of child lines that start with the word `name`."""
        for child in self.children:
            if isinstance(child, int) and first_word(self.lines[child]) == name:
                yield child

    def field(self, name: str) -> list[str]:
        """Words after `name` on its first line; empty where there is no such line."""
        line = next(self.fields(name), None)
        return [] if line is None else split_words(self.lines[line])[1:]


def parse_project(text: str) -> RppBlock:
    """Read a project's blocks. Raises SessionError for text that is not one, or ends before its blocks do."""
    lines = _LINE.findall(text)  # splitlines would break names at signs like U+2028
    if not lines or not lines[0].lstrip("\ufeff").startswith("<REAPER_PROJECT"):
        raise SessionError("this is not a REAPER project: it does not start with <REAPER_PROJECT")
    root = RppBlock(lines, 0)
    stack = [root]
    for number, line in enumerate(lines[1:], 1):
        bare = line.strip()
        if not stack:
            break
        if bare.startswith("<"):
            block = RppBlock(lines, number)
            stack[-1].children.append(block)
            stack.append(block)
            if len(stack) > _DEEPEST:
                raise SessionError(f"line {number + 1}: blocks nest deeper than {_DEEPEST}; the project is damaged")
        elif bare == ">":
            stack.pop().stop = number
        elif bare:
            stack[-1].children.append(number)
    if stack:
        raise SessionError(f"the project ends inside <{stack[-1].name}; it is cut off. Open a backup of it instead")
    return root


def first_word(line: str) -> str:
    """Return what stands before the first blank."""
    return line.split(maxsplit=1)[0] if line.strip() else ""


def split_words(line: str) -> list[str]:
    """Split at blanks, but not inside "…", '…' or `…`. Inverse: `quote` for each word."""
    words, at, line = [], 0, line.strip()
    while at < len(line):
        if line[at] in " \t":
            at += 1
        elif line[at] in "\"'`":
            stop = line.find(line[at], at + 1)
            stop = len(line) if stop < 0 else stop
            words.append(line[at + 1 : stop])
            at = stop + 1
        else:
            stop = at
            while stop < len(line) and line[stop] not in " \t":
                stop += 1
            words.append(line[at:stop])
            at = stop
    return words


def quote(text: str) -> str:
    """Write one word as REAPER does: in the quotes that it does not hold; a third kind becomes ' and controls go."""
    text = clean(text)
    mark = next((mark for mark in "\"'`" if mark not in text), None)
    if mark is None:
        text, mark = text.replace("`", "'"), "`"
    return f"{mark}{text}{mark}"
