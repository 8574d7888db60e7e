"""Notes on the sound of a container: which of its streams is separated, and what was done to read it."""

from collections.abc import Callable

from flowsep_plugin.media import MediaInfo
from flowsep_plugin.media.container import listed_streams


def container_notes(info: MediaInfo, choice: str | None) -> tuple[str, ...]:
    """Return the notes on the file `info`, in sentences; () for files that are no containers.

    choice : the stream that was chosen, None where the file's default is read.
    """
    if info.stream is None:
        return ()
    several: tuple[str, ...] = ()
    if choice is None and len(info.streams) > 1:
        count, number = len(info.streams), info.stream.choice
        several = (
            f"{info.path.name} has {count} sound streams, {number} is separated: {listed_streams(info.streams)}",
        )
    return (*several, *(f"{info.path.name}: {remark}" for remark in info.remarks))


def announce_notes(info: MediaInfo, choice: str | None, announce: Callable[[str], None]) -> None:
    """Call `announce` with every note on the file `info`; see `container_notes`."""
    for note in container_notes(info, choice):
        announce(note)
