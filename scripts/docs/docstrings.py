"""Docstrings as Markdown, which would join the `name : meaning` lines, doctests and drawings that they hold."""

import re
from typing import Any

import griffe

_NAMES = re.compile(r"(?:^|(?<=\s{2})|(?<=\. ))(\w+(?:, \w+)*) : ")
_DRAWING = re.compile(r"[─►◄┌└├│]|\A {4}")


class ReadableDocstrings(griffe.Extension):
    """Extension of griffe that turns every docstring into Markdown before mkdocstrings renders it."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Rewrite the docstring of `obj`, if it has one."""
        if obj.docstring is not None:
            obj.docstring.value = as_markdown(obj.docstring.value)


def as_markdown(docstring: str) -> str:
    """Return a docstring as Markdown: doctests and drawings as code, `name : meaning` as a list."""
    return "\n\n".join(_block(block) for block in re.split(r"\n\s*\n", docstring.strip("\n")) if block.strip())


def _block(block: str) -> str:
    if block.lstrip().startswith(">>>"):
        return f"```pycon\n{_without_directives(block)}\n```"
    if _DRAWING.search(block):
        return f"```text\n{block}\n```"
    return _lists(block) if any(_NAMES.search(line) for line in block.splitlines()) else _sentences(block)


def _without_directives(doctest: str) -> str:
    return re.sub(r"\s*# doctest:.*$", "", doctest, flags=re.MULTILINE)


def _lists(block: str) -> str:
    """Return the lines with their names as list items, and a last sentence about exceptions as a paragraph."""
    described, raises = _split_raises(block)
    lead, *pieces = _NAMES.split(re.sub(r"\n(?=\w+(?:, \w+)* : )", "\n  ", f"  {described}"))
    items = [f"- `{names}`: {' '.join(text.split())}" for names, text in zip(pieces[::2], pieces[1::2], strict=True)]
    paragraphs = [" ".join(lead.split()), "\n".join(items), raises]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def _sentences(block: str) -> str:
    described, raises = _split_raises(block)
    return "\n\n".join(paragraph for paragraph in (described, raises) if paragraph)


def _split_raises(block: str) -> tuple[str, str]:
    """Return the text before the line that begins with "Raises", and the rest with that word in bold."""
    match = re.search(r"^Raises ", block, re.MULTILINE)
    if match is None:
        return block, ""
    return block[: match.start()].rstrip(), f"**Raises** {block[match.end() :]}"
