"""Audio that passes full scale is seen before it is written where it would be clipped."""

from pathlib import Path

import pytest
from media_makers import noise, write_with_soundfile

from flowsep_plugin.audio.span import Span
from flowsep_plugin.media import MediaSource, open_media, passes_full_scale


@pytest.mark.parametrize(("start", "frames", "passes"), [(0, 200_000, True), (0, 199_999, False), (199_999, 1, True)])
@pytest.mark.parametrize("container", ["wav32f", "wav64f", "w64"])
def test_a_sample_above_full_scale_is_seen_in_its_span_alone(
    tmp_path: Path, container: str, start: int, frames: int, *, passes: bool
) -> None:
    samples = noise(2, 200_000)
    samples[1, -1] = -1.0001
    path = write_with_soundfile(tmp_path / "loud.wav", samples, 48_000, container)
    with open_media(path) as source:
        assert passes_full_scale(source, Span(start, frames, 48_000)) is passes


def test_integers_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_with_soundfile(tmp_path / "a.wav", noise(2, 100), 48_000, "wav24")
    with open_media(path) as source:
        monkeypatch.setattr(MediaSource, "read", None)
        assert not passes_full_scale(source, Span(0, 100, 48_000))
