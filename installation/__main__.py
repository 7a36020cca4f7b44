"""``python -m installation`` is ``art-installation``."""

import sys

from installation.cli import main

sys.exit(main())
