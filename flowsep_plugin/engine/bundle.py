"""A model on disk: `card.json`, graphs, tokenizer files. Opening it checks that they belong together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from flowsep_plugin.checksum import sha256
from flowsep_plugin.errors import BundleError, ProviderError
from flowsep_plugin.untrusted.printable import printable
from flowsep_plugin.untrusted.regular_file import is_folder, open_regular
from flowsep_plugin.untrusted.shortened import shortened

from .card import CARD, Graph, ModelCard
from .families import find_family, load_card
from .graph_spec import GraphSpec, Port
from .installation import check_installation
from .onnx_file import OnnxFacts, read_onnx_facts
from .providers import Device, choose_device, open_session

_OPSETS = range(17, 24)


@dataclass(frozen=True, slots=True)
class ModelBundle:
    """A bundle whose card was read and whose checksums hold; `sessions` opens its graphs."""

    folder: Path
    card: ModelCard

    @classmethod
    def open(cls, folder: Path, *, verify: bool = True) -> "ModelBundle":
        """Read the card; check that every file it names is there and, with `verify`, has the checksum it gives.

        Files that graphs take weights from must be among them.

        Raises BundleError that names the file, the difference and the way out.
        """
        if not is_folder(folder):
            raise BundleError(
                f"{printable(folder)}: no such model folder; `flowsep models list` shows what is installed"
            )
        bundle = cls(folder, load_card(folder / CARD))
        bundle._check_contents()
        for name, checksum in bundle.named_files():
            bundle.check_file(name, checksum, verify=verify)
        for graph in bundle.card.graphs.values():
            bundle._check_weights(graph)
        return bundle

    @property
    def digest(self) -> str:
        """SHA-256 of the card, which holds the checksum of everything else: it names the model exactly."""
        return sha256(self.folder / CARD)

    @property
    def size(self) -> int:
        """Bytes of all files in the folder."""
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())

    @property
    def specs(self) -> Mapping[str, GraphSpec]:
        """The graphs that this bundle must or may have, by name."""
        specs: Mapping[str, GraphSpec] = find_family(self.card.family).graphs(self.card)
        return specs

    def sessions(self, device: Device, *, threads: int | None = None) -> dict[str, Any]:
        """Open every graph on `device` and compare it with the card; ONNX Runtime sessions by graph name.

        Raises BundleError where a graph does not fit the card, ProviderError where the device does not take it.
        """
        sessions, specs = {}, self.specs
        for name, graph in self.card.graphs.items():
            where = f"{self.card.name}: {graph.file}"
            _check_opset(where, self._check_weights(graph).opset, graph)
            session = open_session(self.folder / graph.file, device, threads=threads)
            if name in specs:
                _check_ports(f"{where}: input", specs[name].inputs, session.get_inputs(), extra=False)
                _check_ports(f"{where}: output", specs[name].outputs, session.get_outputs(), extra=True)
            sessions[name] = session
        return sessions

    def _check_contents(self) -> None:
        """Raise BundleError where the card lacks a graph or a file that its family needs."""
        card = self.card
        missing = [name for name, spec in self.specs.items() if not spec.optional and name not in card.graphs]
        if missing:
            raise BundleError(
                f"{card.name}: the card has no {', '.join(sorted(missing))} graph; export the model again"
            )
        for name in find_family(card.family).files(card):
            if name not in card.files:
                raise BundleError(f"{card.name}: the card's files lack {name}; export the model again")

    def named_files(self) -> Iterator[tuple[str, str]]:
        """Yield every file that the card names, with its checksum. Raises BundleError for one without."""
        for graph in self.card.graphs.values():
            yield graph.file, graph.sha256
            for data in graph.data:
                if data not in self.card.files:
                    raise BundleError(f"{self.folder.name}: {data} has no checksum in the card; export the model again")
        yield from self.card.files.items()

    def check_file(self, name: str, checksum: str, *, verify: bool = True) -> None:
        """Raise BundleError unless file `name` is inside the bundle, exists and, with `verify`, has this checksum."""
        if not is_inside(name):
            raise BundleError(
                f"{self.card.name}: the card names {shortened(name)}, outside the bundle; install the model again"
            )
        path = self.folder / name
        try:
            if verify:
                actual = sha256(path)
            else:
                open_regular(path).close()
                actual = checksum
        except FileNotFoundError:
            raise BundleError(f"{self.card.name}: {name} is missing; install the model again") from None
        except OSError as error:
            raise BundleError(
                f"{self.card.name}: {shortened(name)} {error.strerror}; install the model again"
            ) from error
        if actual != checksum:
            raise BundleError(
                f"{self.card.name}: {name} is damaged: sha256 {actual[:12]}…, the card says {checksum[:12]}…; "
                "install the model again"
            )

    def _check_weights(self, graph: Graph) -> OnnxFacts:
        """Return the facts of a graph's file.

        Raises BundleError where it takes weights from a file without a checksum in the card, or holds a program for a
        device.
        """
        facts = read_onnx_facts(self.folder / graph.file)
        where = f"{self.card.name}: {graph.file}"
        for name in sorted(facts.weight_files):
            if not is_inside(name) or str(PurePosixPath(name)) not in self.card.files:
                raise BundleError(
                    f"{where} takes weights from {shortened(name)}, which has no checksum in the card; export it again"
                )
        if facts.is_precompiled:
            raise BundleError(f"{where} is compiled for one device; export it again")
        return facts


def is_inside(name: str) -> bool:
    """Whether a card's or a graph's name of a file stays within the bundle, on every system."""
    path = PurePosixPath(name)
    return not (path.is_absolute() or Path(name).is_absolute() or ".." in path.parts or set(name) & set("*\\:"))


def _check_opset(where: str, opset: int | None, graph: Graph) -> None:
    if opset != graph.opset:
        raise BundleError(f"{where}: opset {opset}, the card says {graph.opset}; export it again")
    if graph.opset not in _OPSETS:
        raise BundleError(
            f"{where}: opset {graph.opset}, must be {_OPSETS.start} to {_OPSETS.stop - 1}; export it again"
        )


def _check_ports(where: str, ports: Sequence[Port], values: Sequence[Any], *, extra: bool) -> None:
    """Compare a graph's inputs or outputs with their declaration; `extra` allows further ones.

    Raises BundleError that names the first one that differs.
    """
    actual = {value.name: value for value in values}
    for port in ports:
        if port.name in actual:
            _check_port(f"{where} {port.name!r}", port, actual[port.name])
        elif not port.optional:
            raise BundleError(
                f"{where} {port.name!r} is missing, there is {', '.join(sorted(actual))}; export it again"
            )
    unknown = actual.keys() - {port.name for port in ports}
    if unknown and not extra:
        raise BundleError(f"{where} {', '.join(sorted(unknown))} is unknown to this flowsep; update it")


def _check_port(where: str, port: Port, value: Any) -> None:
    if value.type != port.onnx_type:
        raise BundleError(f"{where} is a {value.type}, must be a {port.onnx_type}; export it again")
    if len(value.shape) != len(port.axes):
        raise BundleError(f"{where} has {len(value.shape)} axes, must have {port.axes}; export it again")
    for axis, (declared, size) in enumerate(zip(port.axes, value.shape, strict=True)):
        if isinstance(declared, int) and isinstance(size, int) and declared != size:
            raise BundleError(f"{where} has {size} at axis {axis}, the card says {declared}; export it again")
        if isinstance(declared, str) and isinstance(size, int):
            raise BundleError(f"{where} is fixed to {size} at axis {axis}, which must be free; export it again")


def open_with_fallback(
    bundle: ModelBundle, device_name: str, *, threads: int | None = None
) -> tuple[Device, dict[str, Any]]:
    """Open the sessions on a device, or on the best one for "auto"; return it and the sessions by graph name.

    With "auto", where a device refuses the graphs the CPU takes its place, and the returned Device says why.
    Raises BundleError, ProviderError, UsageError.
    """
    check_installation()
    device = choose_device(device_name)
    try:
        return device, bundle.sessions(device, threads=threads)
    except ProviderError as error:
        if device_name != "auto" or device.name == "cpu":
            raise
        fallback = Device("cpu", {**device.refused, device.name: str(error)})
        return fallback, bundle.sessions(fallback, threads=threads)
