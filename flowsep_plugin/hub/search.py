"""Search the Hub for models that are tagged `flowsep`."""

from collections.abc import Iterator
from dataclasses import dataclass

from flowsep_plugin.untrusted.printable import one_line

from .client import HubClient
from .remote import page_licence

TAG = "flowsep"


@dataclass(frozen=True, slots=True)
class HubListing:
    """A hit of a search; `size` is bytes of the repository, None where the Hub does not say."""

    repository: str
    licence: str
    size: int | None
    downloads: int | None
    is_gated: bool


def search_models(words: str, *, limit: int = 20, client: HubClient | None = None) -> list[HubListing]:
    """Return up to `limit` models of the Hub tagged `flowsep` whose names contain `words`. Raises HubError.

    The words, and nothing else, are sent to the Hub.
    """
    client = client or HubClient()
    with client.explained("the list of models"):
        return list(_listings(client, words, limit))


def _listings(client: HubClient, words: str, limit: int) -> Iterator[HubListing]:
    client.refuse_if_offline()
    expand = ["cardData", "gated", "downloads", "usedStorage"]
    for model in client.api.list_models(filter=TAG, search=words or None, limit=limit, expand=expand):
        yield HubListing(
            one_line(model.id),
            one_line(page_licence(model.card_data)),
            model.used_storage,
            model.downloads,
            bool(model.gated),
        )
