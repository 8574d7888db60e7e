"""Conversions between session formats: content that both can hold is kept; other content is refused by name."""

import itertools
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from session_makers import clip_essence, sparse_wave

from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import SessionError, UsageError
from flowsep_plugin.timeline import ClipRef, Timeline, Track, read_session, save_session

RATE = 48_000
SUFFIXES = (".rpp", ".ardour", ".dawproject", ".otio", ".fcpxml", ".csv")


@pytest.fixture
def song(tmp_path: Path) -> Timeline:
    (tmp_path / "interchange" / "song" / "audiofiles").mkdir(parents=True)
    media = sparse_wave(tmp_path / "interchange" / "song" / "audiofiles" / "take.wav", RATE, 20 * RATE)
    clips = tuple(
        ClipRef(
            f"c{n}",
            f"take {n}",
            media,
            Span(100 * n, 5000, RATE),
            Span(48_123 + 9000 * n, 5000, RATE),
            gain=0.5,
            fade_in=10,
            fade_out=20,
        )
        for n in range(3)
    )
    return Timeline("song", RATE, (Track("t", "Drums", clips, 2),))


@pytest.mark.parametrize(("first", "second"), list(itertools.permutations(SUFFIXES, 2)))
def test_clips_keep_their_positions(song: Timeline, tmp_path: Path, first: str, second: str) -> None:
    save_session(song, tmp_path / f"song{first}")
    save_session(read_session(tmp_path / f"song{first}"), tmp_path / f"song{second}")
    clips = read_session(tmp_path / f"song{second}").tracks[0].clips
    assert [clip_essence(clip) for clip in clips] == [clip_essence(clip) for clip in song.tracks[0].clips]


@pytest.mark.parametrize("suffix", [".ardour", ".dawproject", ".otio", ".aaf", ".fcpxml", ".edl"])
def test_content_that_a_format_cannot_hold_is_refused_by_name(song: Timeline, tmp_path: Path, suffix: str) -> None:
    track = song.tracks[0]
    turned = replace(song, tracks=(replace(track, clips=(replace(track.clips[0], reverse=True, fade_in=0),)),))
    save_session(turned, tmp_path / "turned.rpp")
    with pytest.raises(UsageError, match="take 0"):
        save_session(read_session(tmp_path / "turned.rpp"), tmp_path / f"song{suffix}")
    assert not (tmp_path / f"song{suffix}").exists()


def test_embedded_sound_is_refused_by_formats_that_only_link(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "song.dawproject", "w") as archive:
        archive.writestr(
            "project.xml",
            '<Project version="1.0"><Structure><Track id="a" name="t"/></Structure><Arrangement>'
            '<Lanes timeUnit="seconds">'
            '<Clips track="a"><Clip time="0" duration="1"><Audio duration="1" channels="1" sampleRate="48000">'
            '<File path="x.wav"/></Audio></Clip></Clips></Lanes></Arrangement></Project>',
        )
    inside = read_session(tmp_path / "song.dawproject")
    assert inside.tracks[0].clips[0].media is not None
    for suffix in (".rpp", ".otio", ".fcpxml", ".csv"):
        with pytest.raises(SessionError, match="inside"):
            save_session(inside, tmp_path / f"other{suffix}")
