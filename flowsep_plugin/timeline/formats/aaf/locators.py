"""Locators of an AAF: file names of Windows, macOS, servers and relative ones, as programs write them."""

from pathlib import Path
from typing import Any
from urllib.parse import unquote

from .objects import items, prop


def files_of(descriptor: Any, folder: Path) -> list[Path]:
    """Return the files that the locators of a descriptor name, in their order."""
    names = [prop(locator, "URLString") or prop(locator, "Name") for locator in items(descriptor, "Locator")]
    return [file_of(str(name), folder) for name in names if name]


def file_of(url: str, folder: Path) -> Path:
    """Return the file of a locator: a URL as programs on any system write it, or a path, relative to `folder`.

    A drive stays `C:/...` with a slash in front where the system has no drives; a server becomes `//server/...`.
    """
    scheme, colon, address = url.partition(":")
    if not colon or scheme.lower() != "file":
        return folder / (url if "\\" in url else _decoded(url))
    name = _decoded(address.replace("\\", "/"))
    if name.startswith("//"):
        server, _, name = name[2:].partition("/")
        is_here = server.lower() in ("", "localhost")
        name = f"/{name}" if is_here else f"/{server}/{name}" if server[1:] in (":", "|") else f"//{server}/{name}"
    has_drives = Path("C:/").is_absolute()
    return folder / (name.lstrip("/") if has_drives and name[2:3] == ":" else name)


def _decoded(text: str) -> str:
    """Return text without its percent escapes: of UTF-8, else of Latin-1, which old programs on Windows write."""
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        return unquote(text, "latin-1")
