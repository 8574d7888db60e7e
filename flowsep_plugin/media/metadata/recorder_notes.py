"""Lines that field recorders write into a bext description for scene, take, tape and tracks, such as `sSCENE=12A`.

Sound Devices, Zaxcom and Aaton put a letter before the name. Post-production tools match sound to picture by them.
"""

import re
from collections.abc import Sequence
from typing import Final

_LINE: Final = re.compile(r"[a-z#]?(?P<name>[A-Z][A-Z0-9_]+)=")
_TRACK: Final = re.compile(r"TRK\d+")
_OF_THE_FILE: Final = ("FILENAME", "SWVER")


def recorder_lines(description: str) -> list[str]:
    """Return the recorder's lines of a description, but those that are true of the recorded file alone."""
    matches = ((line.strip(), _LINE.match(line.strip())) for line in description.splitlines())
    return [line for line, match in matches if match is not None and match["name"] not in _OF_THE_FILE]


def with_recorder_tracks(description: str, channels: Sequence[int]) -> str:
    """Return a description whose lines of tracks are those of `channels`, indices from 0, in that order.

    Tracks keep the numbers that they have on the recorder; the file's channels follow the order of the lines.
    """
    lines = description.splitlines()
    places = [place for place, line in enumerate(lines) if _is_track(line)]
    if not places:
        return description
    tracks = [lines[places[channel]] for channel in channels if channel < len(places)]
    others = [line for line in lines[places[0] :] if not _is_track(line)]
    return "\r\n".join([*lines[: places[0]], *tracks, *others])


def _is_track(line: str) -> bool:
    match = _LINE.match(line.strip())
    return match is not None and _TRACK.fullmatch(match["name"]) is not None
