"""A bundle in a repository of the Hub: its card, licence, and the files to fetch with their sizes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from flowsep_plugin.engine.bundle import is_inside
from flowsep_plugin.engine.card import CARD, ModelCard
from flowsep_plugin.engine.families import CARD_BYTES, load_card
from flowsep_plugin.suggest import did_you_mean
from flowsep_plugin.untrusted.printable import one_line
from flowsep_plugin.untrusted.shortened import shortened

from .client import HubClient
from .failures import HubError, is_missing
from .licences import licence_identifier
from .progress import DownloadMeter, ignore_download
from .reference import HubReference

SUFFIXES = frozenset({".onnx", ".data", ".json", ".txt", ".md", ".npz", ".model"})
"""Endings of the files that are fetched. Bundles need no others, and none of these is run or unpickled."""

MOST_BYTES = 64 << 30
"""Bytes of a bundle at most; those of published models have 0.04 to 3 GB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteBundle:
    """A bundle on the Hub, of which only the description was read.

    reference : with the commit as its revision.     requested : as the user named it.
    licence : of the repository's page; "" where it names none.     sizes : file -> bytes, the card among them.
    missing : bytes that are not in the cache yet.
    """

    reference: HubReference
    requested: HubReference
    endpoint: str
    card: ModelCard
    licence: str
    sizes: Mapping[str, int]
    missing: int

    @property
    def size(self) -> int:
        """Bytes of all of its files."""
        return sum(self.sizes.values())

    @property
    def licences(self) -> str:
        """The card's licence, and that of the repository's page where it is another one."""
        own = one_line(self.card.licence)
        same = self.licence.casefold() in ("", own.casefold(), licence_identifier(own))
        return own if same else f"{own}; the page says {one_line(self.licence)}"


def look_up(reference: HubReference, client: HubClient) -> RemoteBundle:
    """Read what the repository holds, and the bundle's card; fetches nothing else.

    Raises HubError where it cannot be reached or is not a bundle, BundleError where the card is wrong.
    """
    if client.is_offline:
        return _cached_bundle(reference, client)
    info = _info(reference, client)
    sizes = {item.rfilename: item.size for item in info.siblings or ()}
    place = replace(reference, folder=_bundle_folder(reference, sizes))
    card_size = _size(sizes, place, CARD, CARD_BYTES)
    meter = DownloadMeter(ignore_download, card_size)
    path = client.fetch(place, CARD, meter.bar_class(CARD, card_size))  # by its branch, so that the cache knows it
    pinned = replace(place, revision=info.sha)
    if _commit_of(path, place) != info.sha:
        raise HubError(f"{reference} was changed while it was read; try again")
    card = load_card(path)
    files = {name: _size(sizes, pinned, name, MOST_BYTES) for name in (CARD, *_named_files(card, reference))}
    if sum(files.values()) > MOST_BYTES:
        raise HubError(f"{reference} has {sum(files.values()) / 1e9:.0f} GB, more than any model; it is not fetched")
    _check_checksums(card, pinned, info.siblings or ())
    return RemoteBundle(
        reference=pinned,
        requested=reference,
        endpoint=client.endpoint,
        card=card,
        licence=page_licence(info.card_data),
        sizes=files,
        missing=sum(size for name, size in files.items() if client.cached(pinned, name) is None),
    )


def _info(reference: HubReference, client: HubClient) -> Any:
    """Return the description of the repository. Raises HubError, with a similar name where there is one."""
    try:
        return client.info(reference)
    except HubError as error:
        if not is_missing(error):
            raise
        names = client.neighbours(reference)
        raise HubError(f"{error}{did_you_mean(reference.repository, names)}") from error.__cause__


