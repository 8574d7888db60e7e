"""`provenance.json` of an installed model: the repository and commit, or the addresses, that its files came from.

It lies beside the card, which does not name it, so a bundle is the same with and without.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from flowsep_plugin.declared import declared
from flowsep_plugin.errors import BundleError
from flowsep_plugin.untrusted.decoding import Origin, read_json
from flowsep_plugin.untrusted.records import read
from flowsep_plugin.version import __version__

PROVENANCE: Final = "provenance.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOrigin:
    """Origin of one fetched file."""

    sha256: str = field(metadata=declared("checksum of the file, hexadecimal", longest=64))
    size: int = field(metadata=declared("bytes", low=0))
    url: str = field(default="", metadata=declared("address, where it is not a file of `repository`"))
    commit: str = field(default="", metadata=declared("commit that the server named for `url`", longest=64))


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Origin of an installed model: a repository of the Hub, or the files that it was converted from."""

    repository: str = field(default="", metadata=declared("`org/name` on the Hub"))
    folder: str = field(default="", metadata=declared("folder of the bundle in the repository"))
    revision: str = field(default="", metadata=declared("branch, tag or commit that was requested"))
    commit: str = field(default="", metadata=declared("commit that was installed", longest=64))
    endpoint: str = field(default="", metadata=declared("address of the Hub or its mirror"))
    licence: str = field(default="", metadata=declared("licence that the repository's page names"))
    installed: str = field(default="", metadata=declared("time, ISO 8601, UTC"))
    flowsep: str = field(default="", metadata=declared("version of flowsep that installed it"))
    files: Mapping[str, FileOrigin] = field(default_factory=dict, metadata=declared("fetched files by name"))

    def write(self, folder: Path) -> None:
        """Write `provenance.json` into `folder`, with the time and this version. Raises OSError."""
        record = {
            "format": 1,
            **asdict(self),
            "installed": datetime.now(UTC).isoformat(timespec="seconds"),
            "flowsep": __version__,
        }
        text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
        (folder / PROVENANCE).write_text(text, encoding="utf-8")


def read_provenance(folder: Path) -> Provenance | None:
    """Return the provenance of the model in `folder`; None where it has none or one that cannot be read."""
    try:
        origin = Origin(str(folder / PROVENANCE), BundleError, "install the model again")
        return read(Provenance, read_json(folder / PROVENANCE, origin, 4 << 20), origin)
    except (BundleError, OSError):
        return None
