"""The evaluator of `rules:if`."""

import pytest

from kawal_sandbox.ci.expressions import ExpressionError, evaluate

VARIABLES = {"A": "a", "EMPTY": "", "TAG": "v1.2.3", "BRANCH": "main", "PATTERN": "/^v\\d/", "BARE": "^v"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$A", True),
        ("$EMPTY", False),
        ("$NONE", False),
        ("${A}", True),
        ('$A == "a"', True),
        ("$A == 'b'", False),
        ('$A != "b"', True),
        ("$NONE == null", True),
        ("$EMPTY == null", False),
        ('$EMPTY == ""', True),
        ('$NONE == ""', False),
        ("$A != null", True),
        ("null == $NONE", True),
        ("$TAG =~ /^v\\d+\\.\\d+/", True),
        ("$TAG =~ /^V/", False),
        ("$TAG =~ /^V/i", True),
        ("$TAG !~ /^v/", False),
        ("$NONE =~ /^$/", True),
        ("$NONE !~ /x/", True),
        ("$TAG =~ $PATTERN", True),
        ("$TAG =~ $BARE", False),
        ("$TAG =~ $NONE", False),
        ("$TAG !~ $NONE", True),
        ("$TAG =~ /a\\/b/", False),
        ('$A == "a" && $BRANCH == "main"', True),
        ('$A == "x" || $BRANCH == "main"', True),
        ('$A == "a" || $NONE && $EMPTY', True),
        ('($A == "a" || $NONE) && $EMPTY', False),
        ("$NONE && $A || $TAG", True),
        ("$A == $A", True),
        ('"a" == $A', True),
        ('"x"', True),
        ('""', False),
        ("$BRANCH == $CI_DEFAULT_BRANCH", False),
        ('$TAG=~/^v/&&$A=="a"', True),
    ],
)
def test_evaluates_like_gitlab(text: str, expected: bool) -> None:
    assert evaluate(text, VARIABLES) is expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "$A ==",
        "== $A",
        "($A",
        "$A)",
        "$A = 'a'",
        "!$A",
        "$A & $B",
        "$A == 'a",
        "a",
        "$A =~ /(/",
        "$A =~ /x/U",
        "$A $A",
    ],
)
def test_refuses_what_is_not_an_expression(text: str) -> None:
    with pytest.raises(ExpressionError):
        evaluate(text, VARIABLES)
