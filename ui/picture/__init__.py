"""The picture of the clip that plays: decoded in a process of its own, shown in step with the player."""

from .canvas import PictureCanvas
from .controller import PictureController
from .feed import PictureFeed, PictureShot, PictureWish

__all__ = ["PictureCanvas", "PictureController", "PictureFeed", "PictureShot", "PictureWish"]
