"""Days in parameters."""

from datetime import date

from kawal_sandbox.errors import bad_parameter
from kawal_sandbox.params import Params


def day(p: Params, name: str) -> str | None:
    """An ISO day, None when absent or empty; 400 otherwise."""
    value = p.text(name)
    if not value:
        return None
    try:
        return date.fromisoformat(value[:10]).isoformat()
    except ValueError:
        raise bad_parameter(f"{name} is invalid") from None
