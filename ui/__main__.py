"""`python -m flowsep_ui`."""

import sys

from .app import main

sys.exit(main())
