"""Plug-ins, sends and automation of a track or take: differences where they are on, as stems do not have them.

Stems of a folder track are placed inside the folder, so they pass through all that it has.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from flowsep_plugin.timeline.difference import Difference

from .rpp import RppBlock, finite, split_words
from .take import TakeText

AUTOMATION: Final = {
    "VOLENV": "volume before effects", "VOLENV2": "volume", "VOLENV3": "trim volume", "PANENV": "pan before effects",
    "PANENV2": "pan", "WIDTHENV": "width before effects", "WIDTHENV2": "width", "MUTEENV": "mute",
    "DUALPANENV": "right pan before effects", "DUALPANENVL": "left pan before effects", "DUALPANENV2": "right pan",
    "DUALPANENVL2": "left pan",
}  # fmt: skip
"""Envelopes of tracks, and what they move."""
_SILENT_PLUGINS: Final = {"VIDEO_EFFECT"}
_MONO_OUTPUTS: Final = 1024


def track_differences(track: RppBlock, sends: Sequence[Difference]) -> tuple[Difference, ...]:
    """Return the differences of a track with its `sends`. Raises SessionError for damaged numbers."""
    return () if is_folder(track) else (*_plugins(track), *sends, *_automation(track))


def take_differences(take: TakeText) -> tuple[Difference, ...]:
    """Return the differences of an item's active take: its effects, and edits of its samples and spectrum."""
    effects = [Difference("plug-in", name) for chain in take.effects for name in active_plugins(chain)]
    if take.fields.get("SAMPLEEDITS", ["0"])[:1] == ["1"]:
        effects.append(Difference("effect", "sample edits"))
    if "SPECTRAL_EDIT" in take.fields:
        effects.append(Difference("effect", "spectral edits"))
    return tuple(effects)


def is_folder(track: RppBlock) -> bool:
    """Return whether a track opens a folder: tracks below it are in the folder and play through its fader."""
    return (track.field("ISBUS") or ["0"])[0] == "1"


def read_sends(tracks: Sequence[RppBlock]) -> list[list[Difference]]:
    """Return the sends of each track that carry sound: `AUXRECV` of the tracks they go to, and `HWOUT` to hardware.

    The lines are `AUXRECV from mode volume pan mute mono polarity channels` and `HWOUT output mode volume pan mute
    polarity channels`; channels -1 is none. Raises SessionError for damaged numbers.
    """
    sends: list[list[Difference]] = [[] for _ in tracks]
    for index, track in enumerate(tracks):
        name = (track.field("NAME") or [""])[0]
        for line in track.fields("AUXRECV"):
            words = split_words(track.lines[line])[1:]
            if _is_heard(words, 7) and words[0].isdigit() and int(words[0]) < len(tracks):
                sends[int(words[0])].append(Difference("send", name))
        for line in track.fields("HWOUT"):
            words = split_words(track.lines[line])[1:]
            if _is_heard(words, 6):
                sends[index].append(Difference("send", _output_name(words[0])))
    return sends


def active_plugins(chain: RppBlock) -> Iterator[str]:
    """Yield the names of the plug-ins of a chain that are neither bypassed nor offline.

    A line `BYPASS bypassed offline` precedes the block of each plug-in.
    """
    state: list[str] | None = None
    for child in chain.children:
        if isinstance(child, int):
            words = split_words(chain.lines[child])
            state = words[1:3] if words[0] == "BYPASS" else state
        elif state is not None:
            if not any(word not in ("0", "") for word in state) and child.name not in _SILENT_PLUGINS:
                yield _plugin_name(child)
            state = None


def _plugin_name(plugin: RppBlock) -> str:
    """Return the name that the user gave a plug-in, else its own without kind and maker: `VST: ReaEQ (Cockos)`."""
    words = plugin.words
    own = words[2:3] if plugin.name in ("JS", "CONTAINER") else words[4:5] if plugin.name == "VST" else []
    if own and own[0]:
        return own[0]
    name = words[1] if len(words) > 1 else plugin.name
    short = name.partition(": ")[2] or name
    return short.rpartition(" (")[0] if short.endswith(")") and " (" in short else short


def _plugins(track: RppBlock) -> Iterator[Difference]:
    if (track.field("FX") or ["1"])[0] == "0":
        return
    for chain in track.blocks("FXCHAIN"):
        yield from (Difference("plug-in", name) for name in active_plugins(chain))


def _is_heard(words: Sequence[str], channels: int) -> bool:
    """Return whether a send has sound, is not muted, and its volume is not 0; `channels` is the place of that word."""
    volume = finite(words[2], "the volume of a send", 1) if len(words) > 2 else 1
    return bool(words) and volume != 0 and words[4:5] != ["1"] and words[channels : channels + 1] != ["-1"]


def _output_name(word: str) -> str:
    output = int(finite(word, "HWOUT"))
    if output & _MONO_OUTPUTS:
        return f"hardware output {output % _MONO_OUTPUTS + 1}"
    return f"hardware outputs {output + 1}/{output + 2}"


def _automation(track: RppBlock) -> Iterator[Difference]:
    for envelope in track.blocks(*AUTOMATION):
        if (envelope.field("ACT") or ["1"])[0] != "0" and _moves(envelope):
            yield Difference("automation", AUTOMATION[envelope.name])


def _moves(envelope: RppBlock) -> bool:
    """Return whether an envelope has a value other than the neutral one, or automation items."""
    neutral = 0 if "PAN" in envelope.name else 1
    values = (split_words(envelope.lines[line])[2:3] for line in envelope.fields("PT"))
    return any(True for _ in envelope.fields("POOLEDENVINST")) or any(
        finite(value[0], f"a point of {envelope.name}", neutral) != neutral for value in values if value
    )
