"""The program of a transport, as plain data: audio files placed on a session, summed to voices, voices of a program.

PlacedPiece ─► VoiceSpec ─► PlaybackProgram ─► Transport.load
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Literal, TypeAlias

from flowsep_plugin.audio.span import Span
from flowsep_plugin.effects import EffectChain
from flowsep_plugin.timeline.gain_curve import GainCurve

VoiceKind: TypeAlias = Literal["track", "original", "plain", "lane", "draft", "silent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedPiece:
    """An audio file on a session, or a part of one, as a clip plays it.

    place : of the whole clip, at the session's rate.     cut : what the clip plays, in frames of the file, at its rate.
    window : the only frames of the file that sound, within `cut`; None for all. Frames beyond the file are silent.
    Pieces of one clip whose windows meet sum to the clip, fades included.     gain : linear, below 0 subtracts.
    fade_in, fade_out : frames of the session.     gain_curve, play_rate, reverse, channels : as in `ClipRef`.
    stream : the sound stream of a video, as in `Media`.
    """

    path: Path
    place: Span
    cut: Span
    window: Span | None = None
    gain: float = 1.0
    fade_in: int = 0
    fade_out: int = 0
    gain_curve: GainCurve | None = None
    play_rate: Fraction = Fraction(1)
    reverse: bool = False
    channels: tuple[int, ...] | None = None
    stream: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceSpec:
    """Pieces that are summed, and the effects on their sum.

    name : unique in its program.     track, lane : keys of their mixes; `lane` "" where the voice is none.
    kind : "track" sounds in every mix; "original" (a track with stems as it was) only in the choice "original";
    "plain" (what has no stems) and "lane" in its place; "draft" and "silent" (stems of clips that the session
    does not play) only where they are soloed or chosen.
    """

    name: str
    kind: VoiceKind
    track: str
    lane: str = ""
    pieces: tuple[PlacedPiece, ...] = ()
    chain: EffectChain = field(default_factory=EffectChain)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackProgram:
    """Voices of one session, all that a transport can play.

    id : of the session; a program of the same id replaces the voices and keeps the position.
    rate, frames : of the session.     focus : the frames over which loudness is compared; None for all.
    """

    id: str
    rate: int
    frames: int
    voices: tuple[VoiceSpec, ...] = ()
    focus: Span | None = None


def difference(clip: PlacedPiece, stems: Iterable[PlacedPiece]) -> tuple[PlacedPiece, ...]:
    """Return the pieces that sum to `clip` minus its stems, which is the rest where that has no file."""
    return (clip, *(replace(stem, gain=-stem.gain) for stem in stems))
