"""Uji integrasi: the team's integration tests against the started application, from JUnit. Class `dilaporkan`.

Refuses what `fungsi` refuses, with its own minimum.

    Tidak dapat dinilai: uji integrasi: INTEG-101 tidak ada uji integrasi yang dijalankan: ditemukan 0 tes, 0 dilewati;
    dibutuhkan paling sedikit 1 tes.
"""

from __future__ import annotations

from .junit import junit_gate

GATE = junit_gate("integrasi", "uji integrasi", "INTEG")
