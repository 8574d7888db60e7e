"""Find media that a session names but that are not there: by name, by length, and by the id in MXF files."""

import os
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path, PureWindowsPath
from typing import Final

from flowsep_plugin.media.mxf import file_umids, umid_key

from .media import Media, probe_media

_MOST_FILES: Final = 200_000
"""Files that a search looks at, so that a home folder or a network share cannot stop it for good."""


class MediaFinder:
    """Probes media as `probe_media` does; looks for missing files in `folders` and all folders below them.

    A file fits where its name is the same, in any case, and its length too, where the session has a length. Of several
    that fit, the one is taken whose parent folders match the missing path best; none where two match equally.
    An MXF file whose package has the id that the session refers to fits under any name.
    relinked : missing path -> path of the file that was taken.
    ambiguous : missing path -> paths of the files that fit equally.
    missing : path that was not found -> its length in frames, None where the session has none; ambiguous ones too.
    """

    def __init__(self, folders: Sequence[Path] = ()) -> None:
        self.folders = tuple(folder.absolute() for folder in folders)
        self._by_name: dict[str, list[Path]] | None = None
        self._by_umid: dict[bytes, list[Path]] | None = None
        self._answers: dict[tuple[Path, int | None, bytes | None], Media] = {}
        self.relinked: dict[Path, Path] = {}
        self.ambiguous: dict[Path, tuple[Path, ...]] = {}
        self.missing: dict[Path, int | None] = {}

    def __call__(self, path: Path, frames: int | None = None, umid: bytes | None = None) -> Media:
        """Return the media at `path`, or at the path of a file that fits; only `path` where there is none."""
        media = probe_media(path)
        if media.is_online:
            return media
        key = (path, frames, umid)
        if key not in self._answers:
            self._answers[key] = self._look_for(media, frames, umid)
        return self._answers[key]

    def candidates(self, path: Path, frames: int | None = None) -> list[Media]:
        """Return the media that fit a missing `path`, the best one first."""
        parts = _parts(path)
        media = [probe_media(file) for file in self._files().get(parts[-1] if parts else "", ())]
        fitting = [one for one in media if one.rate is not None and frames in (None, one.frames)]
        return sorted(fitting, key=lambda one: -_shared(_parts(one.path), parts))

    def best(self, path: Path, frames: int | None = None) -> list[Media]:
        """Return the media that fit a missing `path` best: one, none, or several that match it equally."""
        fitting, parts = self.candidates(path, frames), _parts(path)
        shares = [_shared(_parts(media.path), parts) for media in fitting]
        return [media for media, share in zip(fitting, shares, strict=True) if share == shares[0]]

    def found_in(self, folder: Path) -> list[Path]:
        """Return the relinked files in `folder` or below it, without those of a folder before it in `folders`."""
        before = self.folders[: self.folders.index(folder)]
        files = dict.fromkeys(file for file in self.relinked.values() if file.is_relative_to(folder))
        return [file for file in files if not any(file.is_relative_to(other) for other in before)]

    def _look_for(self, media: Media, frames: int | None, umid: bytes | None) -> Media:
        fitting = self.best(media.path, frames)
        if len(fitting) != 1 and umid is not None:
            fitting = self._with_umid(umid) or fitting
        if len(fitting) == 1:
            self.relinked[media.path] = fitting[0].path
            return fitting[0]
        if fitting:
            self.ambiguous[media.path] = tuple(one.path for one in fitting)
        self.missing[media.path] = frames
        return media

    def _with_umid(self, umid: bytes) -> list[Media]:
        """Return the MXF files with the package `umid`; only the first of copies, which hold the same."""
        if self._by_umid is None:
            self._by_umid = {}
            for file in (file for files in self._files().values() for file in files):
                for one in _umids(file):
                    self._by_umid.setdefault(one, []).append(file)
        media = (probe_media(file) for file in self._by_umid.get(umid_key(umid), ()))
        return [one for one in media if one.rate is not None][:1]

    def _files(self) -> dict[str, list[Path]]:
        if self._by_name is None:
            self._by_name = {}
            for number, file in enumerate(_files_below(self.folders)):
                if number >= _MOST_FILES:
                    break
                self._by_name.setdefault(_folded(file.name), []).append(file)
        return self._by_name


def _umids(file: Path) -> frozenset[bytes]:
    try:
        return file_umids(file) if file.suffix.lower() == ".mxf" else frozenset()
    except OSError:
        return frozenset()


def _files_below(folders: Sequence[Path]) -> Iterator[Path]:
    """Yield every file once, also where one of the folders is inside another."""
    visited: set[str] = set()
    for folder in folders:
        for root, directories, names in os.walk(folder):
            real = os.path.realpath(root)
            directories[:] = [] if real in visited else sorted(name for name in directories if not name.startswith("."))
            yield from (Path(root, name) for name in ([] if real in visited else sorted(names)))
            visited.add(real)


def _parts(path: Path) -> tuple[str, ...]:
    """Return the parts of a path of any system, in the form that equal names share."""
    text = str(path)
    parts = PureWindowsPath(text).parts if "\\" in text else path.parts
    return tuple(map(_folded, parts))


def _folded(name: str) -> str:
    """Return `name` in lower case and composed: macOS writes an ä as an a and two dots."""
    return unicodedata.normalize("NFC", name).casefold()


def _shared(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    """Return how many parts two paths share at their ends."""
    count = 0
    while count < min(len(one), len(other)) and one[-1 - count] == other[-1 - count]:
        count += 1
    return count
