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
    now: float = 0.0
    blocks: list = field(default_factory=list)
    pull: object = None
    lost: object = None
    starts: int = 0
    refuses: str | None = None

    def open(self, rate, device):
        return self

    def clock(self):
        return self.now

    def start(self, pull, lost):
        if self.refuses:
            raise ProviderError(self.refuses)
        if self.pull is None:
            self.pull, self.lost, self.starts = pull, lost, self.starts + 1

    def stop(self):
        self.pull = None

    def run(self, frames, block=256):
        """Pull `frames`, as a device would; returns what it would have played."""
        made = []
        while frames > 0 and self.pull is not None:
            part = self.pull(min(block, frames))
            made.append(part)
            frames -= part.shape[1]
            self.now += part.shape[1] / self.rate
        return np.concatenate(made, axis=1) if made else np.zeros((2, 0), np.float32)


def settle(transport):
    """Do all the work there is."""
    while transport.work():
        pass
