"""Parts of pages that are made of code, and repairs of what GitHub and the site's Markdown read differently."""

import re
from collections.abc import Callable, Mapping

from scripts.docs import http_api, settings

PARTS: Mapping[str, Callable[[], str]] = {
    "http-api": http_api.calls,
    "http-schemas": http_api.schemas,
    "settings": settings.settings_tables,
    "variables": settings.variables_table,
}
"""Name in `<!-- made: NAME -->` -> what makes the Markdown that replaces that line."""

_MARK = re.compile(r"^<!-- made: ([\w-]+) -->$", re.MULTILINE)
_REMARK = re.compile(r"^ *<!-- [\w ]+(: .*)? -->\n", re.MULTILINE)


def filled(text: str) -> str:
    """Return the page with its generated parts in the place of their marks, and without remarks for tests.

    Raises KeyError for an unknown name.
    """
    return _REMARK.sub("", _MARK.sub(lambda match: PARTS[match[1]](), text))


def plain_pipes(text: str) -> str:
    """Return the page with `|` in code in tables as it is; GitHub wants it escaped, Python-Markdown does not."""
    return re.sub(r"`[^`\n]*`", lambda code: code[0].replace("\\|", "|"), text)
