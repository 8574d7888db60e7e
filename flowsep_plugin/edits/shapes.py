"""Shapes in the spectrogram: box, lasso and brush, in seconds of the timeline and hertz.

Lines between points are straight where time is linear and frequency logarithmic, as in the picture that they are drawn
in. A shape that reaches the highest or lowest frequency of the picture (20 kHz, 40 Hz) reaches all that is behind it.
"""

import math
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, TypeAlias

from flowsep_plugin.declared import declarations, declared
from flowsep_plugin.errors import UsageError
from flowsep_plugin.untrusted.shortened import shortened

MOST_POINTS: Final = 2000
"""Points of a lasso or a stroke at most: a minute of drawing at 30 points a second."""

MOST_SECONDS: Final = 1e7
"""Seconds from the timeline's start at most: 115 days."""
MOST_HZ: Final = 384_000.0
"""Half of the highest sample rate that is read."""

Point: TypeAlias = tuple[float, float]
"""Seconds of the timeline, hertz."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle: all of `start_seconds`..`stop_seconds` from `low_hz` to `high_hz`.

    Edges are soft: to reach the first or the last sample of a clip in full, go 20 ms beyond it.

    Raises UsageError for an empty range, or numbers out of range.
    """

    kind: ClassVar[str] = "box"

    start_seconds: float = field(metadata=declared("start on the timeline, s", low=-MOST_SECONDS, high=MOST_SECONDS))
    stop_seconds: float = field(metadata=declared("end on the timeline, s", low=-MOST_SECONDS, high=MOST_SECONDS))
    low_hz: float = field(metadata=declared("lowest frequency, Hz", low=0.0, high=MOST_HZ))
    high_hz: float = field(metadata=declared("highest frequency, Hz", low=0.0, high=MOST_HZ))

    def __post_init__(self) -> None:
        _check_numbers(self)
        if self.stop_seconds <= self.start_seconds:
            raise _refused(f"a box from {self.start_seconds:g} s to {self.stop_seconds:g} s is empty; end it later")
        if self.high_hz <= self.low_hz:
            raise _refused(f"a box from {self.low_hz:g} Hz to {self.high_hz:g} Hz is empty; end it higher")

    @property
    def seconds(self) -> tuple[float, float]:
        """Start and end on the timeline, in seconds."""
        return self.start_seconds, self.stop_seconds

    @property
    def hertz(self) -> tuple[float, float]:
        """Lowest and highest frequency, in hertz."""
        return self.low_hz, self.high_hz

    @property
    def point_count(self) -> int:
        """Number of points that it is drawn with."""
        return 2


@dataclass(frozen=True, slots=True)
class Lasso:
    """A polygon through `points`, closed from the last to the first; it may cross itself.

    What an odd number of its lines encloses is inside (the even-odd rule), so a loop within a loop is a hole.
    Raises UsageError for less than 3 points, more than `MOST_POINTS`, or numbers out of range.
    """

    kind: ClassVar[str] = "lasso"
    fewest_points: ClassVar[int] = 3

    points: tuple[Point, ...] = field(
        metadata=declared("points of the polygon, [seconds, hertz] each", longest=MOST_POINTS)
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "points", _points(self.points, "a lasso", self.fewest_points))

    @property
    def seconds(self) -> tuple[float, float]:
        """Time of the first and of the last point on the timeline, in seconds."""
        return _range(self.points, 0)

    @property
    def hertz(self) -> tuple[float, float]:
        """Frequency of the lowest and of the highest point, in hertz."""
        return _range(self.points, 1)

    @property
    def point_count(self) -> int:
        """Number of points that it is drawn with."""
        return len(self.points)


@dataclass(frozen=True, slots=True)
class Brush:
    """A stroke through `points` with a brush that is round in the picture; a single point is a dab.

    radius_seconds, radius_octaves : half of the brush's width and height. The height is in octaves because the
    picture's frequency axis is logarithmic: a brush of constant hertz would be a line at the top and a wall below.
    Raises UsageError for no points, more than `MOST_POINTS`, or numbers out of range.
    """

    kind: ClassVar[str] = "brush"
    fewest_points: ClassVar[int] = 1

    points: tuple[Point, ...] = field(
        metadata=declared("points of the stroke, [seconds, hertz] each", longest=MOST_POINTS)
    )
    radius_seconds: float = field(metadata=declared("half of the brush's width, s", low=0.001, high=60.0))
    radius_octaves: float = field(metadata=declared("half of the brush's height, octaves", low=0.01, high=10.0))

    def __post_init__(self) -> None:
        object.__setattr__(self, "points", _points(self.points, "a brush stroke", self.fewest_points))
        _check_numbers(self)

    @property
    def seconds(self) -> tuple[float, float]:
        """Start and end on the timeline, in seconds."""
        first, last = _range(self.points, 0)
        return first - self.radius_seconds, last + self.radius_seconds

    @property
    def hertz(self) -> tuple[float, float]:
        """Lowest and highest frequency, in hertz."""
        low, high = _range(self.points, 1)
        return low * 2**-self.radius_octaves, high * 2**self.radius_octaves

    @property
    def point_count(self) -> int:
        """Number of points that it is drawn with."""
        return len(self.points)


MaskShape: TypeAlias = Box | Lasso | Brush

SHAPES: Final[dict[str, type[Box] | type[Lasso] | type[Brush]]] = {kind.kind: kind for kind in (Box, Lasso, Brush)}
"""Shapes by their name in JSON."""


def _refused(message: str) -> UsageError:
    return UsageError(message, setting="edits")


def _check_numbers(shape: Any) -> None:
    """Turn the declared numbers of a shape into floats. Raises UsageError where one is none, or outside its limits."""
    for name, declaration in declarations(shape):
        value = getattr(shape, name)
        if name == "points":
            continue
        if not _is_number(value) or not declaration.allows(value):
            raise _refused(
                f"{name} of a {shape.kind} must be {declaration.range_text}; got {shortened(value)}; draw it again"
            )
        object.__setattr__(shape, name, float(value))


def _points(points: Any, what: str, fewest: int) -> tuple[Point, ...]:
    """Return checked points as floats. Raises UsageError with what is wrong."""
    if not isinstance(points, (list, tuple)) or not fewest <= len(points) <= MOST_POINTS:
        count = len(points) if isinstance(points, (list, tuple)) else "none"
        raise _refused(f"{what} has {fewest} to {MOST_POINTS} points; got {count}; draw it again")
    return tuple(_point(point, what) for point in points)


def _point(point: Any, what: str) -> Point:
    """Return a checked point as floats. Raises UsageError."""
    if isinstance(point, (list, tuple)) and len(point) == 2 and all(map(_is_number, point)):
        seconds, hertz = point
        if abs(seconds) <= MOST_SECONDS and 0 <= hertz <= MOST_HZ:
            return float(seconds), float(hertz)
    raise _refused(
        f"a point of {what} must be (seconds, hertz) with 0 to {MOST_HZ:g} Hz; got {shortened(point)}; draw it again"
    )


def _is_number(value: Any) -> bool:
    """Whether `value` is a finite number; true and false are none."""
    return not isinstance(value, bool) and isinstance(value, (int, float)) and -math.inf < value < math.inf


def _range(points: tuple[Point, ...], axis: int) -> tuple[float, float]:
    """Return the least and the greatest coordinate of `points` on an axis."""
    values = [point[axis] for point in points]
    return min(values), max(values)
