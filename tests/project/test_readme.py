"""The README's links exist; `test_commands.py` runs its Python and its command lines."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
LINKS = sorted({link for link in re.findall(r"\]\(([^)#]+)\)", TEXT) if "://" not in link})


@pytest.mark.parametrize("link", LINKS)
def test_what_the_readme_points_to_is_there(link):
    assert (ROOT / link).exists()
