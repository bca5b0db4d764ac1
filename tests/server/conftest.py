"""Makes the small authority of tests/policy/kawal_world.py importable."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "policy"))
