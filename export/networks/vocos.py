"""Our vocoder: ConvNeXt blocks at frame rate, then an inverse STFT inside the graph (the shape of Vocos).

The inverse STFT is a product with a windowed Fourier basis and four shifted additions, because `torch.istft` exports to
an invalid graph (torch 2.13). The basis is looked up from one period of a cosine, so it takes no room in the file: ONNX
Runtime folds it when it loads the graph.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_OVERLAP = 4  # hops in a frame; periodic Hann squared then adds up to 1.5 everywhere
_HANN_SQUARED_SUM = 1.5
_LOUDEST = 8.0  # exp(8) = 2981: a full-scale sine's bin at n_fft 2048 is 1024


@dataclass(frozen=True, slots=True)
class VocosConfig:
    """Sizes of a `Vocos`; `hop` in samples."""

    bands: int = 128
    hop: int = 441
    width: int = 256
    hidden: int = 768
    blocks: int = 6
    kernel: int = 7

    @property
    def n_fft(self) -> int:
        """Length of a synthesis frame."""
        return _OVERLAP * self.hop


class ConvNeXtBlock(nn.Module):
    """Depthwise convolution over frames, norm, two pointwise layers, scaled residual."""

    def __init__(self, width: int, hidden: int, kernel: int, blocks: int) -> None:
        super().__init__()
        self.spread = nn.Conv1d(width, width, kernel, padding=kernel // 2, groups=width)
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.up, self.down = nn.Linear(width, hidden), nn.Linear(hidden, width)
        self.gain = nn.Parameter(torch.full((width,), 1.0 / blocks))

    def forward(self, x: Tensor) -> Tensor:
        """`(B, width, frames)` to the same shape."""
        h = self.norm(self.spread(x).transpose(1, 2))
        h = self.gain * self.down(F.gelu(self.up(h)))
        return x + h.transpose(1, 2)


class InverseSTFT(nn.Module):
    """Overlap-add of windowed frames of 4 hops; the two frames past either edge are given and cut off."""

    window: Tensor
    period: Tensor

    def __init__(self, hop: int) -> None:
        super().__init__()
        self.hop, self.n_fft = hop, _OVERLAP * hop
        angle = 2 * math.pi * torch.arange(self.n_fft, dtype=torch.float64) / self.n_fft
        self.register_buffer("window", (0.5 - 0.5 * angle.cos()).float(), persistent=False)
        self.register_buffer("period", angle.cos().float(), persistent=False)

    def basis(self) -> Tensor:
        """Real and imaginary rows of the windowed, normalised inverse transform, `(n_fft + 2, n_fft)`."""
        bins = torch.arange(self.n_fft // 2 + 1, device=self.period.device)
        turns = bins[:, None] * torch.arange(self.n_fft, device=self.period.device)
        cos = self.period[turns % self.n_fft]
        sin = self.period[(turns + self.n_fft * 3 // 4) % self.n_fft]  # sin x = cos(x - a quarter turn)
        twice = torch.where((bins == 0) | (bins == self.n_fft // 2), 1.0, 2.0)[:, None]
        scale = twice * self.window / (self.n_fft * _HANN_SQUARED_SUM)
        return torch.cat([cos * scale, -sin * scale])

    def forward(self, spectrum: Tensor) -> Tensor:
        """`(B, frames + 4, n_fft + 2)`, real parts then imaginary ones, to `(B, frames * hop)`.

        Frame m + 2 is centred at sample m * hop.
        """
        frames = spectrum @ self.basis()
        batch, count = frames.shape[0], frames.shape[1]
        hops = frames.reshape(batch, count, _OVERLAP, self.hop)
        parts = [F.pad(hops[:, :, i], (0, 0, i, _OVERLAP - 1 - i)) for i in range(_OVERLAP)]
        added = parts[0] + parts[1] + parts[2] + parts[3]
        return added[:, _OVERLAP:count].reshape(batch, -1)


class Vocos(nn.Module):
    """Natural log-mel `(B, bands, frames)` to waveform `(B, frames * hop)`; frame m is centred at sample m * hop.

    A sample depends on `reach` frames to either side, so long audio can be made in chunks with that much context.
    """

    mel_mean: Tensor
    mel_std: Tensor

    def __init__(self, config: VocosConfig | None = None) -> None:
        super().__init__()
        c = self.config = config or VocosConfig()
        self.register_buffer("mel_mean", torch.full((c.bands, 1), -6.0))
        self.register_buffer("mel_std", torch.full((c.bands, 1), 2.5))
        self.enter = nn.Conv1d(c.bands, c.width, c.kernel, padding=c.kernel // 2)
        self.enter_norm, self.leave_norm = nn.LayerNorm(c.width, eps=1e-6), nn.LayerNorm(c.width, eps=1e-6)
        self.blocks = nn.ModuleList([ConvNeXtBlock(c.width, c.hidden, c.kernel, c.blocks) for _ in range(c.blocks)])
        self.out = nn.Linear(c.width, c.n_fft + 2)
        self.synthesis = InverseSTFT(c.hop)

    @property
    def reach(self) -> int:
        """Frames of context to either side that a sample can depend on."""
        return (self.config.blocks + 1) * (self.config.kernel // 2) + _OVERLAP // 2

    def spectrum(self, mel: Tensor) -> Tensor:
        """`(B, bands, frames)` to `(B, frames, n_fft + 2)`: real parts, then imaginary ones."""
        x = self.enter((mel - self.mel_mean) / self.mel_std)
        x = self.enter_norm(x.transpose(1, 2)).transpose(1, 2)
        for block in self.blocks:
            x = block(x)
        log_magnitude, phase = self.out(self.leave_norm(x.transpose(1, 2))).float().chunk(2, dim=-1)
        magnitude = log_magnitude.clamp(max=_LOUDEST).exp()
        return torch.cat([magnitude * phase.cos(), magnitude * phase.sin()], dim=-1)

    def forward(self, mel: Tensor) -> Tensor:
        """`(B, bands, frames)` to `(B, frames * hop)`."""
        edge = _OVERLAP // 2
        padded = F.pad(mel, (edge, edge), mode="replicate")
        return self.synthesis(self.spectrum(padded))
