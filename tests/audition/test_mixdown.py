"""The mix of all lanes as a file: what is heard, with an error instead of silence or a dry lane."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from flowsep_plugin.audio.span import Span
from flowsep_plugin.audition import LaneMix, PlacedPiece, PlaybackProgram, VoiceSpec
from flowsep_plugin.audition.mixdown import write_mix
from flowsep_plugin.effects import EffectChain, EffectSlot
from flowsep_plugin.errors import Cancelled, EffectError, MediaError
from flowsep_plugin.media import probe, read_clip

pytest.importorskip("pedalboard")

RATE = 48_000


def half(gain_db: float) -> EffectChain:
    return EffectChain((EffectSlot(effect="Gain", parameters={"gain_db": gain_db}),))


@pytest.fixture
def program(tmp_path):
    """A session of 1.5 s with two lanes of 0.1 and 0.2, the second through 6 dB less."""

    def piece(name: str, level: float) -> PlacedPiece:
        path = tmp_path / name
        soundfile.write(path, np.full((RATE, 2), level, np.float32), RATE, subtype="FLOAT")
        return PlacedPiece(path=path, place=Span(0, RATE, RATE), cut=Span(0, RATE, RATE))

    voices = (
        VoiceSpec(name="a", kind="lane", track="t", lane="a", pieces=(piece("a.wav", 0.1),)),
        VoiceSpec(name="b", kind="lane", track="t", lane="b", pieces=(piece("b.wav", 0.2),), chain=half(-6.0206)),
    )
    return PlaybackProgram(id="s", rate=RATE, frames=RATE * 3 // 2, voices=voices)


def level(path: Path) -> float:
    return float(read_clip(path).samples[0, RATE // 2])


@pytest.mark.parametrize(
    ("mixes", "expected"),
    [
        ({}, 0.2),
        ({"a": LaneMix(mute=True)}, 0.1),
        ({"a": LaneMix(solo=True)}, 0.1),
        ({"a": LaneMix(gain_db=6.0206)}, 0.3),
        ({"t": LaneMix(gain_db=-6.0206)}, 0.1),
    ],
)
def test_the_mix_is_what_is_heard(program, tmp_path, mixes, expected):
    write_mix(program, mixes, tmp_path / "mix.wav", time_reference=5 * RATE)
    assert level(tmp_path / "mix.wav") == pytest.approx(expected, rel=1e-3)
    assert probe(tmp_path / "mix.wav").frames == program.frames
    assert probe(tmp_path / "mix.wav").bext.time_reference == 5 * RATE


def test_an_effect_that_fails_ends_the_mix(program, tmp_path):
    broken = replace(program.voices[1], chain=EffectChain((EffectSlot(effect="Convolution"),)))
    with pytest.raises(EffectError, match="Convolution"):
        write_mix(replace(program, voices=(program.voices[0], broken)), {}, tmp_path / "mix.wav")
    assert not (tmp_path / "mix.wav").exists()


def test_a_missing_file_ends_the_mix(program, tmp_path):
    (tmp_path / "a.wav").unlink()
    with pytest.raises(MediaError, match=r"a\.wav"):
        write_mix(program, {}, tmp_path / "mix.wav")


def test_a_cancelled_mix_leaves_nothing(program, tmp_path):
    with pytest.raises(Cancelled):
        write_mix(program, {}, tmp_path / "mix.wav", progress=lambda done, whole: done < whole // 2)
    assert not (tmp_path / "mix.wav").exists()
