"""`python -m parabola` is the same as `parabola`."""

import sys

from parabola.cli import main

if __name__ == "__main__":
    sys.exit(main())
