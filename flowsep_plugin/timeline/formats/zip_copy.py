"""Copies of zip archives with some members replaced: the others keep their bytes, names, dates and compression."""

import shutil
import struct
import tempfile
import zipfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

from flowsep_plugin.errors import SessionError, StorageFull
from flowsep_plugin.timeline.formats.limits import MOST_MEMBER_BYTES
from flowsep_plugin.timeline.media import Media, probe_media
from flowsep_plugin.timeline.names import file_name, unique

_ZIP64: Final = 1


def member(archive: zipfile.ZipFile, name: str) -> bytes:
    """Return a member's content. Raises SessionError where it is missing, or larger than 128 MiB."""
    try:
        info = archive.getinfo(name)
    except KeyError:
        raise SessionError(f"it has no {name}; export it from its program again") from None
    if info.file_size > MOST_MEMBER_BYTES:
        raise SessionError(f"{name} would take {info.file_size >> 20} MiB, so it is damaged; open a backup instead")
    return archive.read(info)


def rewrite(old: zipfile.ZipFile, target: Path, renewed: Mapping[str, bytes], added: Mapping[Path, str]) -> None:
    """Copy `old` to `target` with new content for members, and with files added to it.

    renewed : content by member.   added : member names by file.
    Raises SessionError for a member that cannot be copied (encrypted, damaged) and for a file that does not exist.
    """
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        new.comment = old.comment
        for info in old.infolist():
            like = _like(info)
            if info.filename in renewed:
                new.writestr(like, renewed[info.filename])
                like.external_attr = info.external_attr
                continue
            try:
                with old.open(info) as source, new.open(like, "w", force_zip64=True) as copy:
                    shutil.copyfileobj(source, copy, 1 << 20)
                like.external_attr = info.external_attr  # zipfile gives rights to members that have none
            except (RuntimeError, NotImplementedError, zipfile.BadZipFile) as error:
                raise SessionError(
                    f"{info.filename} in it cannot be copied ({error}); save it again in its program, or open a backup"
                ) from error
        add_files(new, added)


def add_files(archive: zipfile.ZipFile, added: Mapping[Path, str]) -> None:
    """Store files in the archive, uncompressed, under the names in `added`. Raises SessionError for a missing file."""
    for path, name in added.items():
        try:
            archive.write(path, name, zipfile.ZIP_STORED)
        except FileNotFoundError:
            raise SessionError(f"{path} does not exist, so it cannot be put into the session; find it first") from None


def extract(session: Path, media: Media, folder: Path) -> Path:
    """Copy a sound out of the zip into `folder`; returns its path. Raises SessionError where it is missing."""
    name = media.member or ""
    with zipfile.ZipFile(session) as archive:
        if name not in archive.namelist():
            raise SessionError(f"{session.name} has no {name}; export it again with its audio")
        target = folder / file_name(Path(name).name)
        _check_room(archive.getinfo(name), folder)
        with archive.open(name) as source, target.open("wb") as copy:
            shutil.copyfileobj(source, copy, 1 << 20)
    return target


def _check_room(info: zipfile.ZipInfo, folder: Path) -> None:
    """Raise StorageFull where the unpacked member is larger than the room in `folder`."""
    free = shutil.disk_usage(folder).free
    if info.file_size > free:
        raise StorageFull(
            f"{info.filename} takes {info.file_size >> 20} MB unpacked, and {folder} has {free >> 20} MB left; "
            "free some room, or export the session without embedded audio"
        )


def probe_member(session: Path, name: str) -> Media:
    """Return a member's media with rate, channels and frames from its header; without them where it cannot be read."""
    status = session.stat()
    return _probe_member(session, name, status.st_size, status.st_mtime_ns)


@lru_cache(1024)
def _probe_member(session: Path, name: str, *version: int) -> Media:
    """Read the header from a file that has the member's first MiB, and its length as a hole."""
    unknown = Media(session, member=name)
    with zipfile.ZipFile(session) as archive, tempfile.TemporaryDirectory(prefix="flowsep-") as folder:
        if name not in archive.namelist():
            return unknown
        head = Path(folder) / file_name(Path(name).name)
        with archive.open(name) as source, head.open("wb") as copy:
            copy.write(source.read(1 << 20))
            copy.truncate(archive.getinfo(name).file_size)
        media = probe_media(head)
    return Media(session, media.rate, media.channels, media.frames, member=name, lead=media.lead)


class NewSounds:
    """The sounds to add to a zip under `folder`, with names that it does not have yet; `added` holds name by file."""

    def __init__(self, archive: zipfile.ZipFile | None, folder: str) -> None:
        self._members, self._folder = archive.namelist() if archive is not None else [], folder
        self.added: dict[Path, str] = {}

    def name(self, media: Media) -> tuple[str, bool]:
        """Return the media's member name, and False: it is not external."""
        if media.member is not None:
            return media.member, False
        if media.path not in self.added:
            name = f"{self._folder}/{file_name(media.path.stem)}{media.path.suffix}"
            self.added[media.path] = unique(name, [*self._members, *self.added.values()])
        return self.added[media.path], False


def _like(info: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """Return a member's name, date, compression, rights, comment and extra fields, for its copy."""
    copy = zipfile.ZipInfo(info.filename, info.date_time)
    copy.compress_type, copy.external_attr, copy.comment = info.compress_type, info.external_attr, info.comment
    copy.create_system, copy.extra = info.create_system, _own_fields(info.extra)
    return copy


def _own_fields(extra: bytes) -> bytes:
    """Return extra fields without the sizes (zip64), which the new archive writes itself."""
    fields, at = b"", 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        if kind != _ZIP64:
            fields += extra[at : at + 4 + size]
        at += 4 + size
    return fields
