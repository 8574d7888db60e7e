"""Write the sources of a Flatpak from what pip would install by a lock: addresses and hashes of wheels, nothing else.

`packaging/flatpak.sh` calls pip and this. The report is that of `pip install --dry-run --report`.
"""

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def flatpak_sources(report: Mapping[str, Any], lock: str) -> list[dict[str, str]]:
    """Return a source of type `file` for each distribution of pip's report, by name.

    Raises ValueError for an address that is not https, and for a hash that the lock does not have.
    """
    pinned = set(re.findall(r"--hash=sha256:([0-9a-f]{64})", lock))
    sources = []
    for item in sorted(report["install"], key=lambda item: item["metadata"]["name"].casefold()):
        address, sha256 = item["download_info"]["url"], item["download_info"]["archive_info"]["hashes"]["sha256"]
        if not address.startswith("https://"):
            raise ValueError(f"{address}: a Flatpak's sources are fetched by https; have pip ask pypi.org itself")
        if sha256 not in pinned:
            raise ValueError(f"{address}: its hash is not in the lock")
        sources.append({"type": "file", "url": address, "sha256": sha256})
    return sources


def main(report: str, lock: str, out: str) -> None:
    """Write the sources to the file `out`."""
    sources = flatpak_sources(json.loads(Path(report).read_text("utf-8")), Path(lock).read_text("utf-8"))
    Path(out).write_text(json.dumps(sources, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
