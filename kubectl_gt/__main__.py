"""`python -m kubectl_gt`, where the scripts are not on PATH."""

import sys

from kubectl_gt.main import main

if __name__ == "__main__":
    sys.exit(main())
