"""Links that leave docs/: to pages that the site makes of files elsewhere, or to the file in the repository."""

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

from scripts.docs.pages import MIRRORED

LINK = re.compile(r"(?<=\]\()(?!https?:|mailto:|#|<)([^)\s#]+)(#[^)\s]*)?(?=\))")
"""Relative target of a Markdown link or image, and its anchor."""
_FENCE = re.compile(r"^(```.*?^```)", re.MULTILINE | re.DOTALL)


def repository(edit_address: str) -> str:
    """Return the address below which the repository's files are shown, of that where pages are edited."""
    return edit_address.split("/edit/")[0] + "/blob/main"


def in_repository(target: str, source: str) -> str:
    """Return the path in the repository of `target`, which the file `source` of the repository links to."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(source), target))


def missing(text: str, source: str, root: Path) -> Iterator[str]:
    """Yield the targets outside docs/ that do not exist; MkDocs itself looks for those inside."""
    for match in LINK.finditer(_FENCE.sub("", text)):
        path = in_repository(match[1], source)
        if not path.startswith("docs/") and not (root / path).exists():
            yield match[1]


def on_site(text: str, source: str, page: str, *, repository: str) -> str:
    """Return Markdown whose links work on the site.

    source, page : path of the text in the repository, and of its page below docs/.
    """
    pages = {path: name for name, path in MIRRORED.items()}

    def pointed(match: re.Match[str]) -> str:
        path, anchor = in_repository(match[1], source), match[2] or ""
        target = pages.get(path) or (path.removeprefix("docs/") if path.startswith("docs/") else "")
        if not target:
            return f"{repository}/{path}{anchor}"
        return posixpath.relpath(target, posixpath.dirname(page) or ".") + anchor

    outside_code = _FENCE.split(text)
    return "".join(part if part.startswith("```") else LINK.sub(pointed, part) for part in outside_code)
