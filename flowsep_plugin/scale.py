"""Scales of sliders: convert between a setting's value and a slider's whole steps, and write the value with its unit.

`scale.value(scale.step(v))` is v to within half a step.
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Values from `low` to `high` on a slider with steps 0..`steps`.

    digits : decimals that a value is rounded to and written with.     percent : write 0..1 as 0 %..100 %.
    logarithmic : equal steps are equal factors instead of equal differences; needs low > 0.
    """

    low: float
    high: float
    steps: int = 100
    unit: str = ""
    digits: int = 2
    logarithmic: bool = False
    percent: bool = False

    def step(self, value: float) -> int:
        """Return the step nearest to `value`, which is first limited to the scale. Inverse: `value`."""
        value = min(max(value, self.low), self.high)
        part = (
            math.log(value / self.low) / math.log(self.high / self.low)
            if self.logarithmic
            else (value - self.low) / (self.high - self.low)
        )
        return round(part * self.steps)

    def value(self, step: int) -> float:
        """Return the value of `step`, rounded to `digits`. Inverse: `step`."""
        part = min(max(step, 0), self.steps) / self.steps
        exact = (
            self.low * (self.high / self.low) ** part if self.logarithmic else self.low + part * (self.high - self.low)
        )
        return min(max(round(exact, self.digits), self.low), self.high)

    def text(self, value: float) -> str:
        """Write `value` with its unit, such as "12.0 dB" or "50%"."""
        return f"{value:.0%}" if self.percent else f"{value:.{self.digits}f}{self.unit}"
