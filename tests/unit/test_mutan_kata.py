"""Which mutants `make mutan` does not run: too wide a net would hide a weakened check as a matter of words."""

from __future__ import annotations

import pytest

from mutan_kata import only_words

JUDGE = """
    def f(case, rule):
        what = "sesuatu"
        if case.result == "UNUSABLE":
            return Flaw("SANDI-007", f"{case.name} tidak dapat dinilai", "belum", case.seen)
        if case.now > rule.end:
            raise Refused(f"lewat {rule.end}", "IZIN-001")
        return Verdict("bukti", "lulus", True, f"UJI-{rule.number:03d}", who=("auditor",), note="MERAH", next=what)
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('f"{case.name} tidak dapat dinilai"', "None"),
        ('"belum"', '"XXbelumXX"'),
        ('f"lewat {rule.end}"', "None"),
        ('"lulus", True', '"LULUS", True'),
    ],
)
def test_a_sentence_of_a_refusal_is_words(before: str, after: str) -> None:
    assert before in JUDGE
    assert only_words(JUDGE, JUDGE.replace(before, after))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('== "UNUSABLE"', '!= "UNUSABLE"'),
        ('"UNUSABLE"', '"XXUNUSABLEXX"'),
        ("> rule.end", ">= rule.end"),
        ("case.seen", "None"),
        ('"SANDI-007"', '"XXSANDI-007XX"'),
        ('"SANDI-007"', "None"),
        ('"IZIN-001"', '"izin-001"'),
        ('f"UJI-{rule.number:03d}"', "None"),
        ("True", "False"),
        ('"bukti"', "None"),
        ('"auditor"', '"XXauditorXX"'),
        ('"MERAH"', "None"),
        ("next=what", "next=None"),
        ('what = "sesuatu"', "what = None"),
    ],
)
def test_what_decides_or_is_looked_up_is_not_words(before: str, after: str) -> None:
    assert before in JUDGE
    assert not only_words(JUDGE, JUDGE.replace(before, after, 1))


SQL = """
    def f(db):
        db.execute("BEGIN IMMEDIATE")
        db.execute("SELECT value FROM meta WHERE key = 'origin'" " AND value > ?", ("select",))
        db.execute('SELECT "Value" FROM meta')
        return db["commit"]
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"BEGIN IMMEDIATE"', '"begin immediate"'),
        ("SELECT value FROM meta WHERE key =", "select value from meta where key ="),
        ("SELECT value FROM meta WHERE key =", "SELECT VALUE FROM META WHERE KEY ="),
        (" AND value > ?", " and value > ?"),
    ],
)
def test_the_case_of_a_statement_of_sql_is_words(before: str, after: str) -> None:
    assert before in SQL
    assert only_words(SQL, SQL.replace(before, after))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("'origin'", "'ORIGIN'"),
        ("BEGIN IMMEDIATE", "BEGIN"),
        ("BEGIN IMMEDIATE", "XXBEGIN IMMEDIATEXX"),
        (" AND value > ?", " and value >= ?"),
        (" AND value > ?", "XX AND value > ?XX"),
        ('("select",)', '("SELECT",)'),
        ('SELECT "Value"', 'SELECT "VALUE"'),
        ('db["commit"]', 'db["COMMIT"]'),
    ],
)
def test_what_sqlite_compares_or_does_is_not_words(before: str, after: str) -> None:
    assert before in SQL
    assert not only_words(SQL, SQL.replace(before, after, 1))
