"""Effects of a lane on the transport: heard, changed while playing, and dry once they fail."""

import os
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from fake_output import FakeOutput, settle

from flowsep_plugin.audio.span import Span
from flowsep_plugin.audition import LANES, ORIGINAL, PlacedPiece, PlaybackProgram, Transport, VoiceSpec, lane_choice
from flowsep_plugin.effects import EffectChain, EffectSlot

RATE, FADE = 48_000, 480


def gain(gain_db: float) -> EffectChain:
    return EffectChain((EffectSlot(effect="Gain", parameters={"gain_db": gain_db}),))


def program(folder: Path, chain: EffectChain) -> PlaybackProgram:
    path = folder / "a.wav"
    if not path.exists():
        soundfile.write(path, np.full((4 * RATE, 2), 0.1, np.float32), RATE, subtype="FLOAT")
    cut = Span(0, 4 * RATE, RATE)
    piece = PlacedPiece(path=path, place=cut, cut=cut)
    voices = (
        VoiceSpec(name="t", kind="original", track="t", pieces=(piece,)),
        VoiceSpec(name="a", kind="lane", track="t", lane="a", pieces=(piece,), chain=chain),
    )
    return PlaybackProgram(id="s", rate=RATE, frames=4 * RATE, voices=voices)


@pytest.fixture
def playing(tmp_path):
    output = FakeOutput()
    transport = Transport(output.open, clock=output.clock, threaded=False)

    def load(chain: EffectChain) -> None:
        transport.load(program(tmp_path, chain))

    load(gain(6.0))
    transport.play()
    settle(transport)
    output.run(1_024)
    yield transport, output, load
    transport.close()


def test_the_effects_of_a_lane_are_heard_in_the_mix_and_alone_and_not_in_the_original(playing):
    transport, output, _ = playing
    loud = 0.1 * 10 ** (6 / 20)
    for choice, level in ((LANES, loud), (lane_choice("a"), loud), (ORIGINAL, 0.1)):
        transport.listen(choice)
        np.testing.assert_allclose(output.run(2_048)[:, FADE:], level, atol=1e-4)


def test_a_changed_parameter_is_heard_within_a_fifth_of_a_second(playing):
    transport, output, load = playing
    load(gain(-6.0))
    settle(transport)
    audio = output.run(RATE // 5)
    np.testing.assert_allclose(audio[:, -FADE:], 0.1 * 10 ** (-6 / 20), atol=1e-4)
    assert np.abs(np.diff(audio)).max() < 0.01
    assert transport.snapshot().state == "playing"


def test_a_chain_that_is_switched_off_is_dry(playing):
    transport, output, load = playing
    off = EffectChain((replace(gain(6.0).slots[0], enabled=False),))
    load(off)
    settle(transport)
    np.testing.assert_allclose(output.run(4_096)[:, FADE:], 0.1, atol=1e-6)
    load(gain(6.0))
    settle(transport)
    np.testing.assert_allclose(output.run(4_096)[:, FADE:], 0.1 * 10 ** (6 / 20), atol=1e-4)


def test_an_effect_that_fails_passes_dry_with_its_reason(playing, tmp_path):
    transport, output, load = playing
    load(EffectChain((EffectSlot(effect="Gone", path=tmp_path / "gone.vst3"),)))
    settle(transport)
    np.testing.assert_allclose(output.run(4_096)[:, FADE:], 0.1, atol=1e-6)
    messages = transport.messages()
    assert len(messages) == 1
    assert "Gone" in messages[0]
    assert transport.snapshot().state == "playing"


def test_a_slot_that_fails_is_named_to_who_asked_for_it(tmp_path):
    output, faults = FakeOutput(), []
    transport = Transport(
        output.open, clock=output.clock, threaded=False, effect_failed=lambda *fault: faults.append(fault)
    )
    gone = EffectSlot(effect="Gone", path=tmp_path / "gone.vst3")
    transport.load(program(tmp_path, EffectChain((*gain(6.0).slots, gone))))
    transport.play()
    settle(transport)
    transport.close()
    ((lane, error),) = faults
    assert (lane, error.slot, error.effect) == ("a", 1, "Gone")
    assert transport.messages() == []


def test_a_process_of_effects_that_is_killed_takes_no_sound_with_it(playing):
    transport, output, _ = playing
    os.kill(transport._playback.loaded._host.pid, signal.SIGKILL)
    parts = []
    for _ in range(60):
        parts.append(output.run(2_048))
        settle(transport)
    audio = np.concatenate(parts, axis=1)
    assert transport.snapshot().state == "playing"
    assert transport.starved == 0
    assert audio.min() >= 0.1 - 1e-4  # dry at least; with effects again where their process starts anew


def test_loudness_is_matched_with_the_effects(playing):
    transport, output, _ = playing
    transport.set_loudness_match(True)
    settle(transport)
    transport.listen(lane_choice("a"))
    assert transport.snapshot().matched_db == pytest.approx(-6.0, abs=0.2)
    assert output.run(4_096)[:, FADE:].max() == pytest.approx(0.1, abs=0.003)
