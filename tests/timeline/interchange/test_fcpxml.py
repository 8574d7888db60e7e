"""FCPXML as Final Cut Pro writes it: connected clips, detached audio, compound clips, volumes, retiming."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from lxml import etree
from session_makers import sparse_wave

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import SessionError, UsageError
from flowsep_plugin.media import Bext, write_clip
from flowsep_plugin.timeline import (
    ClipRef,
    FrameRate,
    Marker,
    StemPlacement,
    Timeline,
    Track,
    place_stem,
    read_session,
    save_session,
)
from flowsep_plugin.timeline.difference import Difference
from flowsep_plugin.timeline.formats.fcpxml.times import seconds_of, time_text
from flowsep_plugin.timeline.media import probe_media

RATE = 48_000
DOCUMENT = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE fcpxml>
<!-- kept -->
<fcpxml version="1.9">
    <resources>
        <format id="r1" frameDuration="1001/30000s"/>
        <asset id="r2" name="take" src="./take%20one.wav" start="0s" duration="20s" hasAudio="1" audioRate="48000"/>
        <asset id="r3" name="shot" start="3600s" duration="100s" hasVideo="1" hasAudio="1" audioRate="48k">
            <media-rep kind="original-media" src="file://localhost/Volumes/X/shot.mov"/>
        </asset>
        {resources}
    </resources>
    <library><event><project name="cut">
        <sequence format="r1" tcStart="3600s" tcFormat="DF" audioRate="48k">
            <spine>{spine}</spine>
        </sequence>
    </project></event></library>
</fcpxml>
"""
GAP = '<gap name="Gap" offset="3600s" start="3600s" duration="100s">{}</gap>'
COMPOUND = '<media id="r9" name="c"><sequence tcStart="0s"><spine>{}</spine></sequence></media>'


def written(folder: Path, spine: str, resources: str = "") -> Path:
    sparse_wave(folder / "take one.wav", RATE, 20 * RATE)
    path = folder / "cut.fcpxml"
    path.write_text(DOCUMENT.format(spine=spine, resources=resources))
    return path


def connected(content: str = "", more: str = "", place: str = 'offset="3601s" start="1s" duration="2s"') -> str:
    return GAP.format(f'<asset-clip name="c" ref="r2" lane="-1" {place} {more}>{content}</asset-clip>')


def the_clip(folder: Path, spine: str, resources: str = "") -> ClipRef:
    (clip,) = (clip for _, clip in read_session(written(folder, spine, resources)).clips())
    return clip


def test_a_connected_clip_is_placed_by_its_parents_time(tmp_path: Path) -> None:
    song = read_session(written(tmp_path, connected()))
    assert (song.rate, song.origin) == (RATE, 3600 * RATE)
    assert song.frame_rate == FrameRate(Fraction(30000, 1001), drop=True)
    (track,) = song.tracks
    (clip,) = track.clips
    assert (track.name, clip.name) == ("Lane -1", "c")
    assert (clip.place, clip.cut) == (Span(RATE, 2 * RATE, RATE), Span(RATE, 2 * RATE, RATE))
    assert clip.why_not() is None


def test_storyline_clips_follow_each_other_and_files_begin_at_their_timecode(tmp_path: Path) -> None:
    spine = (
        '<asset-clip name="a" ref="r2" offset="3600s" duration="3s"/>'
        '<transition offset="3602.5s" duration="1s"><filter-audio name="Audio Crossfade"/></transition>'
        '<asset-clip name="b" ref="r3" offset="3603s" start="3610s" duration="5s"/>'
    )
    first, second = read_session(written(tmp_path, spine)).tracks[0].clips
    assert second.place == Span(3 * RATE, 5 * RATE, RATE)
    assert second.cut.start == 10 * RATE
    assert "/Volumes/X/shot.mov does not exist" in str(second.why_not())
    assert first.differences == second.differences == (Difference("fade", "Audio Crossfade"),)


def test_detached_audio_is_trimmed_by_the_clip_around_it(tmp_path: Path) -> None:
    audio = '<audio lane="-1" offset="0s" ref="r2" duration="20s" srcCh="2" role="dialogue"/>'
    inner = f'<gap offset="0s" duration="20s">{audio}</gap>'
    outer = f'<clip name="d" lane="-1" offset="3602s" start="5s" duration="4s">{inner}</clip>'
    clip = the_clip(tmp_path, GAP.format(outer))
    assert (clip.place, clip.cut) == (Span(2 * RATE, 4 * RATE, RATE), Span(5 * RATE, 4 * RATE, RATE))
    assert clip.channels == (1,)


