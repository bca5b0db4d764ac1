"""The four shapes in which GitLab says no, as one exception."""

from typing import Any


class ApiError(Exception):
    """A refusal with its HTTP status and JSON body."""

    def __init__(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{status} {body}")
        self.status, self.body, self.headers = status, body, headers or {}


def refuse(status: int, message: Any) -> ApiError:
    """`{"message": …}`: a text, a list of texts, or {field: [texts]}."""
    return ApiError(status, {"message": message})


def bad_parameter(text: str) -> ApiError:
    """`{"error": …}`: what the parameter check says."""
    return ApiError(400, {"error": text})


def not_found(what: str = "") -> ApiError:
    return refuse(404, f"404 {what} Not Found" if what else "404 Not Found")


def no_route() -> ApiError:
    """A route this edition does not have: note the key, `error`."""
    return ApiError(404, {"error": "404 Not Found"})


def forbidden(reason: str = "") -> ApiError:
    return refuse(403, f"403 Forbidden - {reason}" if reason else "403 Forbidden")


def unauthorized() -> ApiError:
    return refuse(401, "401 Unauthorized")


def invalid(**fields: str) -> ApiError:
    """Model validation: `invalid(title="can't be blank")`."""
    return refuse(400, {name: [text] for name, text in fields.items()})
