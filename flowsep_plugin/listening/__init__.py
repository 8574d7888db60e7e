"""Find out which sounds are in a clip, without queries: what, when, how loud and how sure.

    source ─► patches ─► YAMNet ─► log-odds of 521 classes ─► runs ─► sounds
              0.48 s     listen    calibrated (head.npz)     hysteresis   captions, none twice

`Listener.listen` reads a file or a clip block by block; `label` names a short example, `find` searches for a text.
"""

from .captions import ClassCaption, caption_of, caption_table
from .listener import Listenable, Listener, SearchResult
from .results import CERTAINTIES, Certainty, Heard, HeardSound

__all__ = [
    "CERTAINTIES",
    "Certainty",
    "ClassCaption",
    "Heard",
    "HeardSound",
    "Listenable",
    "Listener",
    "SearchResult",
    "caption_of",
    "caption_table",
]
