"""Install a bundle of the Hub: into the shared cache, then whole and checked into the user's models."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from flowsep_plugin import library
from flowsep_plugin.checksum import sha256
from flowsep_plugin.engine.bundle import ModelBundle
from flowsep_plugin.errors import BundleError, Cancelled, UsageError
from flowsep_plugin.models import EMBEDDED, find_repository, installed
from flowsep_plugin.models.provenance import FileOrigin, Provenance, read_provenance

from .client import HubClient
from .failures import HubError
from .progress import DownloadCallback, DownloadMeter, ignore_download
from .reference import HubReference
from .remote import RemoteBundle, look_up

HubAgreement = Callable[[RemoteBundle], bool]


def install_model(
    reference: str | HubReference,
    *,
    agree: HubAgreement = lambda bundle: True,
    report: DownloadCallback = ignore_download,
    name: str | None = None,
    replace: bool = False,
    offline: bool = False,
    client: HubClient | None = None,
) -> Path:
    """Install `org/name[/folder][@revision]` of the Hub; return its folder. Does nothing where it is installed.

    agree : called with what is about to be fetched; False stops.     report : called with DownloadProgress.
    name : of the installed model, its card's by default.     replace : another model of that name.
    Raises Cancelled, HubError, BundleError for a damaged bundle, UsageError where the name is in use.
    """
    place = reference if isinstance(reference, HubReference) else HubReference.parse(reference)
    current = installed_from(place)
    if current is not None and place.is_pinned and name in (None, current.name):
        return current
    client = client or HubClient(offline=offline)
    bundle = look_up(place, client)
    target = _target(bundle, name, replace=replace)
    if target.exists() and _is_same(target, bundle):
        return target
    _check_room(bundle, client.cache, target.parent)
    if not agree(bundle):
        raise Cancelled(f"{place} was not installed; only its description was read")
    files = _fetch(bundle, client, report)
    return library.put_on_shelf(target, files, lambda folder: _provenance(bundle, files).write(folder))


def installed_from(reference: HubReference) -> Path | None:
    """Return the folder of the model that was installed from this repository; None where there is none.

    A folder in the reference must be that of the model, and a commit the one that was installed.
    """
    folder = find_repository(reference.repository, reference.folder or None)
    record = read_provenance(folder) if folder else None
    return folder if record and (not reference.is_pinned or record.commit == reference.revision) else None


def _target(bundle: RemoteBundle, name: str | None, *, replace: bool) -> Path:
    """Return the folder to install in. Raises UsageError where another model has the name."""
    current = find_repository(bundle.reference.repository, bundle.reference.folder)
    target = library.own_folder(name or (current.name if current else bundle.card.name))
    holder = installed().get(target.name)
    if holder is None or replace:
        return target
    if holder.parent == EMBEDDED:
        raise UsageError(
            f"{target.name} is the name of the model that comes with flowsep; install {bundle.requested} under "
            "another name, or replace it on purpose",
            setting="install_name",
        )
    record = read_provenance(target)
    if record is None or (record.repository, record.folder) != (bundle.reference.repository, bundle.reference.folder):
        origin = f"from {record.repository}" if record and record.repository else "from a folder"
        raise UsageError(
            f"a model {target.name} is installed already, {origin}; install {bundle.requested} under another name, "
            "or replace it",
            setting="install_name",
        )
    return target


def _is_same(target: Path, bundle: RemoteBundle) -> bool:
    """Whether the installed model is this commit and undamaged."""
    record = read_provenance(target)
    same = record and (record.repository, record.folder) == (bundle.reference.repository, bundle.reference.folder)
    if record is None or not same or record.commit != bundle.reference.revision:
        return False
    try:
        ModelBundle.open(target)
    except BundleError:
        return False
    return True


def _check_room(bundle: RemoteBundle, cache: Path, models: Path) -> None:
    """Raise HubError where cache or models folder have no room for what they lack."""
    needs: dict[int, tuple[Path, int]] = {}
    for folder, size in ((cache, bundle.missing), (models, bundle.size)):
        there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
        device = os.stat(there).st_dev
        needs[device] = (there, needs.get(device, (there, 0))[1] + size)
    for place, size in needs.values():
        free = shutil.disk_usage(place).free
        if size > free:
            raise HubError(
                f"{bundle.requested} needs {size / 1e9:.2f} GB, the disk of {place} has {free / 1e9:.2f} GB left; free "
                "some space, or set HF_HOME to a folder on another disk"
            )


def _fetch(bundle: RemoteBundle, client: HubClient, report: DownloadCallback) -> dict[str, Path]:
    """Fetch all files into the cache and check them; return their paths by name."""
    meter, paths = DownloadMeter(report, bundle.size), {}
    checksums = {graph.file: graph.sha256 for graph in bundle.card.graphs.values()} | dict(bundle.card.files)
    for name, size in bundle.sizes.items():
        if client.cached(bundle.reference, name) is not None:
            meter.skip(name, size)
        path = client.fetch(bundle.reference, name, meter.bar_class(name, size))
        if name in checksums and sha256(path) != checksums[name]:  # damaged in the cache, or wrong on the server
            path = client.fetch(bundle.reference, name, meter.bar_class(name, size), again=True)
            _check_sum(bundle, name, sha256(path), checksums[name])
        paths[name] = path
    return paths


def _check_sum(bundle: RemoteBundle, name: str, actual: str, expected: str) -> None:
    if actual != expected:
        raise HubError(
            f"{bundle.requested}: {name} has sha256 {actual[:12]}…, the card says {expected[:12]}…; nothing was "
            "installed, tell its authors"
        )


def _provenance(bundle: RemoteBundle, files: dict[str, Path]) -> Provenance:
    return Provenance(
        repository=bundle.reference.repository,
        folder=bundle.reference.folder,
        revision=bundle.requested.revision,
        commit=bundle.reference.revision,
        endpoint=bundle.endpoint,
        licence=bundle.licence,
        files={name: FileOrigin(sha256=sha256(path), size=path.stat().st_size) for name, path in files.items()},
    )
