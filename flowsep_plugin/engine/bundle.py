"""A model on disk: `card.json`, graphs, tokenizer files. Opening it proves that they belong together."""

import hashlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from flowsep_plugin.checksum import sha256
from flowsep_plugin.errors import BundleError, ProviderError

from .card import Graph, ModelCard
from .providers import Device, check_installation, choose_device, open_session

_OPSETS = range(17, 24)

Axes = tuple[int | str, ...]
"""A shape: numbers are fixed, names stand for sizes that change."""


@dataclass(frozen=True, slots=True)
class Port:
    """One input or output of a graph: its ONNX element type and its axes."""

    kind: str
    axes: Axes
    optional: bool = False


Ports = Mapping[str, tuple[dict[str, Port], dict[str, Port]]]
"""Graph -> (inputs, outputs)."""


def ports(card: ModelCard) -> Ports:
    """What each graph of `card`'s family takes and gives; see docs/bundle-format.md."""
    ids = {"input_ids": Port("int64", ("B", "L")), "attention_mask": Port("int64", ("B", "L"))}
    return _audiosep_ports(card, ids) if card.family == "audiosep" else _flowsep_ports(card, ids)


def _audiosep_ports(card: ModelCard, ids: dict[str, Port]) -> Ports:
    condition, bins = Port("float", ("B", card.text.width)), card.mel.bands
    return {
        "text": (ids, {"condition": condition}),
        "mask": (
            {"magnitude": Port("float", ("B", "M", bins)), "condition": condition},
            {"mask": Port("float", ("B", 2, "M", bins))},
        ),
    }


def _flowsep_ports(card: ModelCard, ids: dict[str, Port]) -> Ports:
    channels, rows, bands = card.latent.channels, card.rows, card.mel.bands
    both = channels * card.flow.generations
    mel, latent = Port("float", ("B", 1, "M", bands)), Port("float", ("B", channels, "T", rows))
    state = Port("float", ("B", both, "T", rows))
    components = {}
    if card.components is not None:
        logits = Port("float", ("B", card.components.count, "M", bands))
        components = {"components": ({"mixture": latent, "mel": mel}, {"logits": logits})}
    return components | {
        "text": (ids, {"states": Port("float", ("B", "L", card.text.width))}),
        "encode": ({"mel": mel}, {"mean": latent, "logvar": Port("float", latent.axes, optional=True)}),
        "velocity": (
            {
                "latent": state,
                "mixture": latent,
                "time": Port("float", ("B",)),
                "text": Port("float", ("B", "L", card.text.width)),
                "text_mask": Port("float", ("B", "L")),
                "step": Port("float", ("B",), optional=True),
            },
            {
                "velocity": state,
                "odds": Port("float", ("B", "M", bands), optional=True),
                "presence": Port("float", ("B", "T"), optional=True),
            },
        ),
        "decode": ({"latent": latent}, {"mel": mel}),
        "vocoder": ({"mel": Port("float", ("B", bands, "M"))}, {"waveform": Port("float", ("B", "N"))}),
        "listen": (
            {"patches": Port("float", ("B", 1, 96, 64))},
            {"logits": Port("float", ("B", 521)), "embedding": Port("float", ("B", 1024))},
        ),
    }


OPTIONAL_GRAPHS = {"vocoder", "listen"}
CHOICE_FILE, MATCHER_FILE = "choice.json", "matcher.npz"
COMPONENT_FILES = (CHOICE_FILE, MATCHER_FILE, "classes.txt", "classes.npz")
"""Files that a bundle with components has besides its graphs; see docs/bundle-format.md."""


