"""Fetch a published checkpoint, convert it and verify the bundle, for `flowsep models install`.

Nothing is fetched before `agree` has returned True for the size and the licence. A broken transfer is resumed, in this
run or the next one. A file whose checksum is wrong is deleted.
"""

import errno
import os
import re
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any

from flowsep_plugin.checksum import sha256
from flowsep_plugin.errors import BundleError, Cancelled, UsageError
from flowsep_plugin.models.provenance import PROVENANCE, FileOrigin, Provenance, read_provenance

from .exporters import exporter_of
from .published import MODELS, Download, PublishedModel

DownloadReport = Callable[[str, int, int | None], None]
"""Called with a file's name, the bytes received, and all of its bytes (None where not known)."""

_PIECE = 1 << 20
_TRIES = 5
_COPIES = 3  # a checkpoint, its graphs and the scratch copy of one


class InstallError(BundleError):
    """A model cannot be fetched or converted."""


@dataclass(frozen=True, slots=True)
class FetchedFile:
    """A file on the disk, and the commit that its server named, "" for none."""

    path: Path
    commit: str = ""


def install(
    model: PublishedModel,
    folder: Path,
    agree: Callable[[PublishedModel], bool],
    report: DownloadReport = lambda *_: None,
    precision: str = "float16",
    convert: Callable[[PublishedModel, Path, Path, str], None] | None = None,
) -> Path:
    """Fetch `model` into `folder/downloads`, convert it into `folder/<name>`, verify it; return the bundle's folder.

    The checkpoint is deleted once its bundle is whole. Raises Cancelled where `agree` returns False, InstallError for
    a failure of network, disk or checksum, BundleError where the file is not the model.
    """
    from .verify import verify

    if not agree(model):
        raise Cancelled(f"{model.name} was not installed; nothing was fetched")
    downloads, target = folder / "downloads" / model.name, folder / model.name
    unfinished = folder / f".{model.name}.unfinished"
    origins = {}
    for file in model.files:
        first = file if file.is_pinned else _as_first_installed(file, folder)
        fetched = _fetched(first, downloads, report)
        origins[file.name] = FileOrigin(
            sha256=sha256(fetched.path), size=fetched.path.stat().st_size, url=file.url, commit=fetched.commit
        )
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        (convert or _convert)(model, downloads, unfinished, precision)
        for _ in verify(unfinished):
            pass
        Provenance(licence=model.licence, files=origins).write(unfinished)
        shutil.rmtree(target, ignore_errors=True)
        unfinished.rename(target)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    shutil.rmtree(downloads)
    return target


def find(name: str) -> PublishedModel:
    """Return the published model of this name. Raises UsageError that lists the names."""
    if name not in MODELS:
        raise UsageError(f"no model '{name}' can be installed; choose one of {', '.join(sorted(MODELS))}")
    return MODELS[name]


def fetch(file: Download, folder: Path, report: DownloadReport = lambda *_: None, tries: int = _TRIES) -> Path:
    """Download `file` into `folder`, resuming an earlier try; return its path.

    Raises InstallError where the disk is too full, the network fails `tries` times in a row without a byte, or the
    checksum is wrong (the file is then deleted).
    """
    return _fetched(file, folder, report, tries).path


def _as_first_installed(file: Download, folder: Path) -> Download:
    """Return the file of a branch at the commit, and with the checksum, of an earlier installation in `folder`."""
    for path in sorted(folder.glob(f"*/{PROVENANCE}")):
        record = read_provenance(path.parent)
        for origin in record.files.values() if record else ():
            if origin.url == file.url and origin.sha256:
                return file.at(origin.commit or "main", origin.sha256)
    return file


def _fetched(file: Download, folder: Path, report: DownloadReport, tries: int = _TRIES) -> FetchedFile:
    """Download `file` into `folder`, see `fetch`; return it with its commit."""
    folder.mkdir(parents=True, exist_ok=True)
    target, part, commit_file = (folder / (file.name + ending) for ending in ("", ".part", ".commit"))
    if target.exists() and file.sha256 in (None, sha256(target)):
        return FetchedFile(target, commit_file.read_text() if commit_file.exists() else "")
    _check_room(file, folder, part)
    failures = 0
    while True:
        before = _length(part)
        try:
            checksum, commit = _transfer(file, part, report)
            break
        except (OSError, HTTPException) as error:
            _raise_if_final(file, error)
            failures = failures + 1 if _length(part) == before else 0
            if failures >= tries:
                raise InstallError(
                    f"{file.name} could not be fetched from {file.url}: {error}; {_length(part)} bytes are kept, "
                    "try again when the network works"
                ) from error
    _check_sum(file, part, file.sha256 or checksum)
    if commit:
        commit_file.write_text(commit)
    part.rename(target)
    return FetchedFile(target, commit)


