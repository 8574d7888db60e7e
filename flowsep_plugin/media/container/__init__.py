"""Video files and containers of compressed sound, read with PyAV (the extra `video`), which is imported when needed."""

from .choice import check_choice, chosen_stream, default_stream, listed_streams
from .mux import check_fits_track, mux, track_format
from .records import AudioStream, ContainerHeader, TrackFormat
from .sniff import CONTAINER_SUFFIXES, container_suffixes
from .streams import is_container, read_header, streams

__all__ = [
    "CONTAINER_SUFFIXES",
    "AudioStream",
    "ContainerHeader",
    "TrackFormat",
    "check_choice",
    "check_fits_track",
    "chosen_stream",
    "container_suffixes",
    "default_stream",
    "is_container",
    "listed_streams",
    "mux",
    "read_header",
    "streams",
    "track_format",
]
