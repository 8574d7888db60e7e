"""Separate a file into files, block by block, with metadata and a receipt from which they can be reproduced."""

from .receipt_file import RECEIPT_FORMAT, read_receipt
from .request import ABSENT_POLICIES, FORMATS, MUX_POLICIES, AbsentPolicy, FileRequest, MuxPolicy
from .stem_paths import safe_name
from .stream import FileSeparation, separate_file

__all__ = [
    "ABSENT_POLICIES",
    "FORMATS",
    "MUX_POLICIES",
    "RECEIPT_FORMAT",
    "AbsentPolicy",
    "FileRequest",
    "FileSeparation",
    "MuxPolicy",
    "read_receipt",
    "safe_name",
    "separate_file",
]