def _transfer(file: Download, part: Path, report: DownloadReport) -> tuple[str | None, str]:
    """Append the missing bytes to `part`; return the SHA-256 and the commit that the server names, None and "" else."""
    have = _length(part)
    if file.size is not None and have >= file.size:
        return file.sha256, ""
    request = urllib.request.Request(_mirrored(file.url), headers={"Range": f"bytes={have}-"} if have else {})
    try:
        response = urllib.request.urlopen(request, timeout=60)  # nosec B310 # an https address of `published.MODELS`
    except urllib.error.HTTPError as error:
        if error.code != 416:
            raise
        with error:
            if error.headers.get("Content-Range") == f"bytes */{have}":  # all of it was there already
                return _named_sum(error), _named_commit(error)
        part.unlink()  # longer than the file: it is the part of another one
        raise
    with response:
        resumes = response.status == 206
        have = have if resumes else 0
        whole = _whole_size(response, have)
        with part.open("ab" if resumes else "wb") as out:
            while piece := response.read(_PIECE):
                out.write(piece)
                have += len(piece)
                report(file.name, have, whole)
        if whole is not None and have < whole:
            raise ConnectionError(f"the connection ended after {have} of {whole} bytes")
        return _named_sum(response), _named_commit(response)


def _mirrored(url: str) -> str:
    """Return the address on the mirror that HF_ENDPOINT names, of a file of the Hub; other addresses as they are."""
    mirror, hub = os.environ.get("HF_ENDPOINT", "").rstrip("/"), "https://huggingface.co/"
    return f"{mirror}/{url.removeprefix(hub)}" if mirror and url.startswith(hub) else url


def _named_commit(response: Any) -> str:
    """Return the commit that the Hub names in a header of a branch's files; "" for other servers."""
    commit: str = response.headers.get("X-Repo-Commit") or ""
    return commit if re.fullmatch(r"[0-9a-f]{40}", commit) else ""


def _whole_size(response: Any, have: int) -> int | None:
    length = response.headers.get("Content-Length")
    return None if length is None else have + int(length)


def _named_sum(response: Any) -> str | None:
    """Return the SHA-256 that the Hub names in a header of large files."""
    tag = (response.headers.get("X-Linked-Etag") or "").strip('"')
    return tag if len(tag) == 64 else None


def _raise_if_final(file: Download, error: Exception) -> None:
    """Raise InstallError where another try cannot help: a full disk, a file that the server does not have."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS):
        raise InstallError(
            f"{file.name} cannot be written: {error}; free some disk space or choose another models folder"
        ) from error
    if isinstance(error, urllib.error.HTTPError) and error.code < 500 and error.code not in (408, 416, 429):
        raise InstallError(
            f"{file.url} answers {error.code} {error.reason}; the file may have moved: fetch {file.name} by hand and "
            "convert it with `flowsep-export`"
        ) from error


def _check_room(file: Download, folder: Path, part: Path) -> None:
    if file.size is None:
        return
    needed, free = _COPIES * file.size - _length(part), shutil.disk_usage(folder).free
    if needed > free:
        raise InstallError(
            f"{file.name} and its bundle need {needed / 1e9:.1f} GB, {folder} has {free / 1e9:.1f} GB left; free "
            "some disk space or choose another models folder"
        )


def _check_sum(file: Download, part: Path, expected: str | None) -> None:
    if expected is not None and (actual := sha256(part)) != expected:
        part.unlink()
        raise InstallError(
            f"{file.name} has sha256 {actual[:12]}…, must be {expected[:12]}…; it was deleted, install the model again"
        )


def _length(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _convert(model: PublishedModel, downloads: Path, target: Path, precision: str) -> None:
    """Convert with the family's exporter; torch is loaded here and not before."""
    checkpoint = downloads / model.files[0].name
    exporter_of(model.family).convert(checkpoint, downloads, target, precision=precision, name=model.name)
