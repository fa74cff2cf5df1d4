"""`python -m vernissage`."""

import sys

from vernissage.cli import main

sys.exit(main())
