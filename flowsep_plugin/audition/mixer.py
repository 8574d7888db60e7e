"""Sample-accurate mixing: position, loop and cross-fades, from blocks that were read ahead; rendering never waits.

A loop runs from its last frame into its first without a fade. Another choice, gain or voice cross-fades weights over
10 ms while the position goes on. Starting, stopping, jumping and the end of a selection fade for 2 ms.
"""

from collections.abc import Mapping
from threading import Lock
from typing import Final

import numpy as np

from flowsep_plugin.audio.types import Samples

from .read_ahead import FrameRange, ReadAhead

CROSSFADE_SECONDS: Final = 0.01
EDGE_SECONDS: Final = 0.002


class PlaybackMixer:
    """Mixes the voices of `read_ahead`; weights are by key. The output's thread calls `render`, others the rest."""

    def __init__(self, read_ahead: ReadAhead, rate: int, width: int, frames: int = 0) -> None:
        self.read_ahead, self.rate, self.width = read_ahead, rate, width
        self.starved = 0
        self._lock = Lock()
        self._frames, self._position = frames, 0
        self._loop: FrameRange | None = None
        self._end: int | None = None
        self._target: dict[int, float] = {}
        self._weight: dict[int, float] = {}
        self._ramp_frames, self._ramp_left = max(1, round(rate * CROSSFADE_SECONDS)), 0
        self._edge_frames, self._edge = max(1, round(rate * EDGE_SECONDS)), 0
        self._wants_sound, self._ended, self._jump = False, False, -1

    @property
    def position(self) -> int:
        """The frame that is rendered next; during the fade before a jump, the frame it jumps to."""
        jump = self._jump
        return self._position if jump < 0 else jump

    @property
    def sounding(self) -> int:
        """The frame that is being rendered, during the fade before a jump too."""
        return self._position

    @property
    def frames(self) -> int:
        """Length of the mix in frames."""
        return self._frames

    @property
    def loop(self) -> FrameRange | None:
        """Frames `[start, stop)` that are repeated; None without a loop."""
        return self._loop

    @property
    def has_ended(self) -> bool:
        """Whether play has reached the end of the mix, or of the part that was to be played."""
        return self._ended or self._position >= self._frames

    @property
    def is_running(self) -> bool:
        """Whether it plays, or will play once frames are available."""
        return self._wants_sound

    @property
    def is_silent(self) -> bool:
        """Whether playback has stopped and its fade-out is over."""
        return not self._wants_sound and self._edge == 0

    def start(self) -> None:
        """Play from the position; from the start if it is at the end."""
        with self._lock:
            if self.position >= self._frames:
                self._jump_to(0)
            self._wants_sound, self._ended = True, False

    def pause(self) -> None:
        """Fade out and keep the position."""
        with self._lock:
            self._wants_sound = False

    def seek(self, frame: int) -> None:
        """Jump to `frame`; during playback with a fade-out and fade-in of 2 ms."""
        with self._lock:
            self._jump_to(min(max(0, frame), self._frames))

    def set_loop(self, loop: FrameRange | None) -> None:
        """Repeat `[start, stop)`, None repeats nothing. A position past the loop plays to the end of the mix."""
        with self._lock:
            if loop is not None:
                start, stop = max(0, loop[0]), min(self._frames, loop[1])
                loop = (start, stop) if stop > start else None
            self._loop = loop

    def set_end(self, end: int | None) -> None:
        """Stop at frame `end`, with a fade before it, where play reaches it; None plays to the end of the mix."""
        with self._lock:
            self._end = end

    def set_frames(self, frames: int) -> None:
        """Set the length; drops a loop and resets a position that exceed it."""
        with self._lock:
            self._frames = frames
            if self._loop and self._loop[1] > frames:
                self._loop = None
            if self._position > frames:
                self._position = 0

    def set_weights(self, mix_weights: Mapping[int, float]) -> None:
        """Cross-fade to these weights; applies them at once while silent."""
        with self._lock:
            self._target = dict(mix_weights)
            if self._edge == 0:
                self._weight, self._ramp_left = dict(mix_weights), 0
            elif self._weight != self._target:
                self._ramp_left = self._ramp_frames

    def in_use(self) -> set[int]:
        """Return the keys of voices that sound, or fade in or out."""
        with self._lock:
            return {*self._target, *self._weight}

    def render(self, frames: int) -> Samples:
        """Return the next `frames` as (width, frames) float32; zeros while stopped, or where frames are not read yet.

        Frames that were not read in time are played later, not skipped; `starved` counts the blocks this happens to.
        """
        out = np.zeros((self.width, frames), np.float32)
        done = 0
        with self._lock:
            while done < frames and self._goes_on():
                step = self._step(frames - done)
                part = self._mix(step)
                if part is None and not self._rises():  # the frames to fade out from are discarded already
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
        """Whether there are frames to render; performs a jump once the fade before it is over."""
        if self._edge == 0 and self._jump >= 0:
            self._position, self._jump = self._jump, -1
        if self._position >= self._frames:
            self._wants_sound, self._edge = False, 0
        if self._end is not None and self._wants_sound and self._end - self._edge_frames <= self._position <= self._end:
            self._wants_sound, self._ended = False, True
            self._edge = min(self._edge, self._end - self._position)
        return self._wants_sound or self._edge > 0

    def _step(self, left: int) -> int:
        """Return for how many frames all slopes stay straight and the position does not jump."""
        stop = self._loop[1] if self._loop and self._position < self._loop[1] else self._frames
        if self._end is not None and self._rises() and self._position < self._end - self._edge_frames:
            stop = min(stop, self._end - self._edge_frames)
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
            gain, later = self._weight.get(key, 0.0), self._later(key, step)
            if gain == later == 0.0:
                continue
            block = self.read_ahead.block(key, self._position, self._position + step)
            if block is None:
                return None
            out += block if gain == later == 1.0 else block * _slope(gain, later, step)
        edge, later = self._edge / self._edge_frames, self._edge_after(step) / self._edge_frames
        return out if edge == later == 1.0 else out * _slope(edge, later, step)

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
        gain, target = self._weight.get(key, 0.0), self._target.get(key, 0.0)
        return gain + (target - gain) * step / self._ramp_left if self._ramp_left else gain

    def _rises(self) -> bool:
        return self._wants_sound and self._jump < 0

    def _edge_after(self, step: int) -> int:
        return min(self._edge_frames, self._edge + step) if self._rises() else max(0, self._edge - step)

    def _jump_to(self, frame: int) -> None:
        self._ended = False
        if self._edge == 0:
            self._position, self._jump = frame, -1
        else:
            self._jump = frame


def _slope(first: float, later: float, step: int) -> Samples | np.float32:
    """Return factors, (step,), from `first` towards `later`, which would come next; a scalar where both are equal."""
    if first == later:
        return np.float32(first)
    return np.linspace(first, later, step, endpoint=False, dtype=np.float32)
