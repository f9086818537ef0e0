"""`python -m images.debian`: resolve packages.toml anew, and write packages.lock."""

import sys

from images.debian.lock import write
from images.errors import ImageError

try:
    write()
except ImageError as error:
    sys.exit(f"error: {error}")
