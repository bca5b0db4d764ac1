"""Expressions of `rules:if`: `$VAR`, strings, null, `== != =~ !~ && ||` and parentheses.

GitLab's documentation: "CI/CD variable expressions". A variable that is not defined is null; a comparison binds tighter
than `&&`, and `&&` tighter than `||`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Variables = Mapping[str, str]
Value = str | re.Pattern[str] | bool | None
Node = Callable[[Variables], Value]

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<op>==|!=|=~|!~|&&|\|\||\(|\))
    | (?P<null>null\b)
    | \$(?P<var>[A-Za-z_][A-Za-z0-9_]*) | \$\{(?P<braced>[A-Za-z_][A-Za-z0-9_]*)\}
    | "(?P<dq>[^"]*)" | '(?P<sq>[^']*)'
    | /(?P<re>(?:[^/\\]|\\.)+)/(?P<flags>[ismU]*)
    )""",
    re.VERBOSE,
)
_PATTERN = re.compile(r"/((?:[^/\\]|\\.)+)/([ismU]*)")
MAX_LENGTH = 4000


class ExpressionError(ValueError):
    """The text is not an expression of `rules:if`."""


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    flags: str = ""


def evaluate(text: str, variables: Variables) -> bool:
    """Whether the expression holds. Raises `ExpressionError` when `text` is not an expression."""
    return _truthy(parse(text)(variables))


def parse(text: str) -> Node:
    if len(text) > MAX_LENGTH:
        raise ExpressionError("expression is too long")
    parser = _Parser(_tokens(text))
    node = parser.disjunction()
    if parser.peek() is not None:
        raise ExpressionError(f"unexpected {text!r}")
    return node


def _tokens(text: str) -> list[_Token]:
    tokens, at = [], 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ExpressionError(f"cannot read {text[at:].strip()!r}")
        kind = match.lastgroup or ""
        kind = (
            "re"
            if kind == "flags"
            else "var"
            if kind == "braced"
            else "str"
            if kind in ("dq", "sq")
            else kind
        )
        value = next(g for name, g in match.groupdict().items() if g is not None and name != "flags")
        tokens.append(_Token(kind, value, match["flags"] or ""))
        at = match.end()
    return tokens


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens, self.at = tokens, 0

    def peek(self) -> _Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def take(self, *ops: str) -> str | None:
        token = self.peek()
        if token is not None and token.kind == "op" and token.text in ops:
            self.at += 1
            return token.text
        return None

    def disjunction(self) -> Node:
        node = self.conjunction()
        while self.take("||"):
            node = _either(node, self.conjunction())
        return node

    def conjunction(self) -> Node:
        node = self.comparison()
        while self.take("&&"):
            node = _both(node, self.comparison())
        return node

    def comparison(self) -> Node:
        left = self.operand()
        while op := self.take("==", "!=", "=~", "!~"):
            left = _compare(op, left, self.operand())
        return left

    def operand(self) -> Node:
        if self.take("("):
            node = self.disjunction()
            if not self.take(")"):
                raise ExpressionError("a parenthesis is not closed")
            return node
        token = self.peek()
        if token is None or token.kind == "op":
            raise ExpressionError("a value is missing")
        self.at += 1
        if token.kind == "var":
            return lambda variables: variables.get(token.text)
        if token.kind == "null":
            return lambda _variables: None
        if token.kind == "re":
            pattern = _compile(token.text, token.flags)
            return lambda _variables: pattern
        return lambda _variables: token.text


def _either(left: Node, right: Node) -> Node:
    return lambda variables: _truthy(left(variables)) or _truthy(right(variables))


def _both(left: Node, right: Node) -> Node:
    return lambda variables: _truthy(left(variables)) and _truthy(right(variables))


def _compare(op: str, left: Node, right: Node) -> Node:
    if op == "==":
        return lambda variables: left(variables) == right(variables)
    if op == "!=":
        return lambda variables: left(variables) != right(variables)
    wanted = op == "=~"
    return lambda variables: _matches(left(variables), right(variables)) is wanted


def _matches(text: Value, pattern: Value) -> bool:
    if isinstance(pattern, str):  # a variable holding "/.../" is a pattern; any other text matches nothing
        found = _PATTERN.fullmatch(pattern)
        if found is None:
            return False
        try:
            pattern = _compile(found[1], found[2])
        except ExpressionError:
            return False
    if not isinstance(pattern, re.Pattern):
        return False
    return pattern.search(text if isinstance(text, str) else "") is not None


def _compile(body: str, flags: str) -> re.Pattern[str]:
    if "U" in flags:
        raise ExpressionError("the flag U is not supported")
    bits = {"i": re.IGNORECASE, "s": re.DOTALL, "m": re.MULTILINE}
    try:
        # RE2's `\z` is Python's `\Z`; the rest of what pipelines use is written alike.
        return re.compile(body.replace("\\/", "/").replace("\\z", "\\Z"), sum(bits[f] for f in set(flags)))
    except re.error as error:
        raise ExpressionError(f"invalid pattern /{body}/: {error}") from error


def _truthy(value: Value) -> bool:
    """An empty string counts as not set."""
    return bool(value) if isinstance(value, str | bool) else value is not None