@dataclass(frozen=True, slots=True)
class ModelBundle:
    """An opened bundle: card and folder, hashes checked. Sessions are opened by `sessions`."""

    folder: Path
    card: ModelCard

    @classmethod
    def open(cls, folder: Path, *, verify: bool = True) -> "ModelBundle":
        """Read the card and check that every file it names is there, with the checksum it gives.

        Raises BundleError that names the file, what was found and the way out.
        """
        if not folder.is_dir():
            raise BundleError(f"{folder}: no such model folder; `flowsep models list` shows what is installed")
        bundle = cls(folder, ModelCard.load(folder / "card.json"))
        bundle._check_files(verify=verify)
        return bundle

    @property
    def digest(self) -> str:
        """SHA-256 of the card, which holds the checksum of everything else: it names the model exactly."""
        return hashlib.sha256((self.folder / "card.json").read_bytes()).hexdigest()

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())

    def sessions(self, device: Device, *, threads: int | None = None) -> dict[str, Any]:
        """Open every graph on `device` and compare it with the card. Raises BundleError or ProviderError."""
        opened = {}
        for name, graph in self.card.graphs.items():
            session = open_session(self.folder / graph.file, device, threads=threads)
            self._check_ports(name, graph, session)
            opened[name] = session
        return opened

    def _named_files(self) -> Iterator[tuple[str, str]]:
        for graph in self.card.graphs.values():
            yield graph.file, graph.sha256
            for data in graph.data:
                if data not in self.card.files:
                    raise BundleError(f"{self.folder.name}: {data} has no checksum in the card; export the model again")
        yield from self.card.files.items()

    def _check_files(self, *, verify: bool) -> None:
        card = self.card
        optional = OPTIONAL_GRAPHS - ({"listen"} if card.components else set())
        missing = set(ports(card)) - optional - set(card.graphs)
        if missing:
            raise BundleError(
                f"{card.name}: the card names no {', '.join(sorted(missing))} graph; export the model again"
            )
        for needed in (*card.text.files, *(COMPONENT_FILES if card.components else ())):
            if needed not in card.files:
                raise BundleError(f"{card.name}: the card's files lack {needed}; export the model again")
        for name, wanted in self._named_files():
            path = self.folder / name
            if Path(name).is_absolute() or ".." in Path(name).parts:
                raise BundleError(f"{card.name}: the card names {name}, which lies outside the bundle")
            if not path.is_file():
                raise BundleError(f"{card.name}: {name} is missing; install the model again")
            if verify and (found := sha256(path)) != wanted:
                raise BundleError(
                    f"{card.name}: {name} is damaged: sha256 {found[:12]}…, the card says {wanted[:12]}…; "
                    "install the model again"
                )

    def _check_ports(self, name: str, graph: Graph, session: Any) -> None:
        """Compare names, types and axes; the first that differs is named."""
        where, expected = f"{self.card.name}: {graph.file}", ports(self.card).get(name)
        found_opset = opset_of(self.folder / graph.file)
        if found_opset != graph.opset:
            raise BundleError(f"{where}: is of opset {found_opset}, the card says {graph.opset}; export it again")
        if graph.opset not in _OPSETS:
            raise BundleError(
                f"{where}: opset {graph.opset} is outside {_OPSETS.start}..{_OPSETS.stop - 1}; export it again"
            )
        if expected is None:
            return
        for side, wanted, given in (
            ("input", expected[0], session.get_inputs()),
            ("output", expected[1], session.get_outputs()),
        ):
            found = {port.name: port for port in given}
            for port_name, port in wanted.items():
                if port_name not in found:
                    if port.optional:
                        continue
                    raise BundleError(
                        f"{where}: has no {side} {port_name!r}, only {', '.join(sorted(found))}; export it again"
                    )
                _check_port(f"{where}: {side} {port_name!r}", port, found[port_name])
            unknown = set(found) - set(wanted)
            if unknown and side == "input":
                raise BundleError(f"{where}: wants an unknown input {', '.join(sorted(unknown))}; export it again")


def _check_port(where: str, wanted: Port, found: Any) -> None:
    if found.type != f"tensor({wanted.kind})":
        raise BundleError(f"{where} is a {found.type}, the card's models take tensor({wanted.kind}); export it again")
    if len(found.shape) != len(wanted.axes):
        raise BundleError(
            f"{where} has {len(found.shape)} axes, expected {len(wanted.axes)} {wanted.axes}; export it again"
        )
    for axis, (size, given) in enumerate(zip(wanted.axes, found.shape, strict=True)):
        if isinstance(size, int) and isinstance(given, int) and size != given:
            raise BundleError(f"{where} has {given} at axis {axis}, the card says {size}; export it again")
        if isinstance(size, str) and isinstance(given, int):
            raise BundleError(f"{where} is fixed to {given} at axis {axis}, which must be free; export it again")


def opset_of(path: Path) -> int | None:
    """Opset of an ONNX file's default domain, None where it names none.

    Reads the outermost protobuf fields only (`ModelProto.opset_import`, field 8), skipping the graph itself.
    """
    with path.open("rb") as file:
        while (key := _varint(file)) is not None:
            field, wire = key >> 3, key & 7
            if wire == 0:
                _varint(file)
            elif wire == 2:
                length = _varint(file) or 0
                if field != 8:
                    file.seek(length, 1)
                    continue
                domain, version = _opset_id(io.BytesIO(file.read(length)))
                if domain in (b"", b"ai.onnx"):
                    return version
            else:
                file.seek({1: 8, 5: 4}.get(wire, 0), 1)
    return None


def _opset_id(entry: BinaryIO) -> tuple[bytes, int | None]:
    domain, version = b"", None
    while (key := _varint(entry)) is not None:
        if key == 0x0A:
            domain = entry.read(_varint(entry) or 0)
        else:
            version = _varint(entry)
    return domain, version


def _varint(file: BinaryIO) -> int | None:
    value, shift = 0, 0
    while byte := file.read(1):
        value |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return value
        shift += 7
    return None


def open_with_fallback(
    bundle: ModelBundle, wanted: str, *, threads: int | None = None
) -> tuple[Device, dict[str, Any]]:
    """Open the sessions on what `wanted` ("auto" or a device) comes to.

    With "auto", a device that refuses the graphs is left for the CPU, and the returned Device says why.
    """
    check_installation()
    device = choose_device(wanted)
    try:
        return device, bundle.sessions(device, threads=threads)
    except ProviderError as error:
        if wanted != "auto" or device.name == "cpu":
            raise
        fallback = Device("cpu", {**device.refused, device.name: str(error)})
        return fallback, bundle.sessions(fallback, threads=threads)
