"""Parameters of a request, whether they came as JSON, form or query, with GitLab's coercions."""

import re
from collections.abc import Iterable
from typing import Any

from kawal_sandbox.errors import bad_parameter


class Params(dict[str, Any]):
    """Merged query and body. Unknown keys simply stay unread, as GitLab drops them."""

    def require(self, *names: str) -> None:
        missing = [f"{name} is missing" for name in names if self.get(name) is None]
        if missing:
            raise bad_parameter(", ".join(missing))

    def text(self, name: str, default: str | None = None) -> str | None:
        value = self.get(name, default)
        return value if value is None or isinstance(value, str) else str(value)

    def need(self, name: str) -> str:
        """A text that must be there and not be empty."""
        self.require(name)
        value = self.text(name) or ""
        if not value.strip():
            raise bad_parameter(f"{name} is empty")
        return value

    def number(self, name: str, default: int | None = None) -> int | None:
        value = self.get(name)
        if value is None or value == "":
            return default
        try:
            return int(value)
        except (TypeError, ValueError):
            raise bad_parameter(f"{name} is invalid") from None

    def flag(self, name: str, default: bool | None = None) -> bool | None:
        value = self.get(name)
        if value is None or value == "":
            return default
        word = str(value).lower()  # Grape takes "True" too; python-gitlab sends it in queries
        if word in ("true", "1", "t", "on", "yes", "y"):
            return True
        if word in ("false", "0", "f", "off", "no", "n"):
            return False
        raise bad_parameter(f"{name} is invalid")

    def words(self, name: str) -> list[str] | None:
        """A list given as array or as comma-separated text; None when absent."""
        value = self.get(name)
        if value is None:
            return None
        parts = value if isinstance(value, list) else str(value).split(",")
        return [text for part in parts if (text := str(part).strip())]

    def numbers(self, name: str) -> list[int] | None:
        words = self.words(name)
        if words is None:
            return None
        try:
            return [number for word in words if (number := int(word))]
        except ValueError:
            raise bad_parameter(f"{name} is invalid") from None

    def choice(self, name: str, allowed: Iterable[str], default: str | None = None) -> str | None:
        value = self.text(name, default)
        if value is not None and value not in tuple(allowed):
            raise bad_parameter(f"{name} does not have a valid value")
        return value


def nest(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """`a=1`, `a[]=1&a[]=2`, `a[b]=1` and `a[][k]=1&a[][v]=2` as nested values, the way Rack reads them."""
    result: dict[str, Any] = {}
    for name, value in pairs:
        head, *rest = re.findall(r"[^\[\]]+|\[\]", name) or [name]
        _put(result, head, rest, value)
    return result


def _put(target: dict[str, Any], key: str, rest: list[str], value: Any) -> None:
    if not rest:
        target[key] = value
    elif rest[0] == "[]":
        items = target.setdefault(key, [])
        if not isinstance(items, list):
            items = target[key] = []
        if len(rest) == 1:
            items.append(value)
        else:
            if not items or not isinstance(items[-1], dict) or (len(rest) == 2 and rest[1] in items[-1]):
                items.append({})
            _put(items[-1], rest[1], rest[2:], value)
    else:
        inner = target.setdefault(key, {})
        if not isinstance(inner, dict):
            inner = target[key] = {}
        _put(inner, rest[0], rest[1:], value)
