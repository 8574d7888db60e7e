"""Find media that a session names but that are not there: by name, and by length where the session has it."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path, PureWindowsPath
from typing import Final

from .media import Media, probe_media

_MOST_FILES: Final = 200_000
"""Files that a search looks at, so that a home folder or a network share cannot stop it for good."""


class MediaFinder:
    """Probes media as `probe_media` does; looks for missing files in `folders` and all folders below them.

    A file fits where its name is the same, in any case, and its length too, where the session has a length. Of several
    that fit, the first is taken whose parent folders match the missing path best.
    relinked : missing path -> path of the file that was taken.
    """

    def __init__(self, folders: Sequence[Path] = ()) -> None:
        self._folders = tuple(folder.absolute() for folder in folders)
        self._by_name: dict[str, list[Path]] | None = None
        self.relinked: dict[Path, Path] = {}

    def __call__(self, path: Path, frames: int | None = None) -> Media:
        """Return the media at `path`, or at the path of a file that fits; only `path` where there is none."""
        media = probe_media(path)
        if media.is_online or not self._folders:
            return media
        fitting = self.candidates(path, frames)
        if fitting:
            self.relinked[path] = fitting[0].path
        return fitting[0] if fitting else media

    def candidates(self, path: Path, frames: int | None = None) -> list[Media]:
        """Return the media that fit a missing `path`, the best one first."""
        parts = _parts(path)
        media = [probe_media(file) for file in self._files().get(parts[-1] if parts else "", ())]
        fitting = [one for one in media if one.rate is not None and frames in (None, one.frames)]
        return sorted(fitting, key=lambda one: -_shared(_parts(one.path), parts))

    def _files(self) -> dict[str, list[Path]]:
        if self._by_name is None:
            self._by_name = {}
            for number, file in enumerate(_files_below(self._folders)):
                if number >= _MOST_FILES:
                    break
                self._by_name.setdefault(file.name.casefold(), []).append(file)
        return self._by_name


def _files_below(folders: Sequence[Path]) -> Iterator[Path]:
    for folder in folders:
        for root, directories, names in os.walk(folder):
            directories[:] = sorted(name for name in directories if not name.startswith("."))
            yield from (Path(root, name) for name in sorted(names))


def _parts(path: Path) -> tuple[str, ...]:
    """Return the parts of a path of any system, in lower case."""
    text = str(path)
    parts = PureWindowsPath(text).parts if "\\" in text else path.parts
    return tuple(part.casefold() for part in parts)


def _shared(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    """Return how many parts two paths share at their ends."""
    count = 0
    while count < min(len(one), len(other)) and one[-1 - count] == other[-1 - count]:
        count += 1
    return count
