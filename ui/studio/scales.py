"""Sliders' numbers: where a value lies on a slider of whole steps, what a step means, and how it is written.

`scale.value(scale.step(v))` is v to within half a step.
"""

import math
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Scale:
    """From `low` to `high` in `steps`; on a `logarithmic` scale equal steps are equal factors."""

    low: float
    high: float
    steps: int
    unit: str
    digits: int = 2
    logarithmic: bool = False

    def step(self, value: float) -> int:
        """The step nearest to a value. Inverse: `value`."""
        value = min(max(value, self.low), self.high)
        part = (
            math.log(value / self.low) / math.log(self.high / self.low)
            if self.logarithmic
            else (value - self.low) / (self.high - self.low)
        )
        return round(part * self.steps)

    def value(self, step: int) -> float:
        """What a step means, to `digits`. Inverse: `step`."""
        part = min(max(step, 0), self.steps) / self.steps
        exact = (
            self.low * (self.high / self.low) ** part if self.logarithmic else self.low + part * (self.high - self.low)
        )
        return min(max(round(exact, self.digits), self.low), self.high)

    def text(self, value: float) -> str:
        """The value with its unit."""
        return f"{value:.{self.digits}f}{self.unit}"


STRENGTH: Final = Scale(0.25, 4.0, 96, " ×", logarithmic=True)
REDUCE: Final = Scale(1.0, 60.0, 118, " dB", digits=1)
GATE: Final = Scale(0.0, 1.0, 100, "")
"""Shown as per cent."""