def _cached_bundle(reference: HubReference, client: HubClient) -> RemoteBundle:
    """Return a bundle that is whole in the cache. Raises HubError where it is not."""
    path = client.cached(reference, CARD)
    if path is None:
        raise HubError(f"{reference} is not in the cache, and flowsep is offline; install it once while online")
    card, pinned = load_card(path), replace(reference, revision=_commit_of(path, reference))
    files = {name: client.cached(pinned, name) for name in (CARD, *_named_files(card, reference))}
    absent = [name for name, file in files.items() if file is None]
    if absent:
        raise HubError(f"{reference}: {absent[0]} is not in the cache, and flowsep is offline; install it while online")
    sizes = {name: file.stat().st_size for name, file in files.items() if file is not None}
    return RemoteBundle(
        reference=pinned, requested=reference, endpoint=client.endpoint, card=card, licence="", sizes=sizes, missing=0
    )  # fmt: skip


def _bundle_folder(reference: HubReference, sizes: Mapping[str, Any]) -> str:
    """Return the folder of the only bundle under `reference`. Raises HubError where there is none, or several."""
    if reference.path(CARD) in sizes:
        return reference.folder
    inner = sorted(name for name in sizes if name.endswith(f"/{CARD}") and name.startswith(reference.path("")))
    folders = [name.removesuffix(f"/{CARD}") for name in inner]
    if len(folders) == 1:
        return folders[0]
    if folders:
        names = ", ".join(f"{reference.repository}/{folder}" for folder in folders[:20])
        raise HubError(f"{reference} holds several models; name one of {one_line(names)}")
    weights = [name for name in sizes if PurePosixPath(name).suffix in (".ckpt", ".pt", ".pth", ".safetensors", ".bin")]
    content = (
        f"it holds weights ({one_line(', '.join(weights[:3]))})" if weights else f"it holds {len(sizes)} other files"
    )
    raise HubError(
        f"{reference} is not a flowsep model: {CARD} and the ONNX graphs that it names are missing, {content}; "
        "convert a checkpoint with flowsep-export, and publish the bundle with `flowsep models push`"
    )


def _named_files(card: ModelCard, reference: HubReference) -> list[str]:
    """Return every file that the card names. Raises HubError for one that is no part of a bundle."""
    names = sorted({graph.file for graph in card.graphs.values()} | set(card.files))
    for name in names:
        if not is_inside(name):
            raise HubError(f"{reference}: the card names {shortened(name)}, outside the bundle; tell its authors")
        if PurePosixPath(name).suffix.lower() not in SUFFIXES or name == CARD:
            raise HubError(
                f"{reference}: the card names {shortened(name)}; only {', '.join(sorted(SUFFIXES))} files are fetched"
            )
    return names


def _size(sizes: Mapping[str, Any], reference: HubReference, name: str, most: int) -> int:
    """Return the bytes of a file. Raises HubError where it is missing, too long, or its size is not stated."""
    path = reference.path(name)
    if path not in sizes:
        raise HubError(f"{reference.repository}: the card names {shortened(name)}, which the repository lacks")
    size = sizes[path]
    if not isinstance(size, int) or not 0 <= size <= most:
        raise HubError(f"{reference.repository}: {shortened(name)} has the size {size}, must have 0 to {most} bytes")
    return size


def _check_checksums(card: ModelCard, reference: HubReference, siblings: Any) -> None:
    """Raise HubError where the repository already names a checksum that is not the card's."""
    checksums = {item.rfilename: item.lfs.sha256 for item in siblings if item.lfs is not None}
    card_checksums = {graph.file: graph.sha256 for graph in card.graphs.values()} | dict(card.files)
    for name, checksum in card_checksums.items():
        actual = checksums.get(reference.path(name), checksum)
        if actual != checksum:
            raise HubError(
                f"{reference.repository}: {name} has sha256 {actual[:12]}…, the card says {checksum[:12]}…; "
                "nothing was fetched, tell its authors"
            )


def _commit_of(path: Path, reference: HubReference) -> str:
    """Return the commit of the card's path in the cache, …/snapshots/COMMIT/folder/card.json."""
    return path.parents[len(PurePosixPath(reference.folder).parts)].name


def page_licence(data: Any) -> str:
    """Return the licence in the metadata of the repository's README; "" where it names none."""
    licence = getattr(data, "license", None) or ""
    name = getattr(data, "license_name", None) if licence == "other" else None
    return str(name or licence)[:200]
