"""Which mutants change nothing but texts for people: decided on the syntax tree, before any test runs."""

from __future__ import annotations

import ast
import re
import textwrap
from typing import Any

WORDING = frozenset(
    (
        "no",
        "Verdict",
        "Flaw",
        "_refuse",
        "refuse",
        "error",
        "Problem",
        "BlockedError",
        "InputError",
        "TemporaryError",
    )
)
"""What words a refusal: texts given to these are for people, codes excepted."""
CODE = re.compile(r"[A-Z]{2,9}-\d{3}")
QUOTED = re.compile(r"('[^']*')")
"""What SQLite compares letter by letter; of keywords, tables and columns it knows no case."""


def only_words(before: str, after: str) -> bool:
    """Whether two whole functions differ in nothing but literals inside a raise, a refusal or a verdict's sentences.

    Whole functions: lines of a difference may be code by themselves that does not hold the changed place.
    """
    trees = [_Masked().visit(ast.parse(textwrap.dedent(text))) for text in (before, after)]
    return ast.dump(trees[0]) == ast.dump(trees[1])


class _Masked(ast.NodeTransformer):
    """Texts in a raise, or given to something that words a refusal, become one and the same text."""

    def visit_Raise(self, node: ast.Raise) -> Any:
        return _Wordless().visit(node)

    def visit_Call(self, node: ast.Call) -> Any:
        if _name(node) in WORDING:
            return _Wordless().visit(node)
        if _name(node) == "execute" and node.args:
            node.args[0] = _sql(node.args[0])
        return self.generic_visit(node)


def _sql(node: ast.expr) -> ast.expr:
    """A statement in one case, but for what it quotes."""
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or '"' in node.value:
        return node
    parts = QUOTED.split(node.value)
    return ast.Constant("".join(one if one[:1] == "'" else one.lower() for one in parts))


class _Wordless(ast.NodeTransformer):
    """Texts become one; what decides stays: codes, the rule and the note of a verdict, roles, what is compared or looked up."""

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        is_text = isinstance(node.value, str) and not CODE.search(node.value)
        return ast.Constant("…") if is_text or node.value is None else node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        return node if ":03d" in ast.unparse(node) else ast.Constant("…")

    def visit_Call(self, node: ast.Call) -> ast.AST:
        name = _name(node)
        if name == "Verdict":
            rule, node.args = node.args[:1], node.args[1:]
            self.generic_visit(node)
            node.args = [*rule, *node.args]
            return node
        return self.generic_visit(node) if name in WORDING or name == "join" else node

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        """The exception's own arguments, whatever it is called."""
        if isinstance(node.exc, ast.Call):
            self.generic_visit(node.exc)
        return node

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        return node if node.arg == "note" else self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        return node

    visit_Subscript = visit_Tuple = visit_Compare  # type: ignore[assignment]


def _name(node: ast.Call) -> str:
    return str(getattr(node.func, "id", getattr(node.func, "attr", "")))
