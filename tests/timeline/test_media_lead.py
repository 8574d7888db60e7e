"""Media whose sound begins later than the file: sessions count from the file's beginning, reading from the sound's."""

import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from flowsep_plugin.audio.span import Span
from flowsep_plugin.media import probe, read_clip
from flowsep_plugin.timeline import ClipRef, Media, Timeline, Track, read_session, save_session
from flowsep_plugin.timeline.exports.stem_set import write_stem_set
from flowsep_plugin.timeline.gain_curve import GainCurve
from flowsep_plugin.timeline.gain_render import render_for
from flowsep_plugin.timeline.media import probe_media

sys.path.insert(0, str(Path(__file__).parents[1] / "media"))

from container_makers import PICTURE, RATE, ffmpeg, sound_file

pytest.importorskip("av", reason="PyAV is missing: pip install 'flowsep-plugin[video]'")


@pytest.fixture(scope="module")
def late(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("late")
    path = folder / "late.mov"
    ffmpeg(*PICTURE, "-itsoffset", "0.25", "-i", sound_file(folder), "-map", "0:v", "-map", "1:a", "-c:v", "mpeg4",
           "-c:a", "pcm_s24le", path)  # fmt: skip
    assert probe(path).lead_frames == RATE // 4
    return path


def timeline(path: Path, cut: Span, **more: object) -> Timeline:
    clip = ClipRef("c1", "film", probe_media(path), cut, Span(RATE, cut.frames, RATE), **more)  # type: ignore[arg-type]
    return Timeline("song", RATE, (Track("t1", "Film", (clip,), 1),))


def test_spans_of_media_and_file_are_each_other_s_inverse() -> None:
    media = Media(Path("a.mov"), rate=RATE, frames=RATE, lead=RATE // 4)
    assert media.file_frames == RATE * 3 // 4
    for rate in (RATE, RATE // 2, 44_100):
        span = Span(rate // 10, rate, rate)
        assert media.file_span(span) == span.moved(-rate // 4)
        assert media.media_span(media.file_span(span)) == span


def test_the_length_counts_from_the_beginning_of_the_file(late: Path) -> None:
    media = probe_media(late)
    assert (media.lead, media.file_frames, media.frames) == (
        RATE // 4,
        probe(late).frames,
        RATE // 4 + media.file_frames,
    )


@pytest.mark.parametrize("suffix", [".rpp", ".otio", ".fcpxml", ".aaf", ".dawproject", ".edl"])
def test_every_session_that_links_the_file_knows_its_lead(late: Path, tmp_path: Path, suffix: str) -> None:
    session = tmp_path / f"song{suffix}"
    save_session(timeline(late, Span(RATE * 3 // 5, RATE, RATE)), session)
    ((_, clip),) = read_session(session).clips()
    assert clip.media is not None
    assert (clip.media.lead, clip.cut) == (RATE // 4, Span(RATE * 3 // 5, RATE, RATE))


def test_a_gain_curve_is_rendered_into_the_part_that_the_clip_plays(late: Path, tmp_path: Path) -> None:
    curve = GainCurve(((Fraction(0), 0.5), (Fraction(RATE), 1.0)))
    cut = Span(RATE // 8, RATE, RATE)
    rendered = render_for(timeline(late, cut, gain_curve=curve), tmp_path / "song.edl")
    ((_, clip),) = rendered.clips()
    assert clip.media is not None
    assert (clip.media.lead, clip.cut.start) == (0, 0)
    sound = read_clip(clip.media.path).samples
    expected = np.pad(read_clip(late).samples, ((0, 0), (RATE // 8, 0)))[:, :RATE]
    np.testing.assert_allclose(sound, expected * np.linspace(0.5, 1, RATE, endpoint=False), atol=1e-6)


@pytest.mark.parametrize("padded", [False, True])
def test_a_stem_set_has_the_part_that_the_clip_plays(late: Path, tmp_path: Path, padded: bool) -> None:
    (file,) = write_stem_set(timeline(late, Span(RATE // 8, RATE, RATE)), tmp_path / "set", padded=padded).files
    expected = np.pad(read_clip(late).samples, ((0, 0), (RATE // 8 + padded * RATE, 0)))[:, : RATE + padded * RATE]
    assert np.array_equal(read_clip(file).samples, expected)
