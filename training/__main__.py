"""Lets `python -m flowsep_training` run."""

from .cli import main

main()
