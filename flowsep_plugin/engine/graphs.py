"""Run a bundle's graphs on a device, in batches that fit its memory, with constant inputs kept there."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from flowsep_plugin.audio.types import Floats
from flowsep_plugin.errors import EngineError
from flowsep_plugin.onnx_runtime import ort

from .bundle import ModelBundle, open_with_fallback

log = logging.getLogger(__name__)

_MEMORY = {"cuda": "cuda", "tensorrt": "cuda"}
"""Devices whose memory holds inputs between flow steps, by their name in OrtValue."""

_OUT_OF_MEMORY = (
    "out of memory",
    "failed to allocate",
    "alloc_failed",
    "bad allocation",
    "bad_alloc",
    "cuda failure 2",
)


class GraphRunner:
    """The sessions of `bundle` on `device`.

    batch : rows of a run, by device name ("cpu", …; "" for any other). Halved for good when memory runs out.
    bind : whether constant inputs stay on the device; by default where it has memory of its own.
    Raises BundleError, ProviderError or UsageError where the sessions cannot be opened.
    """

    def __init__(
        self,
        bundle: ModelBundle,
        device: str = "auto",
        *,
        threads: int | None = None,
        batch: dict[str, int],
        bind: bool | None = None,
    ) -> None:
        self._name = bundle.card.name
        self.device, self.sessions = open_with_fallback(bundle, device, threads=threads)
        self.batch = batch.get(self.device.name, batch[""])
        self._bind = self.device.name in _MEMORY if bind is None else bind

    def has_input(self, graph: str, name: str) -> bool:
        """Whether `graph` has an input called `name`."""
        return any(port.name == name for port in self.sessions[graph].get_inputs())

    def output_index(self, graph: str, name: str) -> int | None:
        """Return the index of output `name` in what `run` returns; None where the graph has no such output."""
        names = [port.name for port in self.sessions[graph].get_outputs()]
        return names.index(name) if name in names else None

    def batches(self, stack: Floats) -> Iterator[Floats]:
        """Yield (rows, …) in batches (at most `batch`, …); a smaller batch size counts from the next one on."""
        first = 0
        while first < len(stack):
            part = stack[first : first + self.batch]
            first += len(part)
            yield part

    def run(self, graph: str, inputs: dict[str, Any]) -> list[Floats]:
        """Run a graph on inputs (batch, …) by name; return its outputs (batch, …) in order.

        Raises EngineError that names the graph and the device.
        """
        rows = len(next(iter(inputs.values())))
        arrays = {name: np.ascontiguousarray(value) for name, value in inputs.items()}
        try:
            return list(self._session(graph).run(None, arrays))
        except EngineError:
            raise
        except Exception as error:
            if rows > 1 and any(sign in str(error).lower() for sign in _OUT_OF_MEMORY):
                self.batch = max(1, min(self.batch, rows) // 2)
                log.warning("%s: out of memory with a batch of %d; going on with %d", graph, rows, self.batch)
                return self._in_halves(graph, inputs, rows)
            raise EngineError(f"{self._name}: graph {graph!r} failed on {self.device.name}: {error}") from error

    def repeat(self, graph: str, constant: dict[str, Floats]) -> Callable[[dict[str, Floats]], list[Floats]]:
        """Return a function that runs `graph` on its other inputs (batch, …); `constant` ones are sent only once."""
        if not self._bind:
            return lambda inputs: self.run(graph, {**constant, **inputs})
        session = self._session(graph)
        binding = session.io_binding()
        try:
            for name, value in constant.items():
                array, memory = np.ascontiguousarray(value), _MEMORY.get(self.device.name, "cpu")
                binding.bind_ortvalue_input(name, ort.OrtValue.ortvalue_from_numpy(array, memory, 0))
        except Exception as error:  # a full device: `run` knows how to go on with less
            log.warning("%s: inputs cannot stay on %s (%s); they are sent every step", graph, self.device.name, error)
            return lambda inputs: self.run(graph, {**constant, **inputs})

        def run_bound(inputs: dict[str, Floats]) -> list[Floats]:
            for name, value in inputs.items():
                binding.bind_cpu_input(name, np.ascontiguousarray(value))
            for port in session.get_outputs():
                binding.bind_output(port.name, "cpu")
            try:
                session.run_with_iobinding(binding)
            except Exception as error:
                log.warning("%s: %s; once more without binding", graph, error)
                return self.run(graph, {**constant, **inputs})
            return list(binding.copy_outputs_to_cpu())

        return run_bound

    def close(self) -> None:
        """Release all sessions with their memory, also on the device. Idempotent."""
        self.sessions = {}

    def _session(self, graph: str) -> Any:
        if not self.sessions:
            raise EngineError(f"{self._name}: the model is closed; open it again")
        return self.sessions[graph]

    def _in_halves(self, graph: str, inputs: dict[str, Any], rows: int) -> list[Floats]:
        halves = ((0, rows // 2), (rows // 2, rows))
        parts = [self.run(graph, {name: value[low:high] for name, value in inputs.items()}) for low, high in halves]
        return [np.concatenate(pair) for pair in zip(*parts, strict=True)]
