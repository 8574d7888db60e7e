"""DAWproject (.dawproject): a zip of project.xml, metadata.xml and sounds, for Bitwig, Studio One, Cubase and others.

Source: the format's public reference and schema, version 1.0. Stems that are placed in a project go into the zip; a new
project refers to its files, unless they are embedded.
"""

import zipfile
from collections.abc import Mapping
from pathlib import Path

from flowsep_plugin.errors import SessionError
from flowsep_plugin.timeline.formats.xml_text import add, new_element, parse_xml, xml_bytes
from flowsep_plugin.timeline.formats.zip_copy import NewSounds, add_files, member, rewrite
from flowsep_plugin.timeline.media import Media, Probe, name_in_session
from flowsep_plugin.timeline.names import clean
from flowsep_plugin.timeline.timeline import Timeline

from .read import RATE_NOTE, timeline_of
from .write import MediaNamer, edit_project, new_project

_PROJECT, _METADATA = "project.xml", "metadata.xml"


def read(path: Path, probe: Probe) -> Timeline:
    """Return the timeline of a project. Raises SessionError where its XML is missing or damaged."""
    with zipfile.ZipFile(path) as archive:
        return timeline_of(parse_xml(member(archive, _PROJECT), "Project"), _note(archive), path, probe)


def write(timeline: Timeline, target: Path, destination: Path) -> None:
    """Write a project to `target`: a new one that refers to its sounds, or the one that was read plus its changes.

    Raises UsageError for what a DAWproject cannot hold, SessionError for a file that does not exist.
    """
    if timeline.document is None:
        _write_new(timeline, target, lambda media: (_external_name(media, destination), True), {})
        return
    with zipfile.ZipFile(timeline.document.path) as old:
        project = parse_xml(member(old, _PROJECT), "Project")
        before = timeline_of(project, _note(old), timeline.document.path, timeline.document.probe)
        sounds = NewSounds(old, "audio")
        edit_project(project, before, timeline, sounds.name)
        rewrite(old, target, {_PROJECT: xml_bytes(project)}, sounds.added)


def write_embedded(timeline: Timeline, target: Path, destination: Path) -> None:
    """Write a project as `write` does, with its sounds inside, as in a project that was read."""
    if timeline.document is not None:
        write(timeline, target, destination)
        return
    sounds = NewSounds(None, "audio")
    _write_new(timeline, target, sounds.name, sounds.added)


def _write_new(timeline: Timeline, target: Path, name: MediaNamer, added: Mapping[Path, str]) -> None:
    project = new_project(timeline, name)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(_PROJECT, xml_bytes(project))
        archive.writestr(_METADATA, _metadata(timeline))
        add_files(archive, added)


def _external_name(media: Media, destination: Path) -> str:
    if media.member is not None:
        raise SessionError(f"{media.member} is inside {media.path.name}; export its audio, then convert it")
    return name_in_session(media.path, destination)


def _note(archive: zipfile.ZipFile) -> str:
    if _METADATA not in archive.namelist():
        return ""
    return parse_xml(member(archive, _METADATA), "MetaData").findtext("Comment") or ""


def _metadata(timeline: Timeline) -> bytes:
    metadata = new_element("MetaData")
    add(metadata, "Title").text = clean(timeline.name)
    add(metadata, "Comment").text = f"{RATE_NOTE}{timeline.rate} Hz"
    return xml_bytes(metadata)
