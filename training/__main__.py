"""Runs `python -m flowsep_training`."""

from .cli import main

main()
