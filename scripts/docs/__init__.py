"""Adds to the documentation site: pages generated from the code, and links that leave docs/."""
