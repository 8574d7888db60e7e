"""Which of a container's sound streams is read."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from flowsep_plugin.errors import MediaError, UsageError

from .records import AudioStream

_MOST_SAID: Final = 8
_SAME_LANGUAGE: Final = tuple(
    frozenset(codes.split())
    for codes in (
        "ar ara", "bg bul", "ca cat", "cs ces cze", "cy cym wel", "da dan", "de deu ger", "el ell gre", "en eng",
        "es spa", "et est", "eu eus baq", "fa fas per", "fi fin", "fr fra fre", "he heb", "hi hin", "hr hrv", "hu hun",
        "is isl ice", "it ita", "ja jpn", "ko kor", "lt lit", "lv lav", "nl nld dut", "no nor", "pl pol", "pt por",
        "ro ron rum", "ru rus", "sk slk slo", "sl slv", "sr srp", "sv swe", "th tha", "tr tur", "uk ukr", "vi vie",
        "zh zho chi",
    )
)  # fmt: skip
"""Codes of one language in ISO 639-1 and in both forms of ISO 639-2."""


def chosen_stream(path: Path, streams: Sequence[AudioStream], choice: str | None) -> AudioStream:
    """Return the stream that `choice` names: its number, from 1, or its language; None is the default one.

    Raises MediaError where the file has no sound, UsageError where it has no such stream.
    """
    if not streams:
        raise MediaError(f"{path} has no sound in it; choose the file that holds the sound")
    if choice is None:
        return default_stream(streams)
    text = choice.strip().lower()
    if text.isdecimal():
        matching = [one for one in streams if one.choice == str(int(text))]
    else:
        matching = [one for one in streams if one.language in _codes(text)]
    if not matching:
        raise UsageError(
            f"{path.name} has no sound stream {choice!r}; choose among {listed_streams(streams)} by number or language",
            setting="stream",
        )
    return default_stream(matching)


def default_stream(streams: Sequence[AudioStream]) -> AudioStream:
    """Return the first stream that the file marks to be played; the first one where none is marked."""
    return next((one for one in streams if one.default), streams[0])


def listed_streams(streams: Sequence[AudioStream]) -> str:
    """Return the streams in words, such as "1 (eng, aac, 2 ch, default), 2 (deu, ac3, 6 ch)"."""
    more = f" and {len(streams) - _MOST_SAID} more" if len(streams) > _MOST_SAID else ""
    return ", ".join(one.label for one in streams[:_MOST_SAID]) + more


def check_choice(choice: str | None) -> None:
    """Raise UsageError where `choice` can be neither a stream's number nor a language."""
    if choice is None:
        return
    text = choice.strip()
    is_number = text.isdecimal() and int(text) > 0
    if len(text) > 16 or not (is_number or (text.isascii() and text.replace("-", "").isalpha())):
        raise UsageError(
            f"a sound stream is chosen by its number, from 1 up, or its language, such as eng; got {choice[:40]!r}",
            setting="stream",
        )


def _codes(text: str) -> frozenset[str]:
    main = text.partition("-")[0]
    return next((codes for codes in _SAME_LANGUAGE if main in codes), frozenset((text, main)))
