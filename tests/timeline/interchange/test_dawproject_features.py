"""Gain points, expressions, devices, sends and automation of DAWprojects."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from flowsep_plugin.audio.span import Span
from flowsep_plugin.timeline import ClipRef, Timeline, read_session
from flowsep_plugin.timeline.difference import Difference

RATE = 48_000
PROJECT = """<Project version="1.0"><Structure>{structure}
<Track id="fx" name="Echo"><Channel id="e"/></Track></Structure>
<Arrangement><Lanes timeUnit="seconds"><Lanes track="t">{lanes}</Lanes></Lanes></Arrangement></Project>"""
TRACK = """<Track id="t" name="T" contentType="audio" {more}>
<Channel audioChannels="2" role="regular" id="c">{channel}</Channel></Track>"""
CLIP = '<Clip time="1" duration="2" playStart="0.5" contentTimeUnit="seconds" {more}>{content}</Clip>'
AUDIO = '<Audio channels="2" duration="20" sampleRate="48000" id="a1"><File path="audio/take.wav"/></Audio>'
DEVICE = '<Vst3Plugin deviceName="{}" deviceRole="audioFX" loaded="{}"><Enabled value="{}"/></Vst3Plugin>'
SEND = '<Send destination="e"><Enable value="{}"/><Volume value="{}" unit="linear"/></Send>'


def project(folder: Path, lanes: str, channel: str = "", more: str = "", around: str = "{}") -> Timeline:
    """Read a project in seconds with one track."""
    structure = around.format(TRACK.format(more=more, channel=channel))
    with zipfile.ZipFile(folder / "x.dawproject", "w") as archive:
        archive.writestr("project.xml", PROJECT.format(structure=structure, lanes=lanes))
    return read_session(folder / "x.dawproject")


def points(target: str, *corners: tuple[float, float], unit: str = "linear", shape: str = "linear") -> str:
    inner = "".join(f'<RealPoint time="{t}" value="{v}" interpolation="{shape}"/>' for t, v in corners)
    return f'<Points timeUnit="seconds" unit="{unit}"><Target {target}/>{inner}</Points>'


def gain_points(*corners: tuple[float, float], unit: str = "linear", shape: str = "linear") -> str:
    return points('expression="gain"', *corners, unit=unit, shape=shape)


def clips(content: str, more: str = "") -> str:
    return "<Clips>" + CLIP.format(more=more, content=f"<Lanes>{content}{AUDIO}</Lanes>") + "</Clips>"


def the_clip(song: Timeline) -> ClipRef:
    return next(clip for track, clip in song.clips() if track.name == "T")


def gains(clip: ClipRef, *seconds: float) -> list[float]:
    assert clip.gain_curve is not None
    return [clip.gain * float(gain) for gain in clip.gain_curve.at(np.array(seconds) * RATE)]


def test_gain_points_become_a_gain_curve(tmp_path: Path) -> None:
    clip = the_clip(project(tmp_path, clips(gain_points((0.5, 1), (1.5, 0.5), (2.5, 0.5)))))
    assert clip.why_not() is None
    assert gains(clip, 0, 0.5, 1, 2) == pytest.approx([1, 0.75, 0.5, 0.5])


def test_held_points_jump_and_decibels_are_lines_in_decibels(tmp_path: Path) -> None:
    clip = the_clip(project(tmp_path, clips(gain_points((0.5, 1), (1.5, 0.5), shape="hold"))))
    assert gains(clip, 0, 0.999, 1, 2) == pytest.approx([1, 1, 0.5, 0.5])
    clip = the_clip(project(tmp_path, clips(gain_points((0.5, 0), (1.5, -40), unit="decibel"))))
    levels = 20 * np.log10(gains(clip, *np.linspace(0, 1, 97)))
    assert np.abs(levels - np.linspace(0, -40, 97)).max() < 0.05


def test_gains_of_nested_clips_multiply(tmp_path: Path) -> None:
    moving = gain_points((0.5, 1), (1.5, 0.5))
    outer = CLIP.format(more="", content=f"<Lanes>{moving}{clips(moving)}</Lanes>")
    clip = the_clip(project(tmp_path, f"<Clips>{outer}</Clips>"))
    assert clip.place == Span(72_000, 72_000, RATE)
    expected = [0.75, 0.625 * 0.875, 0.5 * 0.75, 0.25]
    assert gains(clip, 0, 0.25, 0.5, 1) == pytest.approx(expected, rel=0.005)


def test_other_expressions_of_a_clip_are_named(tmp_path: Path) -> None:
    content = (
        points('expression="transpose"', (0, 0))
        + points('expression="pan"', (0, 0), (1, 0.4))
        + points('expression="timbre"', (0, 0.2))
    )
    clip = the_clip(project(tmp_path, clips(content)))
    assert clip.differences == (Difference("pan", "pan"), Difference("effect", "timbre"))


def test_plugins_sends_and_automation_of_a_track_are_named(tmp_path: Path) -> None:
    devices = DEVICE.format("Comp", "true", "true") + DEVICE.format("Off", "true", "false")
    devices += DEVICE.format("Lost", "false", "true")
    sends = SEND.format("true", "0.5") + SEND.format("true", "0.000") + SEND.format("false", "1")
    levels = '<Volume id="v" name="Volume" value="1"/><Pan id="p" name="Pan" value="0.5"/>'
    channel = f"<Devices>{devices}</Devices><Sends>{sends}</Sends>{levels}"
    automation = points('parameter="v"', (0, 1), (2, 0.5)) + points('parameter="p"', (0, 0.5))
    track = project(tmp_path, clips("") + automation, channel).tracks[0]
    assert track.differences == (
        Difference("plug-in", "Comp"),
        Difference("send", "Echo"),
        Difference("automation", "Volume"),
    )


MUTED_GROUP = '<Track name="Drums"><Channel id="g"><Mute value="true"/></Channel>{}</Track>'


@pytest.mark.parametrize(
    ("more", "around", "reason"),
    [('loaded="false"', "{}", "not loaded"), ("", MUTED_GROUP, "in the muted group 'Drums'")],
)
def test_clips_of_silent_tracks_say_why(tmp_path: Path, more: str, around: str, reason: str) -> None:
    clip = the_clip(project(tmp_path, clips(""), more=more, around=around))
    assert reason in str(clip.silence_reason)


def test_a_clip_ends_where_its_content_stops_playing(tmp_path: Path) -> None:
    clip = the_clip(project(tmp_path, clips("", 'playStop="1.5"')))
    assert clip.place == Span(RATE, RATE, RATE)


def test_referenced_content_keeps_its_own_unit(tmp_path: Path) -> None:
    """The clip is in beats, the content that it refers to in seconds."""
    alias = '<Clips timeUnit="beats"><Clip time="20" duration="2" playStart="1" reference="a1"/></Clips>'
    clip = [clip for _, clip in project(tmp_path, clips("") + alias).clips()][1]
    assert clip.place == Span(480_000, RATE, RATE)
    assert clip.cut == Span(RATE, RATE, RATE)
