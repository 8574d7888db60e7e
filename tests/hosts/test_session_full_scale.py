"""Clips of sessions that pass full scale: their stems sum to them, or the command says that they do not."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.audio.span import Span
from flowsep_plugin.cli import main
from flowsep_plugin.media import probe, read_clip, write_clip
from flowsep_plugin.timeline import ClipRef, Timeline, Track, read_session, save_session
from flowsep_plugin.timeline.media import probe_media

RATE = 48_000


@pytest.fixture
def loud(tmp_path: Path) -> Path:
    samples = np.linspace(-1.5, 1.5, RATE, dtype=np.float32)[None]
    write_clip(tmp_path / "loud.wav", AudioClip(samples, RATE), "wav32f")
    clip = ClipRef("c1", "loud", probe_media(tmp_path / "loud.wav"), Span(0, RATE, RATE), Span(0, RATE, RATE))
    save_session(Timeline("song", RATE, (Track("t1", "Voice", (clip,), 1),)), tmp_path / "song.rpp")
    return tmp_path / "song.rpp"


def separate(session: Path, capsys: pytest.CaptureFixture[str], *options: str) -> str:
    """Run the command with the model that returns the clip; returns what it prints on stderr."""
    with pytest.raises(SystemExit) as ended:
        main(["session", str(session), "separate", "-q", "everything", "--model", "echo", "--here", *options])
    printed = capsys.readouterr()
    assert not ended.value.code, printed.err
    return printed.err


def stem(session: Path) -> Path:
    return session.parent / "FlowSep" / "loud [everything].wav"


def test_their_stems_are_float_and_sum_to_them(loud: Path, capsys: pytest.CaptureFixture[str]) -> None:
    printed = separate(loud, capsys)
    total = sum(read_clip(path).samples for path in (stem(loud), stem(loud).with_name("loud [rest].wav")))
    np.testing.assert_allclose(total, read_clip(loud.with_name("loud.wav")).samples, atol=1e-6)
    assert "clip 'loud': the audio passes full scale, where wav24 would clip" in printed


def test_a_typed_format_is_kept_and_the_clipping_is_said(loud: Path, capsys: pytest.CaptureFixture[str]) -> None:
    printed = separate(loud, capsys, "--format", "wav24")
    assert probe(stem(loud)).subtype == "PCM_24"
    before, after = (
        printed.index("clip 'loud' passes full scale, which wav24 clips"),
        printed.index("files are clipped"),
    )
    assert before < after


def test_a_session_of_integers_is_not_warned_of_a_typed_format(loud: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_clip(loud.with_name("loud.wav"), AudioClip(np.zeros((1, RATE), np.float32), RATE))
    assert "full scale" not in separate(loud, capsys, "--format", "wav24")


def test_an_aaf_that_embeds_them_holds_integers(loud: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Embedded sounds of an AAF are integers, so that their stems cannot be float."""
    target = loud.with_name("song.aaf")
    save_session(replace(read_session(loud), document=None), target)
    printed = separate(target, capsys, "--embed")
    assert "its files are clipped" in printed
    assert any(clip.media and clip.media.member for _, clip in read_session(target).clips())
