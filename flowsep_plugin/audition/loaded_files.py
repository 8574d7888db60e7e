"""The files of the clip that is loaded, by name, each with the key under which read-ahead and mixer know it."""

from collections.abc import Collection, Mapping

from .outputs import WIDTH
from .playback_file import Piece, PlaybackFile
from .read_ahead import ReadAhead


class LoadedFiles:
    """Names ("clip", "stem:NAME", "rest") and keys of the open files; a rewritten file gets a new key."""

    def __init__(self, read_ahead: ReadAhead) -> None:
        self.keys: dict[str, int] = {}
        self._read_ahead = read_ahead
        self._next_key = 0

    def __getitem__(self, name: str) -> PlaybackFile:
        return self._read_ahead.files[self.keys[name]]

    def is_current(self, name: str, piece: Piece | None) -> bool:
        """Whether the open file of that name has the same bytes as `piece`."""
        return piece is not None and name in self.keys and self[name].is_current(piece)

    def replace(self, files: Mapping[str, Piece], rate: int) -> None:
        """Load `files`, opening new ones at `rate`. Raises MediaError, and opens none, where one cannot be opened."""
        added: dict[str, PlaybackFile] = {}
        try:
            for name, piece in files.items():
                if not self.is_current(name, piece):
                    added[name] = PlaybackFile(piece, rate, WIDTH)
        except BaseException:
            for file in added.values():
                file.close()
            raise
        keys = {name: self._next_key + number for number, name in enumerate(added)}
        self._next_key += len(keys)
        self._read_ahead.files.update({keys[name]: file for name, file in added.items()})
        self.keys = {name: keys[name] if name in keys else self.keys[name] for name in files}

    def close_unused(self, in_use: Collection[int]) -> None:
        """Close the files that are neither loaded nor `in_use`, such as those that still fade out."""
        used = {*self.keys.values(), *in_use}
        for key in [key for key in self._read_ahead.files if key not in used]:
            self._read_ahead.files.pop(key).close()