def test_a_compound_clip_is_flattened(tmp_path: Path) -> None:
    inner = '<asset-clip name="a" ref="r2" offset="0s" duration="6s"/><gap offset="6s" duration="9s"/>'
    volume = '<adjust-volume amount="-6dB"/>'
    outer = f'<ref-clip name="c" ref="r9" lane="1" offset="3610s" start="2s" duration="9s">{volume}</ref-clip>'
    clip = the_clip(tmp_path, GAP.format(outer), COMPOUND.format(inner))
    assert (clip.place, clip.cut) == (Span(10 * RATE, 4 * RATE, RATE), Span(2 * RATE, 4 * RATE, RATE))
    assert clip.gain == pytest.approx(10 ** (-6 / 20))
    song = read_session(tmp_path / "cut.fcpxml")
    stem = StemPlacement(clip.id, "x", clip.media, clip.cut)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="compound clip"):
        save_session(place_stem(song, stem, mute_source=True), tmp_path / "cut.fcpxml")


VOLUME = """<adjust-volume amount="0dB"><param name="amount"><fadeIn type="easeIn" duration="1/10s"/>
<fadeOut type="linear" duration="1/4s"/>{}</param></adjust-volume>"""
KEYS = """<keyframeAnimation><keyframe time="1s" value="0dB"/><keyframe time="2s" value="-12dB" curve="linear"/>
</keyframeAnimation>"""


def test_volume_keyframes_and_fades_are_read(tmp_path: Path) -> None:
    clip = the_clip(tmp_path, connected(VOLUME.format(KEYS)))
    assert (clip.fade_in, clip.fade_out) == (4800, 12_000)
    assert clip.gain_curve is not None
    levels = 20 * np.log10(clip.gain * clip.gain_curve.at(np.linspace(0, 2 * RATE, 9)))
    assert levels == pytest.approx([0, -3, -6, -9, -12, -12, -12, -12, -12], abs=0.05)


def test_curved_keyframes_are_named(tmp_path: Path) -> None:
    clip = the_clip(tmp_path, connected(VOLUME.format(KEYS.replace('curve="linear"', 'interp="easeIn"'))))
    assert clip.differences == (Difference("automation", "Volume, curved"),)


def test_fades_of_a_stem_have_the_shapes_of_the_source(tmp_path: Path) -> None:
    path = written(tmp_path, connected(VOLUME.format("")))
    placed(path)
    stem = etree.fromstring(path.read_bytes()).findall(".//asset-clip")[1]
    assert stem.find("adjust-volume/param/fadeIn").get("type") == "easeIn"
    source, copy = (clip for _, clip in read_session(path).clips())
    assert (copy.fade_in, copy.fade_out, copy.gain) == (source.fade_in, source.fade_out, source.gain)


def placed(path: Path) -> Timeline:
    song = read_session(path)
    source = next(clip for _, clip in song.clips())
    assert source.media is not None
    stem = sparse_wave(path.parent / "stem.wav", RATE, source.cut.frames)
    after = place_stem(song, StemPlacement(source.id, "piano", stem, source.cut), mute_source=True)
    save_session(replace(after, markers=(*after.markers, Marker("hit", Span(7, 0, RATE)))), path)
    return read_session(path)


def test_a_stem_is_connected_below_all_other_lanes(tmp_path: Path) -> None:
    marker = '<marker start="3600s" duration="1s" value="old"/>'
    path = written(tmp_path, connected().replace("</gap>", f"{marker}</gap>"))
    song = placed(path)
    source, stem = (clip for _, clip in song.clips())
    assert [track.name for track in song.tracks] == ["Lane -1", "Lane -1 [piano]"]
    assert source.muted
    assert (stem.place, stem.cut) == (source.place, Span(0, 2 * RATE, RATE))
    assert song.markers == (Marker("old", Span(0, 0, RATE)), Marker("hit", Span(7, 0, RATE)))
    root = etree.fromstring(path.read_bytes())
    gap = root.find(".//spine/gap")
    assert [child.tag for child in gap] == ["asset-clip", "asset-clip", "marker", "marker"]
    assert gap[1].get("lane") == "-2"
    assert b"<!-- kept -->" in path.read_bytes()
    assert b"<!DOCTYPE fcpxml>" in path.read_bytes()


def test_a_movie_is_muted_without_its_picture(tmp_path: Path) -> None:
    path = written(tmp_path, '<asset-clip name="b" ref="r3" offset="3600s" start="3610s" duration="5s"/>')
    placed(path)
    clip = etree.fromstring(path.read_bytes()).find(".//spine/asset-clip")
    assert (clip.get("srcEnable"), clip.get("enabled")) == ("video", None)
    assert read_session(path).tracks[0].clips[0].muted


@pytest.mark.parametrize(
    ("content", "difference"),
    [('<filter-audio name="Gate"/>', Difference("effect", "Gate")),
     ('<adjust-EQ mode="music"/>', Difference("effect", "EQ")), ('<adjust-EQ mode="flat"/>', None),
     ('<adjust-panner mode="Stereo Left/Right" amount="20"/>', Difference("pan", "Stereo Left/Right")),
     ('<filter-audio name="Gate" enabled="0"/>', None)],
)  # fmt: skip
def test_effects_are_named(tmp_path: Path, content: str, difference: Difference | None) -> None:
    assert the_clip(tmp_path, connected(content)).differences == (() if difference is None else (difference,))


