"""The transport plays a session on disk: compared with a rendering that shares no code with flowsep."""

from fractions import Fraction
from pathlib import Path

import dawproject_reader
import list_reader
import numpy as np
import pytest
import soundfile
from flowsep_ui.studio.document_content import read_document
from flowsep_ui.studio.playing.program import program_of
from flowsep_ui.studio.workspace import Document, Workspace
from renderer import mix

from flowsep_plugin.audio.span import Span
from flowsep_plugin.audition import LANES, ORIGINAL, SilentOutput, Transport
from flowsep_plugin.timeline import ClipRef, Media, Timeline, Track, save_session
from flowsep_plugin.timeline.gain_curve import GainCurve

RATE, EDGE = 32_000, 64


class FileOutput(SilentOutput):
    """An output that a test pulls."""

    def start(self, pull, on_lost) -> None:
        self.pull = pull


READERS = {"song.csv": list_reader.played, "song.dawproject": dawproject_reader.played}


def session(folder: Path, rng: np.random.Generator, name: str, longest_fade: int = 1_500) -> Path:
    """Write a session of three tracks, all at its rate: gains, fades and muted clips, and what its format has more.

    The list of stems has channels, reversed and overlapping clips, DAWproject has gain curves.
    """
    is_list = name.endswith(".csv")
    tracks = []
    for number in range(3):
        path = folder / f"take {number}.wav"
        soundfile.write(path, rng.uniform(-0.3, 0.3, (2 * RATE, 2)).astype(np.float32), RATE, "FLOAT")
        media, at, clips = Media(path, RATE, 2, 2 * RATE), int(rng.integers(0, 4_000)), []
        for index in range(4):
            frames = int(rng.integers(4_000, 12_000))
            curve = (
                GainCurve(((Fraction(10), 0.5), (Fraction(frames), 1.5)))
                if not is_list and rng.random() < 0.5
                else None
            )
            clips.append(ClipRef(
                f"{number}.{index}", f"clip {number}.{index}", media, Span(int(rng.integers(0, RATE)), frames, RATE),
                Span(at, frames, RATE), gain=float(rng.choice([1.0, 0.5])), fade_in=int(rng.choice([0, 2_000])),
                fade_out=int(rng.choice([0, longest_fade])), reverse=is_list and bool(rng.random() < 0.3),
                gain_curve=curve, muted=bool(rng.random() < 0.2),
                channels=(1, 0) if is_list and rng.random() < 0.3 else None,
            ))  # fmt: skip
            at += frames - int(rng.choice([0, 1_000 if is_list else 0, -700]))
        tracks.append(Track(f"t{number}", f"Track {number}", tuple(clips), 2, muted=number == 2 and rng.random() < 0.5))
    target = folder / name
    save_session(Timeline("song", RATE, tuple(tracks)), target)
    return target


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("choice", [ORIGINAL, LANES])
def test_a_session_on_disk_plays_as_it_is_rendered(tmp_path, seed, name, choice):
    path = session(tmp_path, np.random.default_rng(seed), name)
    document = Document("d", "session", (path,))
    content = read_document(document, tmp_path / "scratch")
    program = program_of(Workspace(documents=(document,), front_id="d"), content, {})
    assert program is not None
    output = FileOutput(RATE)
    transport = Transport(lambda rate, device: output, threaded=False)
    transport.load(program)
    transport.listen(choice)
    transport.play()
    blocks = []
    for _ in range(0, program.frames, 512):
        while transport.work():
            pass
        blocks.append(output.pull(512))
    assert transport.messages() == []
    transport.close()
    audio = np.concatenate(blocks, axis=1)[:, : program.frames]
    expected = mix(READERS[name](path), RATE, program.frames)
    steps = 0.5 * 1.5 / 1_500  # the rendering counts fades out from the last frame, the transport from the one after it
    np.testing.assert_allclose(audio[:, EDGE:], expected[:, EDGE:], atol=steps)
    assert np.abs(expected).max() > 0.1


@pytest.mark.parametrize("name", READERS)
def test_a_session_without_fades_out_plays_to_the_bit_of_floats(tmp_path, name):
    path = session(tmp_path, np.random.default_rng(1), name, longest_fade=0)
    document = Document("d", "session", (path,))
    content = read_document(document, tmp_path / "scratch")
    program = program_of(Workspace(documents=(document,), front_id="d"), content, {})
    assert program is not None
    transport = Transport(lambda rate, device: FileOutput(rate), threaded=False)
    transport.load(program)
    while transport.work():
        pass
    total = sum(transport._playback.loaded[voice.name].read(0, program.frames) for voice in program.voices)
    transport.close()
    np.testing.assert_allclose(total, mix(READERS[name](path), RATE, program.frames), atol=1e-6)
