"""The files of the smallest application whose pipeline passes, for tests that care about something else in it."""

from __future__ import annotations

from typing import Any

TESTS = {
    "uji/fungsi/test_satu.py": "def test_satu() -> None:\n    assert 1 + 1 == 2\n",
    "uji/integrasi/test_dua.py": "def test_dua() -> None:\n    assert 2 * 2 == 4\n",
}
DOCUMENTS = {
    f"docs/{name}.md": f"# {name}\n\n" + "Dokumen yang sungguh diisi oleh tim pengembang aplikasi ini. " * 5
    for name in ("panduan-pengguna", "instalasi", "pengembangan")
}


def one_test_is_enough(request: dict[str, Any], **thresholds: dict[str, Any]) -> None:
    """Edits a request file: minima of one, and each named section of the thresholds."""
    request["uji"]["fungsi"]["min"] = request["uji"]["integrasi"]["min"] = 1
    for section, values in thresholds.items():
        request["uji"][section].update(values)
