"""An AAF rendered from its slots by pyaaf2 alone sounds as the stems and rests placed in it."""

from pathlib import Path
from typing import Any

import aaf2
import numpy as np
import pytest
from aaf_makers import AMPLITUDE, CLIP_RATIO, COMBINER, CURVE_TYPE, IS_TRIM, AafMaker, making
from aaf_render import render
from test_aaf import noise

from flowsep_plugin.engine.base import Request
from flowsep_plugin.hosts.session import SessionRequest, separate_session
from flowsep_plugin.jobs.batch.runners import LocalRunner
from flowsep_plugin.timeline import read_session, save_session

FRAMES = 96_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    for seed, name in enumerate(("L.wav", "R.wav", "take.wav")):
        noise(tmp_path / name, 1, "PCM_24", seed)
    return tmp_path / "song.aaf"


def sound_slots(file: Any) -> list[Any]:
    (mob,) = file.content.toplevel()
    return [slot for slot in mob.slots if slot.media_kind == "Sound"]


def media_composer(maker: AafMaker) -> None:
    """Build two tracks: automation and crossfades of a mono clip; a faded stereo clip of two files, with gain."""
    take = maker.master("take", ["take.wav"], frames=48_000)
    moving = maker.gain(
        maker.clip(take, 1, 0, 12),
        maker.constant(AMPLITUDE, "3/4", name="Amplitude"),
        maker.varying(CLIP_RATIO, [("0/1", "1/1"), ("1/3", "1/10"), ("11/12", "6/5")]),
        maker.constant(IS_TRIM, 0, "aafInt32"),
    )
    power = maker.transition(5, 2, maker.constant(CURVE_TYPE, 1, "aafInt32"))
    linear = maker.transition(4, 4, maker.constant(CURVE_TYPE, 0, "aafInt32"))
    maker.line(
        maker.row(maker.filler(3), moving, power, maker.clip(take, 1, 3, 12), linear, maker.filler(4)), name="Mono"
    )
    pair = maker.master("pair", ["L.wav", "R.wav"], frames=48_000)
    sides = maker.effect(COMBINER, "Audio Channel Combiner", [maker.clip(pair, side, 2, 15) for side in (1, 2)])
    louder = maker.gain(sides, maker.constant(AMPLITUDE, "5/4", name="Amplitude"))
    fade = maker.transition(5, 0, maker.constant(CURVE_TYPE, 1, "aafInt32"))
    maker.line(maker.row(maker.filler(9), fade, louder), name="Stereo", number=2)


def test_stems_and_rests_sound_like_their_clips(path: Path) -> None:
    with making(path) as maker:
        media_composer(maker)
    job = SessionRequest(Request(["everything"]), model="echo", format="wav32f")
    separation = separate_session(read_session(path), path, job, LocalRunner(path.parent / "FlowSep"))
    assert not separation.skipped
    save_session(separation.timeline, path)
    with aaf2.open(str(path)) as file:
        slots = sound_slots(file)
        before = render(slots[:2], path.parent, FRAMES)
        after = render(slots[2:], path.parent, FRAMES)
    assert np.abs(before).max() > 0.5
    audible = np.abs(before).max()
    assert np.abs(after - before).max() < 0.001 * audible
