"""`python -I -m kawal_target`."""

import sys

from kawal_target.target import main

if __name__ == "__main__":
    sys.exit(main())
