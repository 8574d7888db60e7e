"""Sessions of DAWs: read their clips on the timeline, add stems, and write them back."""

from .changes import Changes, compare, describe
from .clip import ClipRef
from .formats import SESSION_FORMATS, Capabilities, SessionFormat, by_suffix, read_session, session_suffixes
from .marker import Marker
from .media import Media
from .place import StemPlacement, place_all, place_stem, place_stems, place_takes, with_handles
from .position import parse_position, parse_range
from .save import SaveResult, dry_run, save_session
from .tempo import Tempo, TempoMap, TimeSignature
from .timecode import FrameRate, format_timecode, parse_rate, parse_timecode
from .timeline import SessionDocument, Timeline
from .track import Track

__all__ = [
    "SESSION_FORMATS",
    "Capabilities",
    "Changes",
    "ClipRef",
    "FrameRate",
    "Marker",
    "Media",
    "SaveResult",
    "SessionDocument",
    "SessionFormat",
    "StemPlacement",
    "Tempo",
    "TempoMap",
    "TimeSignature",
    "Timeline",
    "Track",
    "by_suffix",
    "compare",
    "describe",
    "dry_run",
    "format_timecode",
    "parse_position",
    "parse_range",
    "parse_rate",
    "parse_timecode",
    "place_all",
    "place_stem",
    "place_stems",
    "place_takes",
    "read_session",
    "save_session",
    "session_suffixes",
    "with_handles",
]
