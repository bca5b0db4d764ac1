"""Expansion of `$VAR` in values, and the masking of secrets in logs."""

import re
from collections.abc import Collection, Iterable, Mapping

_VARIABLE = re.compile(r"\$\$|\$([A-Za-z_][A-Za-z0-9_]*)|\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
MASK = "[MASKED]"
MIN_MASKED = 8  # GitLab masks values of at least 8 characters


def expand(text: str, variables: Mapping[str, str]) -> str:
    """`text` with `$X` and `${X}` replaced; an unknown name becomes empty, `$$` stays for the shell."""

    def value(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        return variables.get(name, "") if name else match[0]

    return _VARIABLE.sub(value, text)


def expand_all(variables: Mapping[str, str], raw: Collection[str] = ()) -> dict[str, str]:
    """Every value expanded by the others, in order of dependence; a name in a cycle keeps its text."""
    done: dict[str, str] = {}

    def resolve(name: str, above: tuple[str, ...]) -> str:
        if name in done:
            return done[name]
        text = variables[name]
        if name in raw or "$" not in text:
            done[name] = text
            return text

        def value(match: re.Match[str]) -> str:
            inner = match[1] or match[2]
            if not inner or inner == name or inner in above:
                return match[0]
            return resolve(inner, (*above, name)) if inner in variables else ""

        result = _VARIABLE.sub(value, text)
        if not above:
            done[name] = result
        return result

    return {name: resolve(name, ()) for name in variables}


def mask(text: str, secrets: Iterable[str]) -> str:
    """`text` without the secrets; longer secrets first, so that none hides inside another."""
    for secret in sorted({s for s in secrets if len(s) >= MIN_MASKED}, key=len, reverse=True):
        text = text.replace(secret, MASK)
    return text
