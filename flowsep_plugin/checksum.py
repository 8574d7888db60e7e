"""Checksums that identify files: SHA-256."""

import hashlib
from pathlib import Path

from .untrusted.regular_file import open_regular


def sha256(path: Path) -> str:
    """Return the SHA-256 of the file at `path` in hexadecimal.

    Raises OSError where it cannot be read or is not a regular file.
    """
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
