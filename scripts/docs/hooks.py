"""Hooks of MkDocs: add the generated pages to the site, fill in generated parts, and point links to what they name.

MkDocs loads this file by its path (`hooks` in mkdocs.yml) and calls the functions by their names.
"""

import logging
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from mkdocs.structure.files import File  # noqa: E402

from scripts.docs import links, pages, parts  # noqa: E402

LOG = logging.getLogger("mkdocs.hooks.flowsep")
"""A warning of this logger fails the strict build."""


def on_config(config: Any) -> Any:
    """Put the pages of the Python API into the navigation, where mkdocs.yml has an empty list `Python`."""
    for section in config["nav"]:
        for entries in section.values() if isinstance(section, dict) else ():
            for entry in entries:
                if isinstance(entry, dict) and entry.get("Python") == []:
                    entry["Python"] = [{pages.short_name(page): page} for page, _ in pages.python_pages()]
    return config


def on_files(files: Any, config: Any) -> Any:
    """Add the generated pages, the pages that lie elsewhere in the repository, icon and style sheet."""
    for path, text in pages.generated_pages():
        files.append(File.generated(config, path, content=text))
    for page, source in pages.MIRRORED.items():
        files.append(File.generated(config, page, abs_src_path=str(ROOT / source)))
    for name, source in pages.ASSETS.items():
        files.append(File.generated(config, name, abs_src_path=str(ROOT / source)))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Return the page with its generated parts, and with links that work on the site."""
    source = pages.MIRRORED.get(page.file.src_uri, f"docs/{page.file.src_uri}")
    for missing in links.missing(markdown, source, ROOT):
        LOG.warning("%s links to %s, which is not in the repository", source, missing)
    text = links.on_site(markdown, source, page.file.src_uri, repository=links.repository(config["edit_uri"]))
    return parts.filled(parts.plain_pipes(text))
