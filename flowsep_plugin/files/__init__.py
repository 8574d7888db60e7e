"""From a file to files: the arrow streamed, with names, metadata and a receipt that reproduces it."""

from .names import safe_name
from .receipt import RECEIPT_FORMAT, read_receipt
from .request import FORMATS, FileRequest
from .stream import FileSeparation, separate_file

__all__ = [
    "FORMATS",
    "RECEIPT_FORMAT",
    "FileRequest",
    "FileSeparation",
    "read_receipt",
    "safe_name",
    "separate_file",
]
