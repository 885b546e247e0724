"""`python -m kvmsearch`."""

import sys

from kvmsearch.cli import main

if __name__ == "__main__":
    sys.exit(main())
