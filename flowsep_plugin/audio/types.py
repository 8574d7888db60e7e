"""Array types; every function says which axes its arrays have."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Samples: TypeAlias = NDArray[np.float32]
"""Audio, `(channels, frames)` unless a docstring says otherwise; full scale is ±1."""

Spectrum: TypeAlias = NDArray[np.complex64]
"""Short-time spectra, `(..., frames, bins)`."""

Mel: TypeAlias = NDArray[np.float32]
"""Natural log-mel magnitudes, `(..., frames, bands)`."""

Doubles: TypeAlias = NDArray[np.float64]
"""Float64, where float32 would round positions or sums."""

Floats: TypeAlias = NDArray[np.float32]
"""Any other float32 array."""
