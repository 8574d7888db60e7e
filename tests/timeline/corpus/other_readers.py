"""Readers of sessions that share no code with flowsep: where does each of them see the clips that play a file?

A reader takes the path of a session and yields the name of the sound file of each clip, and the clip's place as
(start, length) in seconds. It raises `Unreadable` where its library cannot read the session, whoever wrote it.
"""

import contextlib
import io
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from lxml import etree

Place = tuple[Fraction, Fraction]
Reader = Callable[[Path], Iterator[tuple[str, Place]]]
SUPERCLOCKS = 282_240_000
OURS = "flowsep stem "
"""Start of the names of sounds that the tests place."""


class Unreadable(Exception):
    """The library cannot read this session."""


def rpp_places(path: Path) -> Iterator[tuple[str, Place]]:
    """Read items of a REAPER project with the parser `rpp`."""
    import rpp

    try:
        project = rpp.loads(path.read_bytes().decode("utf-8", "replace"))
    except Exception as error:
        raise Unreadable(str(error)) from error
    for item in (part for part in _rpp_parts(project) if part.tag == "ITEM"):
        values = {child[0]: child[1] for child in item if isinstance(child, list) and len(child) > 1}
        lines = [child for part in _rpp_parts(item) for child in part if isinstance(child, list)]
        for name in {_name(line[1]) for line in lines if line[0] == "FILE" and len(line) > 1}:
            yield name, (Fraction(str(values["POSITION"])), Fraction(str(values["LENGTH"])))


def _rpp_parts(part: Any) -> Iterator[Any]:
    yield part
    for child in part:
        if hasattr(child, "tag"):
            yield from _rpp_parts(child)


def rppxml_places(path: Path) -> Iterator[tuple[str, Place]]:
    """Read items of a REAPER project with the parser `rppxml`, which is built from the WDL library's own one."""
    import rppxml

    try:
        project = rppxml.loads(path.read_bytes().decode("utf-8", "replace"))
    except Exception as error:
        raise Unreadable(str(error)) from error
    for item in (part for part in _rppxml_parts(project) if part.name == "ITEM"):
        values = {child[0]: child[1:] for child in item.children if isinstance(child, list) and child}
        lines = [child for part in _rppxml_parts(item) for child in part.children if isinstance(child, list)]
        for name in {_name(line[1]) for line in lines if line[0] == "FILE" and len(line) > 1}:
            yield name, (Fraction(str(values["POSITION"][0])), Fraction(str(values["LENGTH"][0])))


def _rppxml_parts(part: Any) -> Iterator[Any]:
    yield part
    for child in part.children:
        if hasattr(child, "children"):
            yield from _rppxml_parts(child)


def ardour_places(path: Path) -> Iterator[tuple[str, Place]]:
    """Read regions of an Ardour session with lxml."""
    session = etree.fromstring(path.read_bytes(), etree.XMLParser(huge_tree=True))
    names = {source.get("id"): source.get("name") for source in session.iterfind("Sources/Source")}
    for region in session.iterfind("Playlists/Playlist/Region"):
        length, _, start = region.get("length").partition("@")
        times = [start or region.get("position"), length]
        if region.get("type") == "audio" and "b" not in (times[0][0], times[1][0]):
            start_time, length_time = (_ardour_time(time, session) for time in times)
            yield names.get(region.get("source-0"), ""), (start_time, length_time)


def _ardour_time(text: str, session: Any) -> Fraction:
    """Return a time in seconds: superclocks since version 7, samples before."""
    if text[0] == "a":
        return Fraction(int(text[1:]), SUPERCLOCKS)
    assert int(session.get("version")) < 7000
    return Fraction(int(text), int(session.get("sample-rate")))


