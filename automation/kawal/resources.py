"""Where the data files of kawal lie: inside the wheel, or in the checkout beside the packages."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def templates_dir() -> Path:
    """`pipeline-templates`: packed into the wheel as `kawal/_templat`, at the top of a checkout otherwise."""
    packed = _PACKAGE / "_templat"
    return packed if packed.is_dir() else _PACKAGE.parents[1] / "pipeline-templates"


def demo_data_dir() -> Path:
    return _PACKAGE / "demo_data"
