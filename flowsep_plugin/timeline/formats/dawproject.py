"""DAWproject (.dawproject): a zip of project.xml, metadata.xml and sounds, for Bitwig, Studio One, Cubase and others.

Source: the format's public reference and schema, version 1.0. Members of the zip other than project.xml stay as they are;
stems that are placed are put into the zip, a project made from nothing refers to files beside it.
"""

import shutil
import zipfile
from pathlib import Path
from typing import Final

from flowsep_plugin.errors import SessionError
from flowsep_plugin.timeline.media import Media
from flowsep_plugin.timeline.names import clean, file_name, unique
from flowsep_plugin.timeline.timeline import Timeline

from .dawproject_read import RATE_NOTE, timeline_of
from .dawproject_write import edit_project, new_project
from .table import SessionFormat
from .xml_text import add, new_element, parse_xml, xml_bytes

SUFFIXES: Final = (".dawproject",)
_PROJECT, _METADATA = "project.xml", "metadata.xml"
_MOST_XML: Final = 512 << 20


def read(path: Path) -> Timeline:
    """Read a project. Raises SessionError where it is damaged."""
    with zipfile.ZipFile(path) as archive:
        project = parse_xml(_member(archive, _PROJECT), "Project")
        return timeline_of(project, _note(archive), path)


def write(timeline: Timeline, target: Path, home: Path) -> None:
    """Write a project: the one it was read from with what is new, or a plain new one."""
    if timeline.document is None:
        project = new_project(timeline, lambda media: (_outside(media, home), True))
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
            made.writestr(_PROJECT, xml_bytes(project))
            made.writestr(_METADATA, _metadata(timeline))
        return
    with zipfile.ZipFile(timeline.document.path) as old:
        before = read(timeline.document.path)
        project = parse_xml(_member(old, _PROJECT), "Project")
        sounds = _Sounds(old)
        edit_project(project, before, timeline, sounds.name)
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
            for info in old.infolist():
                if info.filename == _PROJECT:
                    made.writestr(_renewed(info), xml_bytes(project))
                else:
                    with old.open(info) as source, made.open(_renewed(info), "w", force_zip64=True) as copy:
                        shutil.copyfileobj(source, copy)
            for path, name in sounds.added.items():
                made.write(path, name, zipfile.ZIP_STORED)


def extract(session: Path, media: Media, folder: Path) -> Path:
    """Copy a sound out of the zip into `folder`. Raises SessionError where it is not there."""
    name = media.member or ""
    with zipfile.ZipFile(session) as archive:
        if name not in archive.namelist():
            raise SessionError(f"{session.name} holds no {name}; export it again with its audio")
        target = folder / file_name(Path(name).name)
        with archive.open(name) as source, target.open("wb") as copy:
            shutil.copyfileobj(source, copy)
    return target


class _Sounds:
    """Names for sounds that come into the zip."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._taken = archive.namelist()
        self.added: dict[Path, str] = {}

    def name(self, media: Media) -> tuple[str, bool]:
        if media.member is not None:
            return media.member, False
        if media.path not in self.added:
            given = f"audio/{file_name(media.path.stem)}{media.path.suffix}"
            self.added[media.path] = unique(given, [*self._taken, *self.added.values()])
        return self.added[media.path], False


def _outside(media: Media, home: Path) -> str:
    if media.member is not None:
        raise SessionError(f"{media.member} lies inside {media.path.name}; place stems there instead of converting it")
    beside = media.path.is_relative_to(home.parent)
    return media.path.relative_to(home.parent).as_posix() if beside else str(media.path)


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    try:
        info = archive.getinfo(name)
    except KeyError:
        raise SessionError(f"it holds no {name}; export it from its program again") from None
    if info.file_size > _MOST_XML:
        raise SessionError(f"{name} would take {info.file_size >> 20} MiB; it is damaged")
    return archive.read(info)


def _note(archive: zipfile.ZipFile) -> str:
    if _METADATA not in archive.namelist():
        return ""
    return parse_xml(_member(archive, _METADATA), "MetaData").findtext("Comment") or ""


def _metadata(timeline: Timeline) -> bytes:
    metadata = new_element("MetaData")
    add(metadata, "Title").text = clean(timeline.name)
    add(metadata, "Comment").text = f"{RATE_NOTE}{timeline.rate} Hz"
    return xml_bytes(metadata)


def _renewed(info: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """The same name, date, rights and compression, for writing again."""
    made = zipfile.ZipInfo(info.filename, info.date_time)
    made.compress_type, made.external_attr, made.comment = info.compress_type, info.external_attr, info.comment
    made.create_system, made.extra = info.create_system, b""
    return made


FORMAT: Final = SessionFormat("DAWproject", SUFFIXES, read, write, extract=extract, needs="daw")
