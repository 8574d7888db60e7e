"""The request for stems of a session's clips."""

from dataclasses import KW_ONLY, dataclass

from flowsep_plugin.audio.span import Span
from flowsep_plugin.effects import EffectChain
from flowsep_plugin.engine.base import Request
from flowsep_plugin.errors import UsageError
from flowsep_plugin.files import AbsentPolicy
from flowsep_plugin.media import Format


@dataclass(frozen=True, slots=True)
class SessionRequest:
    """Which clips of a session to separate, how, and where the stems go.

    clips, tracks : ids or names; both empty means all clips that are heard.
    within : only this part of the timeline.
    handle_seconds : more of the source on both sides of each stem.     regions : mark where each sound is.
    keep_format : write `format` even where it clips the clip; see `FileRequest.keep_format`.
    takes : place stems as takes of their clips, not on tracks; such a clip cannot be muted.
    absent : "leave_out" places no stem of a sound that is not found in a clip; "write" places silent ones too.
    post : effects on every stem; the wet stems are placed, the dry ones lie beside them.
    muted : take clips too that the session does not play; a clip in `clips` is taken anyway.
    Raises UsageError where `takes` and `mute_source` are combined.
    """

    request: Request
    _: KW_ONLY
    clips: tuple[str, ...] = ()
    tracks: tuple[str, ...] = ()
    within: Span | None = None
    handle_seconds: int = 0
    format: Format = "wav24"
    keep_format: bool = False
    residual: bool = True
    mute_source: bool = False
    regions: bool = False
    model: str = "default"
    device: str = "auto"
    takes: bool = False
    muted: bool = False
    absent: AbsentPolicy = "leave_out"
    post: EffectChain | None = None

    def __post_init__(self) -> None:
        if self.takes and self.mute_source:
            raise UsageError(
                "stems as takes and a muted source cannot be combined: muting the clip would mute its takes; drop one",
                setting="mute_source",
            )

    @property
    def stem_titles(self) -> tuple[str, ...]:
        """Titles of the stems of one clip: the queries, then "rest" if it is placed."""
        return (*self.request.queries, *(["rest"] if self.residual else []))
