"""Plug-ins and sends of a track or take: differences where they are on, as stems do not have them.

Stems of a folder track are placed inside the folder, so they pass through all that it has.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from flowsep_plugin.timeline.difference import Difference

from .rpp import RppBlock, finite, split_words
from .take import TakeText

_SILENT_PLUGINS: Final = {"VIDEO_EFFECT"}


def track_differences(track: RppBlock, sends: Sequence[Difference]) -> tuple[Difference, ...]:
    """Return the differences of a track with its `sends`. Raises SessionError for damaged numbers."""
    return () if is_folder(track) else (*_plugins(track), *sends)


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
    """Return the sends of each track that carry sound and that its stems do not copy: `AUXRECV` of other tracks.

    The line is `AUXRECV from mode volume pan mute mono polarity channels`; channels -1 is none. Stems of tracks that
    are heard through their sends alone copy them. Raises SessionError for damaged numbers.
    """
    sends: list[list[Difference]] = [[] for _ in tracks]
    for track in tracks:
        name = (track.field("NAME") or [""])[0]
        for line in track.fields("AUXRECV"):
            words = split_words(track.lines[line])[1:]
            if not _is_heard(words) or not words[0].isdigit() or int(words[0]) >= len(tracks):
                continue
            if not only_sends(tracks[int(words[0])]):
                sends[int(words[0])].append(Difference("send", name))
    return sends


def only_sends(track: RppBlock) -> bool:
    """Return whether a track is heard through its sends alone, as nothing of it goes to its folder or the master."""
    return (track.field("MAINSEND") or ["1"])[0] == "0" and not is_folder(track)


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


def _is_heard(words: Sequence[str]) -> bool:
    """Return whether a send has sound, is not muted, and its volume is not 0."""
    volume = finite(words[2], "the volume of a send", 1) if len(words) > 2 else 1
    return bool(words) and volume != 0 and words[4:5] != ["1"] and words[7:8] != ["-1"]
