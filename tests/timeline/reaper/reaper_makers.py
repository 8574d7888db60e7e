"""Small REAPER projects, as text: tracks, items, and a stem placed under the first one."""

from pathlib import Path

from session_makers import sparse_wave

from flowsep_plugin.audio.span import Span
from flowsep_plugin.timeline import StemPlacement, Timeline, place_stem, read_session, save_session
from flowsep_plugin.timeline.media import probe_media

WAVE = '<SOURCE WAVE\n        FILE "media/take.wav"\n      >'


def item(name: str, *lines: str, at: float = 1, source: str = WAVE, length: str = "2") -> str:
    """Return an item of 2 s; `lines` follow its name, blocks after its source go into `source`."""
    inner = "\n      ".join((f"POSITION {at}", f"LENGTH {length}", "LOOP 0", f"IGUID {guid(name)}", f'NAME "{name}"',
                             *lines, source))  # fmt: skip
    return f"    <ITEM\n      {inner}\n    >\n"


def track(name: str, *parts: str) -> str:
    """Return a track of lines and of items (text that starts with four blanks)."""
    lines = "".join(part if part.startswith("    ") else f"    {part}\n" for part in parts)
    return f'  <TRACK {guid("track " + name)}\n    NAME "{name}"\n{lines}  >\n'


def guid(name: str) -> str:
    """Return an id of REAPER's form that tells the name."""
    digits = f"{name.encode().hex():0>32}"[-32:].upper()
    return f"{{{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}}}"


def write_project(folder: Path, *tracks: str) -> Path:
    """Write a project at 48 kHz with its media: 20 s of two channels at 48 kHz."""
    for name in ("media/take.wav", "FlowSep/stem.wav"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        sparse_wave(folder / name, 48_000, 20 * 48_000)
    path = folder / "song.rpp"
    path.write_text(
        f'<REAPER_PROJECT 0.1 "7.22/win64" 1730000000\n  SAMPLERATE 48000 1 0\n{"".join(tracks)}>\n', "utf-8"
    )
    return path


def read_project(folder: Path, *tracks: str) -> Timeline:
    return read_session(write_project(folder, *tracks))


def placed(path: Path, name: str, within: Span | None = None) -> str:
    """Place a stem of the item called `name` and return the text of its new track."""
    song = read_session(path)
    clip = next(clip for _, clip in song.clips() if clip.name == name)
    old = path.read_text("utf-8")
    stem = StemPlacement(clip.id, "dog", probe_media(path.parent / "FlowSep" / "stem.wav"), clip.cut, within)
    save_session(place_stem(song, stem), path)
    new = path.read_text("utf-8")
    blocks = [f"  <TRACK{block}" for block in new.split("  <TRACK")[1:]]
    return next(block for block in blocks if "[dog]" in block and block.rstrip("\n>").strip() not in old)
