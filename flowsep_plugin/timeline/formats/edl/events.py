"""Parse the lines of a CMX 3600 edit decision list: events with the comments that belong to them."""

import re
from dataclasses import dataclass, field
from typing import Final

from flowsep_plugin.errors import SessionError

_EVENT: Final = re.compile(r"\s*(\d+)\s+(.+?)\s+(\S+)\s+([A-Z]+\d*)\s+(?:(\d+)\s+)?(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s*")
_TIME: Final = re.compile(r"\d{1,2}:\d\d:\d\d[:;.,]\d{2,3}|\d{1,9}")
_TRACK: Final = re.compile(r"\*\s*FLOWSEP TRACK A(\d+)(?:\s+(\d+) CHANNELS)?:\s?(.*)")
_NAMES: Final = {"FROM CLIP NAME": "name", "TO CLIP NAME": "to name", "SOURCE FILE": "file", "FROM FILE": "file",
                 "FROM CLIP": "file", "AUDIO FILE": "file"}  # fmt: skip
_COMMENT: Final = re.compile(rf"\*?\s*({'|'.join(_NAMES)})(?:\s+IS)?\s*:\s?(.*)", re.IGNORECASE)
_LOCATOR: Final = re.compile(r"\*\s*LOC:\s*(\S+)\s+(\w+)\s*(.*)")


@dataclass(slots=True, kw_only=True)
class EdlEvent:
    """One line of edit: a part of a source that is recorded to channels.

    channels : numbers of audio channels; empty for picture.   edit : C for a cut, D for a dissolve, W001, K, …
    times : source in and out, record in and out, as text.   number, reel : as in the file.
    transition_frames : length of a dissolve.   speed : frames a second of an M2 line; None where it has none.
    names : clip names and source files from comments, by `name`, `to name` and `file`.
    remarks : other comments that change the sound.   drop : whether the FCM line above says DROP FRAME; None for none.
    """

    number: int
    reel: str
    channels: tuple[int, ...]
    edit: str
    times: tuple[str, str, str, str]
    transition_frames: int = 0
    speed: float | None = None
    names: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    drop: bool | None = None


@dataclass(slots=True, kw_only=True)
class EditList:
    """The content of an EDL.

    track_names : name and width (None for unknown) by channel.   locators : (timecode, name).   settings : by name.
    number_digits : digits of the last event number.
    """

    events: list[EdlEvent] = field(default_factory=list)
    track_names: dict[int, tuple[str, int | None]] = field(default_factory=dict)
    locators: list[tuple[str, str]] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)
    drop: bool | None = None
    number_digits: int = 3


def parse_list(text: str) -> EditList:
    """Return the content of an EDL. Raises SessionError for text that is not one, and for events that are damaged."""
    edits, is_list = EditList(), False
    for number, line in enumerate(text.split("\n"), 1):
        line = line.rstrip("\r")
        word = line.split(maxsplit=1)[0].rstrip(":").upper() if line.strip() else ""
        is_list = is_list or word in ("TITLE", "FCM") or word.isdigit()
        if word.isdigit():
            edits.events.append(_event(line, number, edits.drop))
            edits.number_digits = len(word)
        elif word == "FCM":
            edits.drop = "NON" not in line.upper()
        elif word:
            _comment(line, word, edits)
    if not is_list:
        raise SessionError("this is not an edit decision list: it has no TITLE, no FCM and no event")
    return edits


def _event(line: str, number: int, drop: bool | None) -> EdlEvent:
    match = _EVENT.fullmatch(line)
    times = match.groups()[5:] if match is not None else ()
    words = line.split()
    if match is None and not any(map(audio_channels, words[2:4])):  # a key or another picture event
        return EdlEvent(number=int(words[0]), reel="", channels=(), edit="", times=("0", "0", "0", "0"), drop=drop)
    if match is None or not all(_TIME.fullmatch(time) for time in times):
        raise SessionError(f"line {number} is not an event of an EDL ({line.strip()[:60]!r}); export it as CMX 3600")
    return EdlEvent(
        number=int(match[1]),
        reel=match[2],
        channels=audio_channels(match[3]),
        edit=match[4],
        times=(times[0], times[1], times[2], times[3]),
        transition_frames=int(match[5] or 0),
        drop=drop,
    )


def audio_channels(code: str) -> tuple[int, ...]:
    """Return the audio channels of a channel code such as A, A2, AA, AA/V, B, VA1A2; empty for V and NONE."""
    word = code.upper()
    if word == "B":
        return (1,)
    if not re.fullmatch(r"(?:V\d*|A\d*|/)+", word):
        return ()
    channels: list[int] = []
    for digits in re.findall(r"A(\d*)", word):
        channels.append(int(digits) if digits else len(channels) + 1)
    return tuple(channels)


def _comment(line: str, word: str, edits: EditList) -> None:
    event = edits.events[-1] if edits.events else None
    text = line.strip()
    if match := _TRACK.match(text):
        edits.track_names[int(match[1])] = (match[3], int(match[2]) if match[2] else None)
    elif match := re.match(
        r"\*?\s*(?:FLOWSEP )?(FRAME ?RATE|SAMPLE RATE|ORIGIN|FPS)\s*[:=]\s*(\S+)", text, re.IGNORECASE
    ):
        edits.settings.setdefault(match[1].upper().replace(" ", "").replace("FPS", "FRAMERATE"), match[2])
    elif match := _LOCATOR.match(text):
        edits.locators.append((match[1], match[3]))
    elif event is None:
        return
    elif match := _COMMENT.match(text):
        event.names.setdefault(_NAMES[match[1].upper()], match[2].strip())
    elif word == "M2" and (match := re.search(r"\s(-?\d+(?:\.\d+)?)\s+\S+$", text)):
        event.speed = float(match[1])
    elif word == "AUD":
        event.channels = tuple(sorted({*event.channels, *(int(n) for n in re.findall(r"\d+", text))}))
    elif match := re.match(r"\*?\s*(AUDIO (?:LEVEL|PAN)|EFFECTS? NAME)(?:\s+(?:IS|AT))?\s*:?\s*(.*)", text):
        event.remarks.append(match[0].lstrip("* "))
