"""The iXML of a recorder passes to stems, with tracks, places and identity of their own, as wavinfo reads it."""

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from media_makers import noise
from wavinfo import WavInfoReader

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.media import (
    Bext,
    MediaInfo,
    open_media,
    placed_metadata,
    source_time_reference,
    stem_metadata,
    with_channels,
    write_clip,
)
from flowsep_plugin.media.metadata.ixml import elements, placed, text, time_reference
from flowsep_plugin.media.metadata.ixml_stem import with_tracks

RECORDER = """<?xml version="1.0" encoding="UTF-8"?>
<BWFXML>
  <IXML_VERSION>2.10</IXML_VERSION><PROJECT>Harbour &amp; Hill</PROJECT><SCENE>12A</SCENE><TAKE>3</TAKE>
  <TAPE>24Y05M06</TAPE><CIRCLED>TRUE</CIRCLED><FILE_UID>SDR0001</FILE_UID><UBITS>$24050600</UBITS>
  <NOTE>boom in &lt;shot&gt; – ünï</NOTE>
  <BEXT><BWF_DESCRIPTION>sSCENE=12A</BWF_DESCRIPTION><BWF_ORIGINATOR>SoundDev: 633</BWF_ORIGINATOR>
    <BWF_TIME_REFERENCE_LOW>1000</BWF_TIME_REFERENCE_LOW><BWF_TIME_REFERENCE_HIGH>1</BWF_TIME_REFERENCE_HIGH>
    <BWF_UMID>060A2B34</BWF_UMID></BEXT>
  <SPEED><MASTER_SPEED>24000/1001</MASTER_SPEED><TIMECODE_RATE>24000/1001</TIMECODE_RATE>
    <TIMECODE_FLAG>NDF</TIMECODE_FLAG><FILE_SAMPLE_RATE>48000</FILE_SAMPLE_RATE><AUDIO_BIT_DEPTH>16</AUDIO_BIT_DEPTH>
    <TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI>1</TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI>
    <TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO>1000</TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO>
    <TIMESTAMP_SAMPLE_RATE>48000</TIMESTAMP_SAMPLE_RATE></SPEED>
  <PRE_RECORD_SAMPLECOUNT>500</PRE_RECORD_SAMPLECOUNT>
  <SYNC_POINT_LIST><SYNC_POINT_COUNT>2</SYNC_POINT_COUNT>
    <SYNC_POINT><SYNC_POINT_TYPE>RELATIVE</SYNC_POINT_TYPE><SYNC_POINT_LOW>900</SYNC_POINT_LOW>
      <SYNC_POINT_HIGH>0</SYNC_POINT_HIGH></SYNC_POINT>
    <SYNC_POINT><SYNC_POINT_TYPE>ABSOLUTE</SYNC_POINT_TYPE><SYNC_POINT_LOW>77</SYNC_POINT_LOW>
      <SYNC_POINT_HIGH>1</SYNC_POINT_HIGH></SYNC_POINT></SYNC_POINT_LIST>
  <LOUDNESS><LOUDNESS_VALUE>-23.0</LOUDNESS_VALUE></LOUDNESS>
  <FILE_SET><TOTAL_FILES>1</TOTAL_FILES><FAMILY_UID>FAM77</FAMILY_UID><FILE_SET_INDEX>A</FILE_SET_INDEX></FILE_SET>
  <TRACK_LIST><TRACK_COUNT>4</TRACK_COUNT>
    <TRACK><CHANNEL_INDEX>1</CHANNEL_INDEX><INTERLEAVE_INDEX>1</INTERLEAVE_INDEX><NAME>Mix L</NAME><FUNCTION/></TRACK>
    <TRACK><CHANNEL_INDEX>3</CHANNEL_INDEX><INTERLEAVE_INDEX>2</INTERLEAVE_INDEX><NAME>Boom</NAME></TRACK>
    <TRACK><CHANNEL_INDEX>4</CHANNEL_INDEX><INTERLEAVE_INDEX>3</INTERLEAVE_INDEX><NAME>Ada</NAME></TRACK>
    <TRACK><CHANNEL_INDEX>7</CHANNEL_INDEX><INTERLEAVE_INDEX>4</INTERLEAVE_INDEX><NAME>Ben</NAME>
      <FUNCTION>LAV</FUNCTION></TRACK>
  </TRACK_LIST><VENDOR><COLOUR>3</COLOUR></VENDOR>
</BWFXML>
""".encode()
NOTES = "\r\n".join(
    ["sSPEED=023.976-ND", "sTAKE=3", "sSCENE=12A", "sFILENAME=a.WAV", "sTRK1=Mix L", "sTRK3=Boom", "sTRK4=Ada",
     "sTRK7=Ben"]
)  # fmt: skip


