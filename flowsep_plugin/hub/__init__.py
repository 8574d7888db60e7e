"""Models of the Hugging Face Hub: find, install, publish. Nothing is fetched before the caller agreed to it.

reference ─► look_up ─► RemoteBundle ─► agree ─► shared cache ─► checksums ─► the user's models, with provenance

Needs the extra `hub`; `huggingface_hub` is imported when a client is opened, with its telemetry turned off.
"""

from .client import HubClient
from .failures import HubError
from .install import install_model, installed_from
from .page import model_page
from .progress import DownloadProgress
from .push import prepare_repository, upload_repository
from .reference import HubReference
from .remote import RemoteBundle, look_up
from .search import HubListing, search_models

__all__ = [
    "DownloadProgress",
    "HubClient",
    "HubError",
    "HubListing",
    "HubReference",
    "RemoteBundle",
    "install_model",
    "installed_from",
    "look_up",
    "model_page",
    "prepare_repository",
    "search_models",
    "upload_repository",
]
