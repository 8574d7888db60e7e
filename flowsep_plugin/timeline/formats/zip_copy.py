"""Zip archives with one member renewed: every other member keeps its bytes, name, date and compression."""

import shutil
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from flowsep_plugin.errors import SessionError
from flowsep_plugin.timeline.media import Media
from flowsep_plugin.timeline.names import file_name, unique

_MOST_TEXT: Final = 512 << 20
_ZIP64: Final = 1


def member(archive: zipfile.ZipFile, name: str) -> bytes:
    """Return a member's content. Raises SessionError where it is missing or absurdly large."""
    try:
        info = archive.getinfo(name)
    except KeyError:
        raise SessionError(f"it holds no {name}; export it from its program again") from None
    if info.file_size > _MOST_TEXT:
        raise SessionError(f"{name} would take {info.file_size >> 20} MiB; it is damaged")
    return archive.read(info)


def rewrite(old: zipfile.ZipFile, target: Path, renewed: Mapping[str, bytes], added: Mapping[Path, str]) -> None:
    """Write `old` to `target` with other content for the members in `renewed` and the files `added` under new names."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        made.comment = old.comment
        for info in old.infolist():
            if info.filename in renewed:
                made.writestr(_like(info), renewed[info.filename])
                continue
            try:
                with old.open(info) as source, made.open(_like(info), "w", force_zip64=True) as copy:
                    shutil.copyfileobj(source, copy, 1 << 20)
            except (RuntimeError, NotImplementedError, zipfile.BadZipFile) as error:
                raise SessionError(
                    f"{info.filename} in it cannot be copied ({error}); save it again in its program, or open a backup"
                ) from error
        add_files(made, added)


def add_files(archive: zipfile.ZipFile, added: Mapping[Path, str]) -> None:
    """Put files in as they are. Raises SessionError for one that is offline."""
    for path, name in added.items():
        try:
            archive.write(path, name, zipfile.ZIP_STORED)
        except FileNotFoundError:
            raise SessionError(f"{path} is not there, so it cannot be put into the session; find it first") from None


def extract(session: Path, media: Media, folder: Path) -> Path:
    """Copy a sound out of the zip into `folder`. Raises SessionError where it is not there."""
    name = media.member or ""
    with zipfile.ZipFile(session) as archive:
        if name not in archive.namelist():
            raise SessionError(f"{session.name} holds no {name}; export it again with its audio")
        target = folder / file_name(Path(name).name)
        with archive.open(name) as source, target.open("wb") as copy:
            shutil.copyfileobj(source, copy, 1 << 20)
    return target


class NewSounds:
    """Names for files that come into a zip, under `folder`."""

    def __init__(self, archive: zipfile.ZipFile | None, folder: str) -> None:
        self._taken, self._folder = archive.namelist() if archive is not None else [], folder
        self.added: dict[Path, str] = {}

    def name(self, media: Media) -> tuple[str, bool]:
        """Return the member's name, and that it does not lie outside."""
        if media.member is not None:
            return media.member, False
        if media.path not in self.added:
            given = f"{self._folder}/{file_name(media.path.stem)}{media.path.suffix}"
            self.added[media.path] = unique(given, [*self._taken, *self.added.values()])
        return self.added[media.path], False


def _like(info: zipfile.ZipInfo) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(info.filename, info.date_time)
    made.compress_type, made.external_attr, made.comment = info.compress_type, info.external_attr, info.comment
    made.create_system, made.extra = info.create_system, _own_fields(info.extra)
    return made


def _own_fields(extra: bytes) -> bytes:
    """Extra fields without sizes (zip64), which the new archive writes itself."""
    kept, at = b"", 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        if kind != _ZIP64:
            kept += extra[at : at + 4 + size]
        at += 4 + size
    return kept
