"""The files that the pages' commands work on: made where a block names them and they are not there yet.

A recording has one second unless a page needs more. A new kind of file is a row of `MAKERS`.
"""

import re
import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.audio.span import Span
from flowsep_plugin.effects import EffectChain, EffectSlot
from flowsep_plugin.media import write_clip
from flowsep_plugin.timeline import ClipRef, FrameRate, Tempo, TempoMap, Timeline, Track, save_session
from flowsep_plugin.timeline.formats import by_suffix
from flowsep_plugin.timeline.media import probe_media

from .blocks import ROOT
from .served import OUTPUTS

_AUDIO = r"wav|flac|aiff?|ogg|mp3"
_NAME = r"(?<![\w./~*\[-])((?:~/|[\w-]+/)*[\w-]*"
_WRITERS = r"(?:write_clip\(\s*|" + "|".join(map(re.escape, sorted(OUTPUTS))) + r")[ =]?[\"']?$"


def recording(path: Path, seconds: float = 1.0, rate: int = 48_000, channels: int = 2) -> None:
    """Write noise with a tone in its second half."""
    frames = round(seconds * rate)
    samples = np.random.default_rng(len(path.name)).uniform(-0.05, 0.05, (channels, frames)).astype(np.float32)
    samples[:, frames // 2 :] += 0.2 * np.sin(
        2 * np.pi * 440 * np.arange(frames - frames // 2) / rate, dtype=np.float32
    )
    clip = AudioClip(samples, rate)
    if path.suffix in {".wav", ".flac"}:
        write_clip(path, clip, format="wav24" if path.suffix == ".wav" else "flac24")
    else:
        import soundfile

        soundfile.write(path, clip.samples.T, rate)


def _hour(path: Path) -> None:
    recording(path, 761, 4_000, 1)


def _courtyard(path: Path) -> None:
    recording(path, 8, 16_000, 1)


def _video(path: Path) -> None:
    """Write a second of grey picture (not for .m4a) with sound in AAC."""
    import av

    with av.open(str(path), "w") as file:
        picture = None if path.suffix == ".m4a" else file.add_stream("mpeg4", rate=25)
        if picture is not None:
            picture.width, picture.height, picture.pix_fmt = 64, 48, "yuv420p"
        sound = file.add_stream("aac", rate=48_000, layout="stereo")
        if picture is not None:
            for _ in range(25):
                image = np.full((48, 64, 3), 128, np.uint8)
                file.mux(picture.encode(av.VideoFrame.from_ndarray(image, "rgb24")))
            file.mux(picture.encode(None))
        samples = np.random.default_rng(0).uniform(-0.1, 0.1, (2, 48_000)).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(samples, "fltp", "stereo")
        frame.sample_rate = 48_000
        file.mux(sound.encode(frame))
        file.mux(sound.encode(None))


_CLIPS = (("Drums", "Take 3", 25), ("Dialogue", "Scene 1", 1), ("Vox", "Chorus", 1), ("Music", "Cue", 1))
"""Track, clip and its seconds of every session; with bars of a second each, `--range "17|1" "25|1"` is in the first."""


def _session(path: Path) -> None:
    """Write a session at 48 kHz with 25 frames a second, whose tracks have one clip each."""
    folder = by_suffix(path).media_folder(path)
    folder.mkdir(parents=True, exist_ok=True)
    source, rate = folder / "session take.wav", 48_000
    recording(source, 25, rate, 1)
    media = probe_media(source)
    tracks = []
    for track, clip, seconds in _CLIPS:
        span = Span(0, seconds * rate, rate)
        tracks.append(Track(track, track, (ClipRef(clip, clip, media, span, span),), 2))
    tempo = TempoMap((Tempo(Fraction(0), Fraction(240)),))
    frames = FrameRate(Fraction(25))
    save_session(Timeline(path.stem, rate, tuple(tracks), tempo=tempo, frame_rate=frames), path)


def _manifest(path: Path) -> None:
    recording(path.with_name("a.wav"))
    path.write_text("path,query\na.wav,rain\n")


def _sounds(path: Path) -> None:
    """Write a list for `flowsep evaluate` with two recordings of two labels."""
    recording(path.with_name("dog 1.wav"))
    recording(path.with_name("rain 1.wav"))
    path.write_text("path,label,caption,domain\ndog 1.wav,dog,a dog barking,\nrain 1.wav,rain,rain,\n")


def _chain(path: Path) -> None:
    EffectChain((EffectSlot(effect="Reverb", parameters={"wet_level": 0.2}),)).save(path)


def _folder(path: Path) -> None:
    path.mkdir(parents=True)
    recording(path / "one.wav")
    recording(path / "two.wav")


def _stdlib_client(path: Path) -> None:
    shutil.copy(ROOT / "flowsep_plugin/jobs/client/stdlib_client.py", path.with_suffix(".py"))


MAKERS: dict[str, Callable[[Path], None]] = {
    rf"{_NAME}hour\.(?:wav|flac))": _hour,
    rf"{_NAME}courtyard\.wav)": _courtyard,
    rf"{_NAME}[\w-]\.(?:{_AUDIO})\b)": recording,
    rf"{_NAME}[\w-]\.(?:mp4|mov|mkv|m4a|webm)\b)": _video,
    rf"{_NAME}[\w-]\.(?:rpp|aaf|otio|dawproject|ardour|fcpxml|edl)\b)": _session,
    r"(?<![\w./])(list\.csv)\b": _manifest,
    r"(?<![\w./])(sounds\.csv)\b": _sounds,
    r"(?<![\w./])(chain\.json)\b": _chain,
    r"(?<![\w./])((?:clips|loops|recordings|library|archive)/)(?=[\s\"'])": _folder,
    r"from (stdlib_client) import": _stdlib_client,
    r"(~/(?:Drop|Recordings))\b": _folder,
}
"""Pattern of a name in a block -> what makes it. The first that fits counts."""


def make_files(text: str, folder: Path, home: Path) -> None:
    """Make the files that a block names and that are not there, except those that an option says it will write."""
    text = re.sub(r"\$HOME/|\{home\}/", "~/", text)
    for pattern, make in MAKERS.items():
        for match in re.finditer(pattern, text):
            name = match[1]
            path = home / name[2:] if name.startswith("~/") else folder / name
            if not path.exists() and not re.search(_WRITERS, text[: match.start()]):
                path.parent.mkdir(parents=True, exist_ok=True)
                make(path)
