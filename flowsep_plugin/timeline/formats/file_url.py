"""Paths of sound files that sessions name by URL, by path, or by something in between."""

import os
import re
from pathlib import Path
from typing import Final
from urllib.parse import unquote

_FILE: Final = re.compile(r"file:(?://([^/\\]*))?", re.IGNORECASE)
_LOCAL: Final = ("", "localhost", "127.0.0.1")
_DRIVE: Final = re.compile(r"/?[A-Za-z]:[/\\]")


def path_of_url(url: str, folder: Path) -> Path:
    """Return the path of a file:// URL (of this or another computer) or a path; relative ones are below `folder`.

    Signs such as `#` and `%20` are taken as they are where such a file exists, else as parts of a URL.
    """
    head = _FILE.match(url)
    if head is None:
        plain = folder / url
        return plain if os.path.exists(plain) else folder / unquote(url)
    host, name = unquote(head[1] or ""), unquote(url[head.end() :])
    if _DRIVE.match(f"{host}{name}"):
        name = f"{host}{name}"
        return folder / (name.lstrip("/") if os.name == "nt" else name)
    if host == ".":
        return folder / name.lstrip("/")
    return folder / (name if host.lower() in _LOCAL else f"//{host}{name}")
