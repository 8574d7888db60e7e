"""Chunks of audio files by themselves: bext, iXML, ADM, cue points. Damage in them must not stop a separation."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from fuzzing.harness import Harness, Seed

IXML = b"""<?xml version="1.0" encoding="UTF-8"?>
<BWFXML><IXML_VERSION>1.61</IXML_VERSION><PROJECT>Film</PROJECT><SCENE>12A</SCENE><TAKE>3</TAKE>
<FILE_UID>ABC</FILE_UID><SPEED><FILE_SAMPLE_RATE>48000</FILE_SAMPLE_RATE><TIMESTAMP_SAMPLE_RATE>48000</TIMESTAMP_SAMPLE_RATE>
<TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI>0</TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI>
<TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO>960000</TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO></SPEED>
<BEXT><BWF_TIME_REFERENCE_LOW>960000</BWF_TIME_REFERENCE_LOW><BWF_TIME_REFERENCE_HIGH>0</BWF_TIME_REFERENCE_HIGH></BEXT>
<SYNC_POINT_LIST><SYNC_POINT><SYNC_POINT_TYPE>RELATIVE</SYNC_POINT_TYPE><SYNC_POINT_LOW>100</SYNC_POINT_LOW>
<SYNC_POINT_HIGH>0</SYNC_POINT_HIGH></SYNC_POINT></SYNC_POINT_LIST>
<TRACK_LIST><TRACK_COUNT>2</TRACK_COUNT><TRACK><CHANNEL_INDEX>1</CHANNEL_INDEX><INTERLEAVE_INDEX>1</INTERLEAVE_INDEX>
<NAME>Boom</NAME></TRACK><TRACK><CHANNEL_INDEX>2</CHANNEL_INDEX><INTERLEAVE_INDEX>2</INTERLEAVE_INDEX><NAME>Lav</NAME>
</TRACK></TRACK_LIST></BWFXML>
"""
AXML = b"""<?xml version="1.0"?><ebuCoreMain><audioFormatExtended>
<audioProgramme audioProgrammeID="APR_1001" start="00:00:00.00000" end="00:00:00.20002"/>
<audioObject audioObjectID="AO_1001" start="00:00:00.00000" duration="00:00:00.20002"/>
<audioChannelFormat audioChannelFormatID="AC_1"><audioBlockFormat audioBlockFormatID="AB_1" rtime="0" duration="1"/>
</audioChannelFormat></audioFormatExtended></ebuCoreMain>
"""


def read(folder: Path) -> None:
    """Parse the chunks and write them again, as for a stem."""
    from flowsep_plugin.media import Bext, MediaInfo, pack_bext, parse_bext, placed_metadata, stem_metadata
    from flowsep_plugin.media.metadata import adm, ixml, ixml_stem, markers, recorder_notes

    chunks = {path.stem: path.read_bytes() for path in folder.iterdir()}
    parsed = parse_bext(chunks["bext"])
    assert pack_bext(parsed) == chunks["bext"]
    recorder_notes.recorder_lines(parsed.description)
    recorder_notes.with_recorder_tracks(parsed.description, (1, 0))
    points = markers.parse_markers(chunks["cue"], chunks["labels"])
    assert markers.parse_markers(markers.pack_cue(points), markers.pack_labels(points)) == points
    chunk = ixml.in_utf8(chunks["ixml"])
    ixml.shifted(chunk, 10, 48_000)
    ixml.with_text(ixml.without(chunk, "TAKE"), "SCENE", "<a&b>")
    adm.is_static([(b"axml", chunks["axml"])])
    adm.of_part([(b"axml", chunks["axml"])])
    for bext in (parsed, Bext()):
        info = MediaInfo(path=folder / "clip.wav", container="WAV", subtype="PCM_24", bits=24, rate=48_000, channels=2,
                         frames=4800, bext=bext, ixml=chunks["ixml"])  # fmt: skip
        for facts in (info, replace(info, ixml=ixml_stem.with_tracks(chunks["ixml"], (1,)))):
            pack_bext(stem_metadata(facts, 100, "a stem", bits=24)[0])
            pack_bext(placed_metadata(facts, 100, "a stem")[0])


def seeds(folder: Path) -> Sequence[Seed]:
    """Return one set of chunks as a field recorder writes them."""
    from flowsep_plugin.media.metadata.bext import Bext, pack_bext
    from flowsep_plugin.media.metadata.markers import FileMarker, pack_cue, pack_labels

    marks = [FileMarker(10, "one"), FileMarker(500, "zwei é")]
    bext = Bext(description="sSCENE=1\r\nsTRK1=Boom\r\nsTRK2=Lav", originator="recorder", time_reference=960_000,
                origination_date="2026-11-27", loudness_value=-2300, coding_history="A=PCM,F=48000\r\n")  # fmt: skip
    files = {"bext.bin": pack_bext(bext), "ixml.ixml": IXML, "axml.axml": AXML, "cue.bin": pack_cue(marks),
             "labels.bin": pack_labels(marks)}  # fmt: skip
    return [Seed(name="recorder", files=files)]


HARNESSES = (Harness(name="bext ixml adm", seeds=seeds, read=read, errors=(), weight=6),)
