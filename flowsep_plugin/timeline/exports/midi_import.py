"""Read tempo maps and markers of MIDI files, in a child process: a file of 100 bytes can ask for gigabytes.

Positions are exact: ticks are fractions of a quarter, and a tempo is a whole number of microseconds a quarter.
"""

import io
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import SessionError, UsageError
from flowsep_plugin.timeline.formats.isolation import isolated_call
from flowsep_plugin.timeline.marker import Marker
from flowsep_plugin.timeline.numbers import frames
from flowsep_plugin.timeline.tempo import Tempo, TempoMap, TimeSignature
from flowsep_plugin.untrusted.isolated import IsolatedError
from flowsep_plugin.untrusted.regular_file import read_regular

if TYPE_CHECKING:
    import mido

_MINUTE: Final = 60_000_000
_SECONDS, _MEMORY_BYTES, _MOST_BYTES = 20.0, 256 << 20, 16 << 20
_MAP_EVENTS: Final = ("set_tempo", "time_signature")


def read_midi_tempo(path: Path) -> TempoMap:
    """Return the exact tempo map of a MIDI file. Raises SessionError where the file or a tempo in it cannot be read."""
    tempo: TempoMap = _isolated("tempo_of", path)
    return tempo


def read_midi_markers(path: Path, rate: int) -> tuple[Marker, ...]:
    """Return the markers of a MIDI file as spans of 0 frames at `rate`. Raises SessionError as `read_midi_tempo`."""
    markers: tuple[Marker, ...] = _isolated("markers_of", path, rate)
    return markers


def tempo_of(path: Path) -> TempoMap:
    """Return the exact tempo map of a MIDI file, in this process. Raises SessionError where it cannot be read."""
    file = _open(path)
    tempos, signatures = [(0, 500_000)], [TimeSignature(Fraction(0), 4, 4)]
    for tick, message in _events(file):
        if message.type == "set_tempo":
            if tempos[-1][0] == tick:  # of several at one tick the last counts
                tempos.pop()
            tempos.append((tick, message.tempo))
        elif message.type == "time_signature":
            at = Fraction(tick, file.ticks_per_beat)
            if signatures[-1].at == at:
                signatures.pop()
            signatures.append(TimeSignature(at, message.numerator, message.denominator))
    if not all(microseconds for _, microseconds in tempos):
        raise SessionError(f"{path.name} has a tempo of 0 microseconds a quarter; export it from its program again")
    points: list[Tempo] = []
    at, last, length = Fraction(0), 0, 500_000
    for tick, microseconds in tempos:
        at += Fraction((tick - last) * length, file.ticks_per_beat * 1_000_000)
        last, length = tick, microseconds
        points.append(Tempo(at, Fraction(_MINUTE, microseconds)))
    try:
        return TempoMap(tuple(points), tuple(signatures))
    except UsageError as error:
        raise SessionError(f"{path.name}: {error}") from error


def markers_of(path: Path, rate: int) -> tuple[Marker, ...]:
    """Return the markers of a MIDI file as spans of 0 frames at `rate`. Raises SessionError as `tempo_of`."""
    file, tempo = _open(path), tempo_of(path)
    return tuple(
        Marker(_as_utf8(message.text), Span(frames(tempo.seconds(Fraction(tick, file.ticks_per_beat)), rate), 0, rate))
        for tick, message in _events(file)
        if message.type == "marker"
    )


def _isolated(function: str, path: Path, *arguments: Any) -> Any:
    """Return what a function of this module answers in a child. Raises SessionError as it does, and where it fails."""
    try:
        return isolated_call(
            __name__, function, path.absolute(), *arguments, seconds=_SECONDS, memory_bytes=_MEMORY_BYTES
        )
    except IsolatedError as error:
        raise SessionError(
            f"{path.name} holds no MIDI file that can be read: its reader {error}; export it from its program again"
        ) from error


def _open(path: Path) -> "mido.MidiFile":
    """Return a parsed file. Texts are Latin-1, which every byte is in: files name no character set."""
    import mido

    try:
        content = io.BytesIO(read_regular(path, _MOST_BYTES))
        file = mido.MidiFile(file=content, charset="latin-1", clip=True)
    except FileNotFoundError:
        raise SessionError(f"{path}: there is no such MIDI file; check the path") from None
    except (OSError, ValueError, EOFError, IndexError, KeyError, TypeError, mido.KeySignatureError) as error:
        reason = str(error) or "it is cut off"
        raise SessionError(
            f"{path.name} holds no MIDI file that can be read ({reason}); export it from its program again"
        ) from error
    if file.ticks_per_beat <= 0:
        raise SessionError(
            f"{path.name} counts its time in SMPTE frames, not in beats; export it with ticks per quarter note"
        )
    if sum(any(message.type in _MAP_EVENTS for message in track) for track in file.tracks) > 1 and file.type == 2:
        raise SessionError(f"{path.name} holds several songs with tempos of their own (type 2); export one as type 1")
    return file


def _as_utf8(text: str) -> str:
    """Return Latin-1 text as the UTF-8 that most programs write, or as it is where it is not UTF-8."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return text


def _events(file: "mido.MidiFile") -> "list[tuple[int, mido.Message]]":
    events = []
    for track in file.tracks:
        tick = 0
        for message in track:
            tick += message.time
            events.append((tick, message))
    return sorted(events, key=lambda event: event[0])
