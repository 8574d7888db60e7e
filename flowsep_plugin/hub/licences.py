"""Licences: SPDX identifiers, as cards have them, and the Hub's own."""

import re

LICENCES = {
    "agpl-3.0": "agpl-3.0", "apache-2.0": "apache-2.0", "bsd-2-clause": "bsd-2-clause", "bsd-3-clause": "bsd-3-clause",
    "cc-by-4.0": "cc-by-4.0", "cc-by-nc-4.0": "cc-by-nc-4.0", "cc-by-nc-sa-4.0": "cc-by-nc-sa-4.0",
    "cc-by-sa-4.0": "cc-by-sa-4.0", "cc0-1.0": "cc0-1.0", "gpl-2.0": "gpl-2.0", "gpl-3.0": "gpl-3.0",
    "lgpl-3.0": "lgpl-3.0", "mit": "mit", "mpl-2.0": "mpl-2.0",
}  # fmt: skip
"""SPDX identifier in small letters, without -only and -or-later -> the Hub's identifier."""


def licence_identifier(licence: str) -> str | None:
    """Return the Hub's identifier of an SPDX licence; None for one that the Hub does not have."""
    return LICENCES.get(re.sub(r"-(only|or-later)$", "", licence.strip().casefold()))
