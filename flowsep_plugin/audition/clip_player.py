"""A clip, its stems and the rest on a transport, by simple names: "clip", "stem:NAME", "rest", "sum"."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import UsageError
from flowsep_plugin.media import probe

from .mix_weights import LANES, ORIGINAL, lane_choice
from .program import PlacedPiece, PlaybackProgram, VoiceSpec, difference
from .transport import Transport

_TRACK = "clip"


@dataclass(frozen=True, slots=True)
class Piece:
    """A file, and the frame of it (at its own rate) that sounds at position 0.

    channels : indices of the channels that sound, in that order; None for all of them.
    """

    path: Path
    start: int = 0
    channels: tuple[int, ...] | None = None


class ClipPlayer:
    """Plays a clip and its stems on `transport`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def load(self, sources: Mapping[str, Path | Piece], span: Span | None = None) -> None:
        """Play these files from now on. Raises as `clip_program`."""
        self._transport.load(clip_program(sources, span))

    def listen(self, choice: str) -> None:
        """Switch to "clip", "stem:NAME", "rest" or "sum", from the next block on."""
        self._transport.listen(clip_choice(choice))

    def play(self) -> None:
        """Play from the current position."""
        self._transport.play()

    def stop(self) -> None:
        """Stop and return to where play began."""
        self._transport.stop()


def clip_choice(name: str) -> str:
    """Return the transport's choice for "clip", "sum", "stem:NAME" or "rest"."""
    return {"clip": ORIGINAL, "sum": LANES}.get(name) or lane_choice(name)


def clip_program(sources: Mapping[str, Path | Piece], span: Span | None = None) -> PlaybackProgram:
    """Return the program of "clip" and, where there are any, "stem:NAME" and "rest", as lanes of these names.

    span : the part of the clip's file to play, at its rate; a plain path of a stem or the rest is that part alone.
    Without a rest, the rest is the clip minus its stems.
    Raises UsageError where "clip" is missing, or a name is not clip, rest or stem:NAME; MediaError where a file's
    header cannot be read.
    """
    if "clip" not in sources:
        raise UsageError(f"nothing to play: the sources {', '.join(sources) or '(none)'} do not include 'clip'")
    for name in sources:
        if name not in ("clip", "rest") and not name.startswith("stem:"):
            raise UsageError(f"unknown source {name!r}; name it clip, rest or stem:NAME")
    start = span.start if span else 0
    pieces = {
        name: source if isinstance(source, Piece) else Piece(Path(source), start if name == "clip" else 0)
        for name, source in sources.items()
    }
    info = probe(pieces["clip"].path)
    place = Span(0, span.frames if span else max(0, info.frames - pieces["clip"].start), info.rate)
    placed = {name: _placed(piece, place) for name, piece in pieces.items()}
    return PlaybackProgram(id=f"clip {pieces['clip']}", rate=place.rate, frames=place.frames, voices=_voices(placed))


def _placed(piece: Piece, place: Span) -> PlacedPiece:
    rate = probe(piece.path).rate
    cut = Span(piece.start, -(-place.frames * rate // place.rate), rate)
    return PlacedPiece(path=piece.path, place=place, cut=cut, channels=piece.channels)


def _voices(placed: Mapping[str, PlacedPiece]) -> tuple[VoiceSpec, ...]:
    stems = [name for name in placed if name.startswith("stem:")]
    if not stems:
        return (VoiceSpec(name=_TRACK, kind="track", track=_TRACK, pieces=(placed["clip"],)),)
    residual = (placed["rest"],) if "rest" in placed else difference(placed["clip"], [placed[name] for name in stems])
    lanes = {**{name: (placed[name],) for name in stems}, "rest": residual}
    return (
        VoiceSpec(name=_TRACK, kind="original", track=_TRACK, pieces=(placed["clip"],)),
        *(VoiceSpec(name=n, kind="lane", track=_TRACK, lane=n, pieces=pieces) for n, pieces in lanes.items()),
    )
