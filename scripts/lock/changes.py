"""Say what differs between two versions of a lock."""

from collections.abc import Iterable, Iterator

from .pins import Pin


def changes(old: Iterable[Pin], new: Iterable[Pin]) -> Iterator[str]:
    """Yield one line for each distribution that was added, left out, moved to another version or got other files."""
    before, after = _by_name(old), _by_name(new)
    for name in sorted(before | after):
        if name not in before:
            yield f"+ {name} {_versions(after[name])}"
        elif name not in after:
            yield f"- {name} {_versions(before[name])}"
        elif _versions(before[name]) != _versions(after[name]):
            yield f"  {name} {_versions(before[name])} -> {_versions(after[name])}"
        elif line := _hashes(before[name], after[name]):
            yield f"  {name} {_versions(after[name])}: {line}"


def _by_name(pins: Iterable[Pin]) -> dict[str, list[Pin]]:
    named: dict[str, list[Pin]] = {}
    for pin in pins:
        named.setdefault(pin.name, []).append(pin)
    return named


def _versions(pins: list[Pin]) -> str:
    return ", ".join(f"{pin.version}{f' ({pin.marker})' if pin.marker and len(pins) > 1 else ''}" for pin in pins)


def _hashes(before: list[Pin], after: list[Pin]) -> str:
    old, new = ({value for pin in pins for value in pin.hashes} for pins in (before, after))
    if old - new:
        # A released file does not change: whoever sees this should ask why it was withdrawn or replaced.
        return f"LOOK AT THIS: {len(old - new)} files are gone, {len(new - old)} are new"
    if new - old:
        return f"{len(new - old)} files were added"
    return "applies elsewhere" if [pin.marker for pin in before] != [pin.marker for pin in after] else ""
