"""The one module that imports `huggingface_hub`: its settings, its cache, its requests."""

import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from flowsep_plugin.errors import UsageError
from flowsep_plugin.library import is_offline
from flowsep_plugin.version import __version__, install_command

from .failures import explained, is_reset
from .reference import HubReference

_CHUNK_BYTES = 1 << 20
"""Bytes between two calls of a progress callback; the library's own 10 MB take a minute on a slow line."""

_SWITCHES = {"HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_UPDATE_CHECK": "1"}
_RESETS = 3
"""Times that a file is begun again after its connection was reset."""


class HubClient:
    """The Hub, or the mirror that HF_ENDPOINT names, with the user's login and the shared cache.

    offline : use the cache alone, as HF_HUB_OFFLINE and FLOWSEP_OFFLINE do.
    Raises UsageError where `huggingface_hub` is not installed.
    """

    def __init__(self, *, offline: bool = False) -> None:
        self._library = load_library()
        constants = import_module("huggingface_hub.constants")
        self.endpoint: str = constants.ENDPOINT
        self.cache = Path(constants.HF_HUB_CACHE)
        self.is_offline: bool = offline or constants.is_offline_mode() or is_offline()
        agent = {"user-agent": f"flowsep-plugin/{__version__}"}
        self.api: Any = self._library.HfApi(endpoint=self.endpoint, headers=agent)

    def info(self, reference: HubReference) -> Any:
        """Return the Hub's `ModelInfo` of a repository at a revision, with sizes of its files. Raises HubError."""
        with self.explained(str(reference)):
            self.refuse_if_offline()
            return self.api.model_info(reference.repository, revision=reference.revision, files_metadata=True)

    def neighbours(self, reference: HubReference) -> list[str]:
        """Return names of repositories of the same owner, to suggest one; none where they cannot be listed."""
        try:
            owner = reference.repository.partition("/")[0]
            return [model.id for model in self.api.list_models(author=owner, limit=100)]
        except Exception:  # a suggestion is not worth an error
            return []

    def cached(self, reference: HubReference, name: str) -> Path | None:
        """Return the bundle's file in the cache, None where it is not there. Asks no server."""
        path = self._library.try_to_load_from_cache(
            reference.repository, reference.path(name), cache_dir=self.cache, revision=reference.revision
        )
        return Path(path) if isinstance(path, str) else None

    def fetch(self, reference: HubReference, name: str, bar_class: Any, *, again: bool = False) -> Path:
        """Download a file of the bundle to the cache, unless it is there; return its path there.

        bar_class : from `DownloadMeter.bar_class`.     again : replace the file in the cache.
        Raises HubError, and what the methods of `bar_class` raise.
        """
        fetch = partial(
            self.api.hf_hub_download,
            reference.repository,
            reference.path(name),
            revision=reference.revision,
            cache_dir=self.cache,
            local_files_only=self.is_offline,
            force_download=again and not self.is_offline,
            tqdm_class=bar_class,
        )
        with self.explained(str(reference)):
            for _ in range(_RESETS):
                try:
                    return Path(fetch())
                except Exception as error:
                    if not is_reset(error):  # the library resumes where a connection ends, not where it is reset
                        raise
            return Path(fetch())

    @contextmanager
    def explained(self, subject: str) -> Iterator[None]:
        """Turn errors of the library inside the context into HubErrors about `subject`."""
        with explained(subject, self.endpoint, self.has_token), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the library's, of little space and of its own dependencies
            yield

    def has_token(self) -> bool:
        """Whether HF_TOKEN or a stored login is there."""
        get_token: Callable[[], str | None] = self._library.get_token
        return get_token() is not None

    def refuse_if_offline(self) -> None:
        """Raise the library's own error, which `explained` turns into a HubError, where flowsep is offline."""
        if self.is_offline:
            raise self._library.errors.OfflineModeIsEnabled("offline")


def load_library() -> Any:
    """Import `huggingface_hub` with its telemetry, update checks and Xet's side channel off.

    Raises UsageError where it is not installed.
    """
    os.environ.update(_SWITCHES)
    os.environ.setdefault("HF_HUB_DISABLE_XET", "1")
    try:
        library = import_module("huggingface_hub")
    except ImportError as error:
        raise UsageError(
            f"models of the Hub need {error.name}: {install_command('hub')}, or get the bundle's folder "
            "otherwise and use `flowsep models add`"
        ) from error
    constants: Any = import_module("huggingface_hub.constants")
    constants.HF_HUB_DISABLE_TELEMETRY = constants.HF_HUB_DISABLE_UPDATE_CHECK = True  # it may be loaded already
    constants.HF_HUB_DISABLE_XET = os.environ["HF_HUB_DISABLE_XET"].upper() in ("1", "ON", "YES", "TRUE")
    constants.DOWNLOAD_CHUNK_SIZE = _CHUNK_BYTES
    for name in ("errors", "repocard", "repocard_data"):
        import_module(f"huggingface_hub.{name}")
    library.utils.logging.set_verbosity_error()
    return library