def info(bext: Bext | None = None, ixml: bytes | None = RECORDER) -> MediaInfo:
    return MediaInfo(
        path=Path("12A-T03.wav"), container="WAV", subtype="PCM_16", bits=16, rate=48_000, channels=4, frames=96_000,
        bext=bext, ixml=ixml,
    )  # fmt: skip


def stem_of(ixml: bytes = RECORDER, offset: int = 0) -> ElementTree.Element:
    stem = stem_metadata(info(ixml=ixml), offset, "12A-T03.wav [a dog]", bits=24)[1]
    assert stem is not None
    return ElementTree.fromstring(stem)


def test_what_tells_the_take_is_kept() -> None:
    before, after = ElementTree.fromstring(RECORDER), stem_of(offset=700)
    names = ("PROJECT", "SCENE", "TAKE", "TAPE", "CIRCLED", "UBITS", "NOTE", "SPEED/TIMECODE_RATE",
             "SPEED/TIMECODE_FLAG", "FILE_SET/FAMILY_UID", "VENDOR/COLOUR")  # fmt: skip
    for name in names:
        assert after.findtext(name) == before.findtext(name), name
    assert [e.text for e in after.iter("NAME")] == ["Mix L", "Boom", "Ada", "Ben"]


def test_what_is_true_of_the_stem_alone_is_its_own() -> None:
    stem = stem_of(offset=700)
    for name, value in {
        "SPEED/AUDIO_BIT_DEPTH": "24",
        "SPEED/TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO": "1700",
        "BEXT/BWF_TIME_REFERENCE_LOW": "1700",
        "BEXT/BWF_DESCRIPTION": "12A-T03.wav [a dog]",
        "BEXT/BWF_ORIGINATOR": "flowsep-plugin",
        "BEXT/BWF_UMID": None,
        "LOUDNESS": None,
        "HISTORY/PARENT_UID": "SDR0001",
        "HISTORY/PARENT_FILENAME": "12A-T03.wav",
        "PRE_RECORD_SAMPLECOUNT": "0",
    }.items():
        assert stem.findtext(name) == value, name


def test_each_stem_has_a_file_uid_of_its_own_that_is_the_same_each_time() -> None:
    uids = {stem_metadata(info(), 0, name)[1] for name in ("a", "a", "b")}
    assert len({text(ixml or b"", "FILE_UID") for ixml in uids}) == 2
    assert "SDR0001" not in {text(ixml or b"", "FILE_UID") for ixml in uids}


@pytest.mark.parametrize(("offset", "lows"), [(0, ["900", "77"]), (300, ["600", "77"]), (901, ["77"])])
def test_sync_points_that_count_from_the_start_move(offset: int, lows: list[str]) -> None:
    stem = stem_of(offset=offset)
    assert [e.text for e in stem.iter("SYNC_POINT_LOW")] == lows
    assert stem.findtext("SYNC_POINT_LIST/SYNC_POINT_COUNT") == str(len(lows))


def test_a_source_without_a_file_uid_gets_none() -> None:
    stem = stem_of(RECORDER.replace(b"<FILE_UID>SDR0001</FILE_UID>", b""))
    assert stem.find("FILE_UID") is None
    assert stem.find("HISTORY") is None


def test_a_chunk_in_utf_16_is_edited_too() -> None:
    utf_16 = RECORDER.decode().replace("UTF-8", "UTF-16").encode("utf-16")
    stem = stem_of(utf_16, 700)
    assert stem.findtext("SPEED/TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO") == "1700"
    assert stem.findtext("NOTE") == "boom in <shot> – ünï"


@pytest.mark.parametrize(
    ("channels", "tracks"),
    [((1,), [(3, 1, "Boom")]), ((3, 0), [(7, 1, "Ben"), (1, 2, "Mix L")]), ((2, 2), [(4, 1, "Ada"), (4, 2, "Ada")])],
)
def test_wavinfo_reads_the_tracks_of_the_channels_that_were_written(
    tmp_path: Path, channels: tuple[int, ...], tracks: list[tuple[int, int, str]]
) -> None:
    clip = AudioClip(noise(4, 5_000), 48_000)
    write_clip(tmp_path / "take.wav", clip, bext=Bext(description=NOTES, time_reference=9), ixml=RECORDER)
    with open_media(tmp_path / "take.wav") as take:
        part = with_channels(take, channels)
        bext, ixml = stem_metadata(part.info, 700, "stem", bits=24)
        write_clip(tmp_path / "stem.wav", AudioClip(part.read(700, 900), 48_000), bext=bext, ixml=ixml)
    wave = WavInfoReader(str(tmp_path / "stem.wav"))
    assert (wave.ixml.project, wave.ixml.scene, wave.ixml.take) == ("Harbour & Hill", "12A", "3")
    assert [(int(t.channel_index), int(t.interleave_index), t.name) for t in wave.ixml.track_list] == tracks
    assert ElementTree.fromstring(ixml or b"").findtext("TRACK_LIST/TRACK_COUNT") == str(len(tracks))
    np.testing.assert_array_equal(
        open_media(tmp_path / "stem.wav").read(0, 200), open_media(tmp_path / "take.wav").read(700, 900)[list(channels)]
    )


