"""Run the panel: `python -m flowsep_ui [FILES|SESSION]`."""

import sys

from .app import main

sys.exit(main())
