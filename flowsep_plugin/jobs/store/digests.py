"""SHA-256 of files, computed once for every size and modification time."""

import json
from pathlib import Path

from flowsep_plugin.checksum import sha256
from flowsep_plugin.errors import BundleError, MediaError
from flowsep_plugin.models import find_model
from flowsep_plugin.version import __version__

from .database import Database

_MOST = 100_000
_SELECT = (
    "SELECT sha256 FROM digests WHERE path=? AND size=? AND changed=? "
    "AND length(sha256)=64 AND sha256 NOT GLOB '*[^0-9a-f]*'"
)
"""Finds no digest that was damaged: the file is read again."""


class Digests:
    """Digests of audio files, cached in `database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, path: Path) -> str:
        """Return the SHA-256 of the file at `path`, in hexadecimal. Raises MediaError where it cannot be read."""
        try:
            status = path.stat()
            key = (json.dumps(str(path)), status.st_size, status.st_mtime_ns)
            rows = self._database.select(_SELECT, key)
            if rows:
                return str(rows[0]["sha256"])
            digest = sha256(path)
        except OSError as error:
            raise MediaError(f"{path} cannot be read ({error.strerror}); check the name and its permissions") from error
        with self._database.write() as run:
            run("INSERT OR REPLACE INTO digests VALUES (?, ?, ?, ?)", (*key, digest))
            run("DELETE FROM digests WHERE rowid <= (SELECT max(rowid) FROM digests) - ?", (_MOST,))
        return digest


def model_digest(model: str) -> str:
    """Return the SHA-256 of a model's card, which holds the digests of its graphs; "echo VERSION" for the echo engine.

    Raises BundleError where the model is missing or its card cannot be read.
    """
    if model == "echo":
        return f"echo {__version__}"
    card = find_model(model) / "card.json"
    try:
        return sha256(card)
    except OSError as error:
        raise BundleError(f"{card}: the model's card cannot be read ({error.strerror}); install it again") from error
