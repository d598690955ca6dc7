"""``python -m django_alisms.sandbox``."""

import sys

from django_alisms.sandbox.command import main

sys.exit(main())
