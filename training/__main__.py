"""Run the trainer's command line: `python -m flowsep_training`."""

from .cli import main

main()
