"""An output without a device: its clock moves when a test pulls, and what was pulled is kept."""

from dataclasses import dataclass, field

import numpy as np

from flowsep_plugin.errors import ProviderError


@dataclass
class FakeOutput:
    rate: int = 48_000
    name: str = "fake"
    silent_reason: str | None = None
    latency_seconds: float = 0.0
    now_s: float = 0.0
    blocks: list = field(default_factory=list)
    pull: object = None
    on_lost: object = None
    starts: int = 0
    refuses: str | None = None

    def open(self, rate, device):
        return self

    def clock(self):
        return self.now_s

    def start(self, pull, on_lost):
        if self.refuses:
            raise ProviderError(self.refuses)
        if self.pull is None:
            self.pull, self.on_lost, self.starts = pull, on_lost, self.starts + 1

    def stop(self):
        self.pull = None

    def run(self, frames, block=256):
        """Pull `frames`, as a device would; returns what it would have played."""
        parts = []
        while frames > 0 and self.pull is not None:
            part = self.pull(min(block, frames))
            parts.append(part)
            frames -= part.shape[1]
            self.now_s += part.shape[1] / self.rate
        return np.concatenate(parts, axis=1) if parts else np.zeros((2, 0), np.float32)


def settle(transport):
    """Do all the work there is."""
    while transport.work():
        pass
