"""Edits of a stem by hand: shapes in the spectrogram that add to a stem what sounds there, or take it away.

    MaskEdit: Box, Lasso or Brush, "add" or "take" ─► weights at the bins of the renderer's transform ─► stems, residual

An edit belongs to rendering, like a render setting: it needs the clip and a cached estimate, and no inference. Inside
its shape it is exact, outside it changes nothing, and whatever leaves a stem goes to the residual, so the null holds.
`render.edited` applies it.
"""

from .limits import check_edits, check_stem_edits, edits_from_json
from .mask_edit import Action, MaskEdit
from .presence import edited_presence
from .shapes import Box, Brush, Lasso, MaskShape, Point
from .touched import affected_span

__all__ = [
    "Action", "Box", "Brush", "Lasso", "MaskEdit", "MaskShape", "Point", "affected_span", "check_edits",
    "check_stem_edits", "edited_presence", "edits_from_json",
]  # fmt: skip
