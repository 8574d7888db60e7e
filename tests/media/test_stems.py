"""A stem says where it belongs."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from media_makers import noise, write_with_soundfile

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.media import (
    Bext,
    FileMarker,
    MediaInfo,
    open_media,
    open_writer,
    probe,
    quantise24,
    stem_metadata,
    with_channels,
    write_clip,
)
from flowsep_plugin.media.metadata.ixml import shifted, time_reference
from flowsep_plugin.media.metadata.markers import pack_cue, pack_labels, parse_markers

SOUND_DEVICES = b"""\xef\xbb\xbf<?xml version="1.0" encoding="UTF-8"?>\r
<BWFXML><IXML_VERSION>1.52</IXML_VERSION><TAPE>12Y</TAPE><NOTE>caf\xc3\xa9 <b/></NOTE>\r
<SPEED><TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI>0</TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI>
<TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO>4294967000</TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO>
<TIMESTAMP_SAMPLE_RATE>48000</TIMESTAMP_SAMPLE_RATE></SPEED>
<BEXT><BWF_TIME_REFERENCE_LOW> 4294967000 </BWF_TIME_REFERENCE_LOW>
<BWF_TIME_REFERENCE_HIGH>0</BWF_TIME_REFERENCE_HIGH></BEXT></BWFXML>\0\0"""


def info(bext: Bext | None = None, ixml: bytes | None = None) -> MediaInfo:
    return MediaInfo(
        path=Path("take.wav"),
        container="WAV",
        subtype="PCM_24",
        bits=24,
        rate=48_000,
        channels=2,
        frames=480_000,
        bext=bext,
        ixml=ixml,
    )


def test_the_time_reference_is_the_sources_plus_the_offset() -> None:
    bext, ixml = stem_metadata(info(Bext(time_reference=2**40)), 12_345, "a dog")
    assert (bext.time_reference, bext.description, ixml) == (2**40 + 12_345, "a dog", None)


def test_without_bext_the_ixml_tells_the_place_and_without_both_it_is_the_offset() -> None:
    assert stem_metadata(info(ixml=SOUND_DEVICES), 1, "x")[0].time_reference == 4_294_967_001
    assert stem_metadata(info(), 480, "x")[0].time_reference == 480


def test_what_describes_the_recording_is_kept_and_what_describes_its_sound_is_not() -> None:
    old = Bext(
        originator_reference="R1",
        origination_date="2024-05-06",
        umid=b"u" * 64,
        loudness_value=-2300,
        coding_history="A",
    )
    bext, _ = stem_metadata(info(old), 0, "a dog")
    assert (bext.originator_reference, bext.origination_date) == ("R1", "2024-05-06")
    assert (bext.umid, bext.loudness_value) == (bytes(64), None)
    assert bext.coding_history == "A\r\nA=PCM,F=48000,M=stereo,T=flowsep-plugin\r\n"


def test_a_description_is_ascii_as_the_standard_wants() -> None:
    assert stem_metadata(info(), 0, "müde 犬")[0].description == "mu?de ?"


def test_a_stem_before_midnight_is_refused() -> None:
    with pytest.raises(ValueError, match="before midnight"):
        stem_metadata(info(Bext(time_reference=100)), -101, "x")


def test_ixml_moves_with_carry_and_keeps_every_other_byte() -> None:
    moved = shifted(SOUND_DEVICES, 1_000, 48_000)
    assert time_reference(moved) == 4_294_968_000
    assert moved.count(b"704<") == 1
    assert moved.count(b" 704 <") == 1
    back = shifted(moved, -1_000, 48_000)
    assert back == SOUND_DEVICES


def test_stamps_that_count_at_another_rate_move_by_as_much_time() -> None:
    pulled = SOUND_DEVICES.replace(b"E>48000", b"E>96000")
    moved = shifted(pulled, 100, 48_000)
    assert b"<TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO>4294967200<" in moved
    assert b"<BWF_TIME_REFERENCE_LOW> 4294967100 <" in moved


@given(st.integers(0, 2**40), st.binary(max_size=300))
def test_ixml_without_stamps_is_kept_byte_for_byte(offset: int, content: bytes) -> None:
    assert shifted(content, offset, 48_000) == content


@given(st.integers(0, 2**63), st.integers(0, 2**62))
def test_any_place_moves_by_the_offset(place: int, offset: int) -> None:
    high, low = divmod(place, 2**32)
    ixml = (
        f"<BEXT><BWF_TIME_REFERENCE_LOW>{low}</BWF_TIME_REFERENCE_LOW>"
        f"<BWF_TIME_REFERENCE_HIGH>{high}</BWF_TIME_REFERENCE_HIGH></BEXT>"
    ).encode()
    assert time_reference(shifted(ixml, offset, 48_000)) == place + offset


@given(
    st.lists(
        st.builds(
            FileMarker,
            st.integers(0, 2**32 - 1),
            st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20),
        ),
        max_size=8,
    )
)
def test_markers_come_back(markers: list[FileMarker]) -> None:
    assert parse_markers(pack_cue(markers), pack_labels(markers)) == tuple(markers)


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_any_markers_are_parsed_without_complaint(cue: bytes, labels: bytes) -> None:
    parse_markers(cue, b"adtl" + labels)


def test_a_stem_of_a_broadcast_wave_lands_where_its_part_was(tmp_path: Path) -> None:
    source = AudioClip(noise(2, 5_000), 48_000)
    write_clip(tmp_path / "take.wav", source, bext=Bext(time_reference=172_800_000), ixml=SOUND_DEVICES)
    with open_media(tmp_path / "take.wav") as take:
        bext, ixml = stem_metadata(take.info, 700, "part")
        with open_writer(tmp_path / "stem.wav", take.rate, 2, 300, bext=bext, ixml=ixml) as stem:
            stem.write(take.read(700, 1_000))
    with open_media(tmp_path / "stem.wav") as decoded:
        assert decoded.info.bext is not None
        assert decoded.info.bext.time_reference == 172_800_700
        np.testing.assert_array_equal(decoded.read(0, 300), quantise24(source.samples[:, 700:1_000]))


def test_flac_carries_the_same_metadata(tmp_path: Path) -> None:
    """In APPLICATION blocks, from which `flac -d --keep-foreign-metadata` restores the Broadcast Wave."""
    bext = Bext(time_reference=9)
    write_clip(tmp_path / "a.flac", AudioClip(noise(1, 50), 48_000), "flac24", bext=bext, ixml=SOUND_DEVICES)
    with open_media(tmp_path / "a.flac") as source:
        assert (source.info.bext, source.info.ixml) == (bext, SOUND_DEVICES)


@pytest.mark.parametrize(
    ("container", "channels", "mask"),
    [("wav24", 2, 0x3), ("wav24", 6, 0), ("flac24", 6, 0x3F), ("aiff24", 4, 0), ("wav24", 12, 0), ("ogg", 6, 0)],
)
def test_more_than_two_channels_are_no_layout_unless_their_file_says_so(
    tmp_path: Path, container: str, channels: int, mask: int
) -> None:
    """Six microphones are not 5.1; Vorbis has the channels of 5.1 in another order."""
    path = write_with_soundfile(tmp_path / "a.bin", noise(channels, 5_000), 48_000, container)
    with (
        open_media(path) as source,
        open_writer(tmp_path / "stem.wav", 48_000, channels, 1, channel_mask=source.info.stem_mask) as stem,
    ):
        stem.write(source.read(0, 1))
    assert probe(tmp_path / "stem.wav").channel_mask == mask


@pytest.mark.parametrize(("channels", "mask"), [(3, 0x103), (2, 0x600), (10, 0), (1, 0), (4, 0x7)])
def test_the_speakers_of_a_file_are_those_of_its_stems(tmp_path: Path, channels: int, mask: int) -> None:
    """Also odd masks: for another number of speakers, or for none."""
    with open_writer(tmp_path / "a.wav", 48_000, channels, 9, channel_mask=mask) as stem:
        stem.write(noise(channels, 9))
    assert probe(tmp_path / "a.wav").stem_mask == mask


@pytest.mark.parametrize(("selection", "mask"), [((1,), 0x4), ((4, 5), 0x3), ((0, 1, 2), 0)])
def test_some_channels_of_a_layout_are_mono_stereo_or_none(
    tmp_path: Path, selection: tuple[int, ...], mask: int
) -> None:
    write_clip(tmp_path / "surround.wav", AudioClip(noise(6, 50), 48_000))
    with open_media(tmp_path / "surround.wav") as source:
        part = with_channels(source, selection)
        spoken = part.info.stem_mask
        with open_writer(tmp_path / "stem.wav", 48_000, part.channels, 50, channel_mask=spoken) as stem:
            stem.write(part.read(0, 50))
    assert probe(tmp_path / "stem.wav").channel_mask == mask
