"""Uji unit: the team's unit tests, from JUnit. Class `dilaporkan`: the team's code ran in that job.

Refuses a run without executed tests, failed tests, and fewer passed tests than asked.

    Tidak dapat dinilai: uji unit: UNIT-101 tidak ada uji unit yang dijalankan: ditemukan 4 tes, 4 dilewati;
    dibutuhkan paling sedikit 1 tes.
"""

from __future__ import annotations

from .junit import junit_gate

GATE = junit_gate("unit", "uji unit", "UNIT")