def test_tracks_without_a_place_are_taken_in_their_order() -> None:
    ixml = b"<BWFXML><TRACK_LIST><TRACK><NAME>a</NAME></TRACK><TRACK><NAME>b</NAME></TRACK></TRACK_LIST></BWFXML>"
    assert b"<TRACK><NAME>b</NAME></TRACK>" in with_tracks(ixml, (1,))
    assert b"<NAME>a" not in with_tracks(ixml, (1,))


def test_a_recorders_lines_stay_in_the_description() -> None:
    description = stem_metadata(info(Bext(description=NOTES)), 0, "12A.wav [a dog]")[0].description
    assert description.splitlines() == [
        "12A.wav [a dog]", "sSPEED=023.976-ND", "sTAKE=3", "sSCENE=12A", "sTRK1=Mix L", "sTRK3=Boom", "sTRK4=Ada",
        "sTRK7=Ben",
    ]  # fmt: skip
    assert stem_metadata(info(Bext(description="Café, by the door")), 0, "x")[0].description == "x"


def test_a_selection_has_its_tracks_in_the_description(tmp_path: Path) -> None:
    clip = AudioClip(noise(4, 50), 48_000)
    write_clip(tmp_path / "take.wav", clip, bext=Bext(description=NOTES))
    with open_media(tmp_path / "take.wav") as take:
        bext = with_channels(take, (3, 1)).info.bext
    assert bext is not None
    assert bext.description.splitlines()[4:] == ["sTRK7=Ben", "sTRK3=Boom"]


@pytest.mark.parametrize("ixml", [None, b"", RECORDER, b"<BWFXML><SPEED/></BWFXML>", RECORDER[:900], b"\xff\xfe<"])
def test_a_file_can_be_placed_whatever_its_ixml_was(ixml: bytes | None) -> None:
    bext, at_place = placed_metadata(info(ixml=ixml), 2**33 + 5, "x")
    assert (bext.time_reference, time_reference(at_place)) == (2**33 + 5, 2**33 + 5)


def test_a_place_is_counted_at_the_stamps_own_rate() -> None:
    assert time_reference(placed(b"<BWFXML><TIMESTAMP_SAMPLE_RATE>96000</TIMESTAMP_SAMPLE_RATE>"
                                 b"<TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO>0</TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO>"
                                 b"<TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI>0</TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI>"
                                 b"</BWFXML>", 100, 48_000)) == 200  # fmt: skip


def test_a_time_reference_that_is_damage_is_none() -> None:
    """Some programs write -1 where they have no time."""
    assert source_time_reference(info(Bext(time_reference=2**64 - 1), ixml=None)) == 0
    assert source_time_reference(info(Bext(time_reference=2**64 - 1))) == 2**32 + 1000
    assert stem_metadata(info(Bext(time_reference=2**64 - 1), ixml=None), 5, "x")[0].time_reference == 5


@given(st.integers(0, len(RECORDER)), st.integers(0, len(RECORDER)), st.binary(max_size=20), st.integers(0, 2**40))
def test_damaged_chunks_are_no_error(start: int, stop: int, junk: bytes, offset: int) -> None:
    damaged = RECORDER[:start] + junk + RECORDER[stop:]
    stem_metadata(info(ixml=with_tracks(damaged, (2, 0))), offset, "x", bits=24)
    placed_metadata(info(ixml=damaged), offset, "x", bits=24)


@pytest.mark.parametrize("piece", [b"<TRACK>", b"<TRACK_LIST><TRACK>", b"</FILE_UID>", b"<SYNC_POINT>", b"<NAME "])
def test_many_tags_without_an_end_take_no_time(piece: bytes) -> None:
    damaged = piece * 100_000
    assert sum(1 for _ in elements(damaged, "TRACK")) == 0
    stem_metadata(info(ixml=with_tracks(damaged, (0,))), 1, "x", bits=24)
