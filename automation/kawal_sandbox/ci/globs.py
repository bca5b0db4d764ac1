"""Path patterns of `rules:changes`, `rules:exists` and `artifacts:paths` (Ruby's fnmatch and doublestar)."""

import re
from functools import lru_cache


def matches(pattern: str, path: str) -> bool:
    return _compiled(pattern).fullmatch(path) is not None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    out, at, braces = "", 0, 0
    while at < len(pattern):
        char = pattern[at]
        if pattern.startswith("**/", at):
            out, at = out + "(?:[^/]+/)*", at + 3
            continue
        if pattern.startswith("**", at):
            out, at = out + ".*", at + 2
            continue
        if char == "*":
            out += "[^/]*"
        elif char == "?":
            out += "[^/]"
        elif char == "[" and "]" in pattern[at + 2 :]:
            end = pattern.index("]", at + 2)
            body = pattern[at + 1 : end].replace("\\", "\\\\").replace("[", "\\[")
            out += "[" + ("^" + body[1:] if body[0] in "!^" else body) + "]"
            at = end
        elif char == "{" and "}" in pattern[at:]:
            out, braces = out + "(?:", braces + 1
        elif char == "}" and braces:
            out, braces = out + ")", braces - 1
        elif char == "," and braces:
            out += "|"
        elif char == "\\" and at + 1 < len(pattern):
            at += 1
            out += re.escape(pattern[at])
        else:
            out += re.escape(char)
        at += 1
    try:
        return re.compile(out)
    except re.error:
        return re.compile(re.escape(pattern))
