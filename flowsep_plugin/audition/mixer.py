"""The transport to the sample: position, loop, cross-fades; blocks out of what was read ahead, and never waits.

A loop runs from its last frame into its first without a fade. Changing what is heard, a gain or a file moves weights in
10 ms, with the position going on. Starting, stopping and jumping fade for 2 ms.
"""

from collections.abc import Mapping
from threading import Lock
from typing import Final

import numpy as np

from flowsep_plugin.audio.types import Samples

from .read_ahead import FrameRange, ReadAhead

CROSSFADE_SECONDS: Final = 0.01
EDGE_SECONDS: Final = 0.002


class Mixer:
    """`render` is called by the output's thread, the rest by others; weights are by voice key of `ahead`."""

    def __init__(self, ahead: ReadAhead, rate: int, width: int, frames: int = 0) -> None:
        self.ahead, self.rate, self.width = ahead, rate, width
        self.starved = 0
        self._lock = Lock()
        self._frames, self._position = frames, 0
        self._loop: FrameRange | None = None
        self._target: dict[int, float] = {}
        self._weight: dict[int, float] = {}
        self._ramp_frames, self._ramp_left = max(1, round(rate * CROSSFADE_SECONDS)), 0
        self._edge_frames, self._edge = max(1, round(rate * EDGE_SECONDS)), 0
        self._wants_sound, self._jump = False, -1

    @property
    def position(self) -> int:
        """The next frame that is rendered; where a jump goes to once one is asked for."""
        jump = self._jump
        return self._position if jump < 0 else jump

    @property
    def sounding(self) -> int:
        """The frame that sounds until a jump is taken."""
        return self._position

    @property
    def frames(self) -> int:
        """Length."""
        return self._frames

    @property
    def loop(self) -> FrameRange | None:
        """What is repeated, `[start, stop)`."""
        return self._loop

    @property
    def is_running(self) -> bool:
        """Whether it plays, or will once there is something to play."""
        return self._wants_sound

    @property
    def is_silent(self) -> bool:
        """Whether the last fade is over."""
        return not self._wants_sound and self._edge == 0

    def start(self) -> None:
        """Sound from the position on; from the start where it stands at the end."""
        with self._lock:
            if self.position >= self._frames:
                self._jump_to(0)
            self._wants_sound = True

    def pause(self) -> None:
        """Fade out and stay there."""
        with self._lock:
            self._wants_sound = False

    def seek(self, frame: int) -> None:
        """Jump; in sound, over a fade of 2 ms out and in."""
        with self._lock:
            self._jump_to(min(max(0, frame), self._frames))

    def set_loop(self, loop: FrameRange | None) -> None:
        """Repeat `[start, stop)`; a position behind its end plays on to the end of all."""
        with self._lock:
            if loop is not None:
                start, stop = max(0, loop[0]), min(self._frames, loop[1])
                loop = (start, stop) if stop > start else None
            self._loop = loop

    def set_frames(self, frames: int) -> None:
        """Another length; what lies outside is cut off."""
        with self._lock:
            self._frames = frames
            if self._loop and self._loop[1] > frames:
                self._loop = None
            if self._position > frames:
                self._position = 0

    def set_weights(self, weights: Mapping[int, float]) -> None:
        """Cross-fade to these; at once where nothing sounds."""
        with self._lock:
            self._target = dict(weights)
            if self._edge == 0:
                self._weight, self._ramp_left = dict(weights), 0
            elif self._weight != self._target:
                self._ramp_left = self._ramp_frames

    def in_use(self) -> set[int]:
        """Voices that sound, or fade."""
        with self._lock:
            return {*self._target, *self._weight}

    def render(self, frames: int) -> Samples:
        """Make the next `frames` as (width, frames) float32; zeros where it stands, or where the disk is late.

        What the disk did not bring in time is played later, not left out; `starved` counts such blocks.
        """
        out = np.zeros((self.width, frames), np.float32)
        done = 0
        with self._lock:
            while done < frames and self._goes_on():
                step = self._step(frames - done)
                part = self._mix(step)
                if part is None and not self._rises():  # what it fades out from was let go already
                    self._edge = 0
                    continue
                if part is None:
                    self.starved += 1
                    break
                out[:, done : done + step] = part
                done += step
                self._advance(step)
        return out

    def _goes_on(self) -> bool:
        """Whether there is sound to make now; takes a jump once the fade before it is over."""
        if self._edge == 0 and self._jump >= 0:
            self._position, self._jump = self._jump, -1
        if self._position >= self._frames:
            self._wants_sound, self._edge = False, 0
        return self._wants_sound or self._edge > 0

    def _step(self, left: int) -> int:
        """How far all slopes are straight and the position does not jump."""
        stop = self._loop[1] if self._loop and self._position < self._loop[1] else self._frames
        step = min(left, stop - self._position)
        if self._ramp_left:
            step = min(step, self._ramp_left)
        if self._rises() and self._edge < self._edge_frames:
            step = min(step, self._edge_frames - self._edge)
        elif not self._rises():
            step = min(step, self._edge)
        return step

    def _mix(self, step: int) -> Samples | None:
        out = np.zeros((self.width, step), np.float32)
        for key in self._weight.keys() | self._target.keys():
            now, later = self._weight.get(key, 0.0), self._later(key, step)
            if now == later == 0.0:
                continue
            block = self.ahead.block(key, self._position, self._position + step)
            if block is None:
                return None
            out += block if now == later == 1.0 else block * _slope(now, later, step)
        now, later = self._edge / self._edge_frames, self._edge_after(step) / self._edge_frames
        return out if now == later == 1.0 else out * _slope(now, later, step)

    def _advance(self, step: int) -> None:
        if self._ramp_left:
            keys = self._weight.keys() | self._target.keys()
            self._weight = {key: self._later(key, step) for key in keys}
            self._ramp_left -= step
            if not self._ramp_left:
                self._weight = dict(self._target)
        self._edge = self._edge_after(step)
        self._position += step
        if self._loop and self._position == self._loop[1]:
            self._position = self._loop[0]

    def _later(self, key: int, step: int) -> float:
        now, target = self._weight.get(key, 0.0), self._target.get(key, 0.0)
        return now + (target - now) * step / self._ramp_left if self._ramp_left else now

    def _rises(self) -> bool:
        return self._wants_sound and self._jump < 0

    def _edge_after(self, step: int) -> int:
        return min(self._edge_frames, self._edge + step) if self._rises() else max(0, self._edge - step)

    def _jump_to(self, frame: int) -> None:
        if self._edge == 0:
            self._position, self._jump = frame, -1
        else:
            self._jump = frame


def _slope(now: float, later: float, step: int) -> Samples | np.float32:
    """`step` factors from `now` on, the next of which would be `later`."""
    if now == later:
        return np.float32(now)
    return np.linspace(now, later, step, endpoint=False, dtype=np.float32)
