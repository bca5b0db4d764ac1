"""Uji sistem: the team's tests of the whole system, from JUnit. Class `dilaporkan`: the team's code ran in that job.

Refuses a run without executed tests, failed tests, and fewer passed tests than asked.

    Gagal: uji sistem: SISTEM-103 uji sistem yang lulus kurang: ditemukan 2; dibutuhkan paling sedikit 5.
"""

from __future__ import annotations

from .junit import junit_gate

GATE = junit_gate("sistem", "uji sistem", "SISTEM")
