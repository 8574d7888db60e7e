"""Reads PCM sound in MXF files: OP-Atom and OP1a, clip- and frame-wrapped, in one track or many.

A file is walked through once for the places of its elements; samples are read where they are, never the whole file.
Not read: compressed and encrypted sound, sound in other files, picture.
"""

from .frames import MxfFrames
from .packages import file_umids, umid_key
from .sound import MxfSound, is_mxf, read_mxf

__all__ = ["MxfFrames", "MxfSound", "file_umids", "is_mxf", "read_mxf", "umid_key"]
