"""Ardour plays regions between two frames, in ticks and after tempo ramps where flowsep reads them."""

import math
import random
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from ardour_tools import RATE, ArdourTools

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.audio.span import Span
from flowsep_plugin.media import write_clip
from flowsep_plugin.timeline import ClipRef, Timeline, Track, read_session, save_session
from flowsep_plugin.timeline.formats.ardour.sound import audio_folder
from flowsep_plugin.timeline.formats.ardour.tempo import SUPERCLOCKS
from flowsep_plugin.timeline.media import probe_media

pytestmark = pytest.mark.host

RAMPS = ((0, 82, 82), (16, 82, 66), (40, 66, 66), (50, 66, 140), (90, 140, 140))
"""Quarters, and the tempos from there to the next point."""

REGIONS = 120


def tempo_elements() -> Iterator[str]:
    superclock = 0
    for (quarters, start, stop), following in zip(RAMPS, (*RAMPS[1:], None), strict=True):
        paces = [round(60 * SUPERCLOCKS / bpm) for bpm in (start, stop)]
        length = following[0] - quarters if following else 1
        omega = (1 / paces[1] - 1 / paces[0]) / length
        kind = "Constant" if start == stop else "Ramped"
        yield (
            f'<Tempo npm="{start}" enpm="{stop}" note-type="4" type="Tempo::{kind}" active="1" locked-to-meter="0" '
            f'continuing="0" sclock="{superclock}" quarters="{quarters}:0" bbt="{quarters // 4 + 1}|1|0" '
            f'omega="{omega}"/>'
        )
        growth = paces[0] * omega * length
        superclock += round(math.log1p(growth) / omega) if omega else paces[0] * length


def random_span(rng: random.Random) -> str:
    places = f"b{rng.randrange(130 * 1920)}", f"a{rng.randrange(60 * SUPERCLOCKS)}"
    lengths = f"b{rng.randrange(1, 4 * 1920)}", f"a{rng.randrange(SUPERCLOCKS // RATE, SUPERCLOCKS)}"
    starts = f"b{rng.randrange(30 * 1920)}", f"a{rng.randrange(3 * SUPERCLOCKS)}"
    return f'start="{rng.choice(starts)}" length="{rng.choice(lengths)}@{rng.choice(places)}"'


def test_regions_in_ticks_and_between_frames_are_where_ardour_has_them(ardour: ArdourTools) -> None:
    path = ardour.directory.folder / "song" / "song.ardour"
    audio_folder(path).mkdir(parents=True)
    write_clip(audio_folder(path) / "take.wav", AudioClip(np.zeros((1, 60 * RATE), np.float32), RATE))
    media = probe_media(audio_folder(path) / "take.wav")
    clips = tuple(
        ClipRef(f"{n}", f"r{n}", media, Span(n, RATE, RATE), Span(n * RATE, RATE, RATE)) for n in range(REGIONS)
    )
    save_session(Timeline("song", RATE, (Track("t", "T", clips, 1),)), path)
    write_ramps(path, random.Random(0))
    read = sorted(
        [track.name, clip.name, *map(str, (clip.place.start, clip.place.frames, clip.cut.start))]
        for track, clip in read_session(path).clips()
    )
    assert ardour.resave(path) == read
    assert len(read) == REGIONS


def write_ramps(path: Path, rng: random.Random) -> None:
    """Give the regions of a session random times, and its tempo map ramps."""
    text = re.sub(r'start="a\d+" length="a\d+@a\d+"', lambda _: random_span(rng), path.read_text())
    path.write_text(re.sub(r"<Tempos>.*?</Tempos>", f"<Tempos>{''.join(tempo_elements())}</Tempos>", text))