def dawproject_places(path: Path) -> Iterator[tuple[str, Place]]:
    """Read clips in seconds of a DAWproject with lxml."""
    with zipfile.ZipFile(path) as archive:
        assert len(archive.namelist()) == len({*archive.namelist()})
        project = etree.fromstring(archive.read("project.xml"))
    for file in project.iterfind(".//Clip//Audio/File"):
        clip = next(file.iterancestors("Clip"))
        if next(part.get("timeUnit") for part in clip.iterancestors() if part.get("timeUnit")) == "seconds":
            yield _name(unquote(file.get("path"))), (Fraction(clip.get("time")), Fraction(clip.get("duration")))


def otio_places(path: Path) -> Iterator[tuple[str, Place]]:
    """Read clips of an OTIO timeline with OpenTimelineIO."""
    import opentimelineio as otio

    return _clips_of(otio.adapters.read_from_file(str(path)))


def otio_aaf_places(path: Path) -> Iterator[tuple[str, Place]]:
    """Read clips of an AAF with OTIO's adapter, which turns the composition's slots into tracks."""
    import opentimelineio as otio

    try:
        with contextlib.redirect_stdout(io.StringIO()):
            timeline = otio.adapters.read_from_file(str(path))
    except Exception as error:
        raise Unreadable(str(error)) from error
    return _clips_of(timeline)


def _clips_of(timeline: Any) -> Iterator[tuple[str, Place]]:
    for track in timeline.tracks:
        for clip in track.find_clips():
            span = clip.transformed_time_range(clip.trimmed_range(), track)
            url = getattr(clip.media_reference, "target_url", None) or ""
            yield _name(unquote(url)), (_seconds(span.start_time), _seconds(span.duration))


def aaf_places(path: Path) -> Iterator[tuple[str, Place]]:
    """Read clips of an AAF with pyaaf2; asserts that ids of slots are unique and that lengths of sequences are true."""
    import aaf2

    with aaf2.open(str(path)) as file:
        for mob in file.content.mobs:
            ids = Counter(slot.slot_id for slot in mob.slots)
            assert max(ids.values(), default=1) == 1, f"{mob.name}: slot ids {ids}"
        for mob in file.content.toplevel():
            for slot in mob.slots:
                yield from _aaf_slot(slot)


def _aaf_slot(slot: Any) -> Iterator[tuple[str, Place]]:
    """Yield the clips of a slot; asserts that a slot which plays a linked file has a track number."""
    at, rate = 0, Fraction(slot.edit_rate) if hasattr(slot, "edit_rate") else Fraction(1)
    parts = list(getattr(slot.segment, "components", [])) or [slot.segment]
    names = []
    for part in parts:
        length = int(part.length or 0)
        at -= length if type(part).__name__ == "Transition" else 0
        for name in _aaf_files(part):
            names.append(name)
            yield name, (at / rate, length / rate)
        at += 0 if type(part).__name__ == "Transition" else length
    if any(name.startswith(OURS) for name in names):
        assert int(slot.segment.length) == at, f"sequence of {slot.segment.length}, its parts have {at}"
        assert slot["PhysicalTrackNumber"].value


def _aaf_files(part: Any) -> set[str]:
    """Return the names of the files that a part of a sequence leads to."""
    if type(part).__name__ == "OperationGroup":
        return {name for segment in part.segments for name in _aaf_files(segment)}
    if type(part).__name__ != "SourceClip" or part.mob is None:
        return set()
    if type(part.mob).__name__ == "SourceMob":
        locators = part.mob.descriptor.get("Locator")
        return {_name(unquote(str(locator["URLString"].value))) for locator in (locators.value if locators else ())}
    return _aaf_files(part.slot.segment) if part.slot is not None else set()


def _seconds(time: Any) -> Fraction:
    return Fraction(time.value) / Fraction(time.rate)


def _name(path: object) -> str:
    return str(path).replace("\\", "/").rpartition("/")[2]


READERS: dict[str, tuple[Reader, ...]] = {
    ".rpp": (rpp_places, rppxml_places),
    ".ardour": (ardour_places,),
    ".dawproject": (dawproject_places,),
    ".otio": (otio_places,),
    ".aaf": (aaf_places, otio_aaf_places),
}
"""Readers by the suffix of a session in lower case."""
