"""Sources of Ardour's sessions: their gains, files elsewhere, combined regions; sessions of other programs."""

from pathlib import Path

import numpy as np
import pytest
from ardour_makers import FRAME, RATE, only_clip, region, source, write_session, write_take

from flowsep_plugin.errors import SessionError
from flowsep_plugin.media import read_clip
from flowsep_plugin.timeline import read_session
from flowsep_plugin.timeline.formats.ardour.sound import extract
from flowsep_plugin.timeline.media_finder import MediaFinder


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "song" / "song.ardour"


def test_the_gain_of_a_source_multiplies_that_of_its_regions(path: Path) -> None:
    write_take(path)
    clip = only_clip(write_session(path, region(10, scale_amplitude=2), sources=source(gain=0.0625)))
    assert (clip.gain, clip.media and clip.media.member) == (0.125, None)


def test_sources_of_one_gain_multiply_it_in_once(path: Path) -> None:
    write_take(path, "take%L.wav")
    write_take(path, "take%R.wav", seed=1)
    pair = source(90, "take%L.wav", gain=0.25) + source(91, "take%R.wav", gain=0.25)
    assert only_clip(write_session(path, region(10, sources=(90, 91)), sources=pair)).gain == 0.25


@pytest.mark.parametrize("gains", [(0.25, 0.5), (0.5, 0.25), (0.5, -0.5), (0.0, 0.5)])
def test_channels_of_different_gains_are_joined_at_their_levels(
    path: Path, tmp_path: Path, gains: tuple[float, float]
) -> None:
    files = write_take(path, "take%L.wav"), write_take(path, "take%R.wav", seed=1)
    pair = source(90, "take%L.wav", gain=gains[0]) + source(91, "take%R.wav", gain=gains[1])
    clip = only_clip(write_session(path, region(10, sources=(90, 91), scale_amplitude=3), sources=pair))
    assert clip.media is not None
    joined = read_clip(extract(path, clip.media, tmp_path)).samples * np.float32(clip.gain)
    channels = [read_clip(file).samples[0] * np.float32(3 * gain) for file, gain in zip(files, gains, strict=True)]
    assert joined == pytest.approx(np.stack(channels), abs=1e-7)


def test_a_stereo_file_whose_channels_have_different_gains_is_one_too(path: Path, tmp_path: Path) -> None:
    file = write_take(path, channels=2)
    pair = source(90, gain=1) + source(91, channel=1, gain=0.5)
    clip = only_clip(write_session(path, region(10, sources=(90, 91)), sources=pair))
    assert clip.media is not None
    assert (clip.media.channels, clip.channels, clip.why_not()) == (2, None, None)
    joined = read_clip(extract(path, clip.media, tmp_path)).samples * clip.gain
    assert joined == pytest.approx(read_clip(file).samples * np.array([[1], [0.5]]), abs=1e-7)


def test_a_channel_that_its_file_does_not_have_is_refused(path: Path) -> None:
    write_take(path, channels=2)
    pair = source(90, gain=1) + source(91, channel=2, gain=0.5)
    assert "plays channel 3" in str(
        only_clip(write_session(path, region(10, sources=(90, 91)), sources=pair)).why_not()
    )


def test_a_source_with_a_whole_path_is_outside_the_session(path: Path, tmp_path: Path) -> None:
    file = write_take(tmp_path / "other" / "other.ardour", "far.wav")
    clip = only_clip(write_session(path, region(10), sources=source(name=str(file))))
    assert clip.media is not None
    assert (clip.media.path, clip.why_not()) == (file, None)


def test_sounds_are_looked_for_in_every_folder_of_the_session_and_in_its_search_path(
    path: Path, tmp_path: Path
) -> None:
    write_take(path)
    old = write_take(path.with_name("older.ardour"), "old.wav")
    away = write_take(tmp_path / "away" / "x.ardour", "away.wav")
    option = f'<Option name="audio-search-path" value="/nowhere:{away.parent}"/>'
    for file in (old, away):
        clip = only_clip(write_session(path, region(10), sources=source(name=file.name), config=option))
        assert clip.media is not None
        assert clip.media.path == file


def test_both_files_of_a_sound_are_found_in_another_folder(path: Path, tmp_path: Path) -> None:
    files = [write_take(tmp_path / "moved" / "x.ardour", f"take%{side}.wav", seed=n) for n, side in enumerate("LR")]
    pair = source(90, "take%L.wav", gain=0.25) + source(91, "take%R.wav", gain=0.25)
    write_session(path, region(10, sources=(90, 91)), sources=pair)
    assert "does not exist" in str(only_clip(path).why_not())
    assert only_clip(path).gain == 0.25
    ((_, clip),) = read_session(path, MediaFinder([tmp_path / "moved"])).clips()
    assert clip.media is not None
    joined = read_clip(extract(path, clip.media, tmp_path)).samples
    assert np.array_equal(joined, np.concatenate([read_clip(file).samples for file in files]))


def test_a_file_of_the_same_name_and_another_length_is_not_taken(path: Path, tmp_path: Path) -> None:
    write_take(tmp_path / "moved" / "x.ardour", frames=RATE // 2)
    whole = region(11, f'start="a0" length="a{RATE * FRAME}@a0"', whole_file=1)
    write_session(path, region(10), whole_files=whole)
    ((_, clip),) = read_session(path, MediaFinder([tmp_path / "moved"])).clips()
    assert "does not exist" in str(clip.why_not())
    write_take(tmp_path / "moved" / "deeper" / "x.ardour")
    ((_, clip),) = read_session(path, MediaFinder([tmp_path / "moved"])).clips()
    assert clip.why_not() is None


def test_combined_regions_are_refused_with_the_way_out(path: Path) -> None:
    nested = f"<NestedSource>{source(95, 'group', playlist='7')}</NestedSource>"
    clip = only_clip(write_session(path, region(10, sources=(95,), children=nested)))
    assert "take it apart first" in str(clip.why_not())


@pytest.mark.parametrize("version", ["3002", "3001", "2.0.0", "3.0"])
@pytest.mark.parametrize(("program", "name"), [("Ardour 5.12", "Ardour"), ("Mixbus 5.3", "Mixbus")])
def test_clips_of_programs_before_version_6_are_refused_by_name(
    path: Path, version: str, program: str, name: str
) -> None:
    write_session(path, region(10), version=version, program=program)
    with pytest.raises(SessionError, match=f"saved by {name} 5 or older; open it in {name} 6 or later"):
        read_session(path)


def test_an_old_session_without_audio_clips_is_listed(path: Path) -> None:
    write_session(path, '<Region name="m" id="8" type="midi"/>', version="3002")
    path.write_text(path.read_text().replace("audio-playlist", "midi-playlist"))
    assert read_session(path).tracks == ()


def test_a_version_that_is_no_number_is_refused(path: Path) -> None:
    write_session(path, version="x")
    with pytest.raises(SessionError, match="its version is 'x'"):
        read_session(path)
