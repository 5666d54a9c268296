"""``python -m gofka._cli`` is the same as ``gofka-py``."""

import sys

from . import main

sys.exit(main())