@pytest.mark.parametrize(
    ("content", "more", "muted", "channels"),
    [("", 'enabled="0"', True, None), ("", 'srcEnable="video"', True, None),
     ('<audio-channel-source srcCh="1"/><audio-channel-source srcCh="2" enabled="0"/>', "", False, (0,)),
     ('<audio-channel-source srcCh="1, 2"/>', "", False, None),
     ('<audio-channel-source srcCh="1, 2" enabled="0"/>', "", True, None)],
)  # fmt: skip
def test_clips_and_channels_that_are_off(
    tmp_path: Path, content: str, more: str, muted: bool, channels: tuple[int, ...] | None
) -> None:
    clip = the_clip(tmp_path, connected(content, more))
    assert (clip.muted, clip.channels) == (muted, channels)


def test_retimed_and_multicam_clips_are_obstacles(tmp_path: Path) -> None:
    fast = '<timeMap><timept time="0s" value="0s"/><timept time="1s" value="2s"/></timeMap>'
    plain = '<timeMap><timept time="0s" value="0s"/><timept time="1s" value="1s"/></timeMap>'
    assert "retimed" in str(the_clip(tmp_path, connected(fast)).why_not())
    assert the_clip(tmp_path, connected(plain)).why_not() is None
    multicam = '<mc-clip name="m" ref="r9" lane="1" offset="3600s" duration="2s"/>'
    assert "multicam" in str(the_clip(tmp_path, GAP.format(multicam)).why_not())


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [("<project", "<nothing", "no project"), ("3601s", "yesterday", "a time is 'yesterday'"),
     ("3601s", "1/0s", "a time is '1/0s'")],
)  # fmt: skip
def test_a_file_without_a_readable_project_is_refused(tmp_path: Path, old: str, new: str, reason: str) -> None:
    path = written(tmp_path, connected())
    path.write_text(
        path.read_text().replace(old, new).replace("</project>", f"</{new[1:]}>" if new[0] == "<" else "</project>")
    )
    with pytest.raises(SessionError, match=reason):
        read_session(path)


def test_several_projects_are_refused_by_their_names(tmp_path: Path) -> None:
    path = written(tmp_path, connected())
    other = '<project name="other"><sequence><spine/></sequence></project></event>'
    path.write_text(path.read_text().replace("</event>", other))
    with pytest.raises(SessionError, match="2 projects \\('cut', 'other'\\); export one"):
        read_session(path)


def test_compound_clips_that_contain_each_other_are_refused(tmp_path: Path) -> None:
    inner = '<ref-clip name="c" ref="r9" offset="0s" duration="9s"/>'
    with pytest.raises(SessionError, match="contain each other"):
        read_session(written(tmp_path, GAP.format(inner.replace("offset", 'lane="1" offset')), COMPOUND.format(inner)))


def test_content_that_fcpxml_cannot_hold_is_refused_by_name(tmp_path: Path) -> None:
    media = sparse_wave(tmp_path / "a.wav", RATE, 9 * RATE)
    clip = ClipRef("c", "odd one", media, Span(0, RATE, RATE), Span(0, RATE, RATE))
    for odd in (replace(clip, reverse=True), replace(clip, gain=-1.0), replace(clip, place=Span(-5, RATE, RATE))):
        with pytest.raises(UsageError, match="odd one"):
            save_session(Timeline("x", RATE, (Track("t", "T", (odd,)),)), tmp_path / "x.fcpxml")


@pytest.mark.parametrize("text", ["0s", "1001/30000s", "-5s", "7/48000s"])
def test_times_are_exact(text: str) -> None:
    assert time_text(seconds_of(text)) == text


def test_an_asset_starts_at_the_time_reference_of_its_file(tmp_path: Path) -> None:
    silence = AudioClip(np.zeros((1, RATE), np.float32), RATE)
    write_clip(tmp_path / "a.wav", silence, bext=Bext(time_reference=36_000 * RATE))
    clip = ClipRef("c", "c", probe_media(tmp_path / "a.wav"), Span(480, 4800, RATE), Span(0, 4800, RATE))
    save_session(Timeline("x", RATE, (Track("t", "T", (clip,)),)), tmp_path / "x.fcpxml")
    root = etree.fromstring((tmp_path / "x.fcpxml").read_bytes())
    assert root.find("resources/asset").get("start") == "36000s"
    assert root.find(".//asset-clip").get("start") == "3600001/100s"
    assert read_session(tmp_path / "x.fcpxml").tracks[0].clips[0].cut == clip.cut
