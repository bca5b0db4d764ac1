"""Puts the suite's own folder on the path, so that its rows can be imported by their short names."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
