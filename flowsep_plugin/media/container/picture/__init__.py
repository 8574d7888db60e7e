"""The picture of a video: decoded frame by frame in a process of its own, at the size of a display."""

from .host import PictureFile, PictureHost, PictureImage

__all__ = ["PictureFile", "PictureHost", "PictureImage"]
