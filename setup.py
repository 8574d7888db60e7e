"""Build hook: the page on PyPI is README.md with absolute links. All else is in pyproject.toml."""

import re
import tomllib
from pathlib import Path

from setuptools import setup

ROOT = Path(__file__).parent
_LINK = re.compile(r"(?P<image>!?)\[(?P<text>[^\]]*)\]\((?P<target>[^)\s]+)\)")


def page(readme: str, repository: str, version: str) -> str:
    """Return `readme` with absolute links: to files at the tag of `version`, pictures as the files themselves."""
    pictures = repository.replace("://github.com/", "://raw.githubusercontent.com/")

    def absolute(link: re.Match[str]) -> str:
        if re.match(r"[a-z]+:|#", link["target"]):
            return link[0]
        base = f"{pictures}/v{version}" if link["image"] else f"{repository}/blob/v{version}"
        return f"{link['image']}[{link['text']}]({base}/{link['target']})"

    return _LINK.sub(absolute, readme)


if __name__ == "__main__":  # setuptools runs it under this name
    PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    setup(
        long_description=page(
            (ROOT / "README.md").read_text(encoding="utf-8"), PROJECT["urls"]["Source"], PROJECT["version"]
        ),
        long_description_content_type="text/markdown",
    )
