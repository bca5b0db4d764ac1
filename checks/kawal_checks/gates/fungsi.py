"""Uji fungsi: the team's functional tests, from JUnit. Class `dilaporkan`: the team's code ran in that job.

Refuses a run without executed tests, failed tests, and fewer passed tests than the approved request asks.

    Gagal: uji fungsi: FUNGSI-102 uji fungsi gagal: ditemukan 1 dari 15: uji.fungsi.test_tarif::test_kios;
    dibutuhkan 0 gagal.
"""

from __future__ import annotations

from .junit import junit_gate

GATE = junit_gate("fungsi", "uji fungsi", "FUNGSI")
