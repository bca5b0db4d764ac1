"""What a route handler sees and says: `Ctx` in, `Reply` out, and the `Route` that binds it to a path."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.datastructures import Headers, UploadFile
from starlette.responses import Response

from kawal_sandbox.access import Identity
from kawal_sandbox.errors import ApiError, forbidden, not_found, unauthorized
from kawal_sandbox.params import Params
from kawal_sandbox.store import Row

if TYPE_CHECKING:
    from kawal_sandbox.forge import Forge
    from kawal_sandbox.repos import Repo

MAX_OFFSET = 50_000
COUNTED_ROWS = 10_000  # above this GitLab stops counting: no X-Total, no X-Total-Pages, no rel=last


@dataclass(frozen=True)
class Reply:
    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        if self.status in (204, 304):
            return Response(status_code=self.status, headers=self.headers)
        content = json.dumps(self.body, ensure_ascii=False).encode()
        return Response(content, self.status, self.headers, media_type="application/json")


Answer = Reply | Response
Handler = Callable[["Ctx"], Answer]


def created(body: Any) -> Reply:
    return Reply(body, 201)


def no_content() -> Reply:
    return Reply(None, 204)


@dataclass(frozen=True)
class Route:
    """One endpoint. `path` is below /api/v4 unless it starts with `!` (then it is absolute).

    `:name` matches one raw segment (so it may hold %2F), a last `*name` matches the rest. When the path starts with /projects/:id or
    /groups/:id, the project or group is loaded, hidden ones answer 404, and `level` is the least access level needed on it.
    """

    method: str
    path: str
    handler: Handler
    level: int = 0
    admin: bool = False
    anonymous: bool = False  # may be called without credentials (what it shows is still checked)
    job_token: bool = False
    own_credential: bool = False  # the Authorization header is the handler's own matter
    read_only: bool | None = None  # None: GET and HEAD only read; anything else runs in one transaction
    max_body: int = 16 * 1024 * 1024

    @property
    def writes(self) -> bool:
        return self.method not in ("GET", "HEAD") if self.read_only is None else not self.read_only


@dataclass
class Ctx:
    """One request. `p` holds query and body merged, `params` the path segments, percent-decoded."""

    forge: Forge
    method: str
    path: str  # raw
    params: dict[str, str]
    query: Params
    p: Params
    headers: Headers
    base_url: str  # as the client addressed us, without a trailing slash
    body: IO[bytes]  # raw body, at its start; empty for forms
    files: dict[str, UploadFile]
    identity: Identity | None = None
    level: int = 0  # access level of the caller on `project` or `group`
    _project: Row | None = None
    _group: Row | None = None
    memo: dict[Any, Any] = field(default_factory=dict)

    @property
    def user(self) -> Row:
        """The caller; 401 when there is none."""
        if self.identity is None:
            raise unauthorized()
        return self.identity.user

    @property
    def user_id(self) -> int | None:
        return None if self.identity is None else int(self.identity.user["id"])

    @property
    def is_admin(self) -> bool:
        return self.identity is not None and bool(self.identity.user["admin"]) and self.identity.job is None

    @property
    def project(self) -> Row:
        if self._project is None:
            raise not_found("Project")
        return self._project

    @property
    def group(self) -> Row:
        if self._group is None:
            raise not_found("Group")
        return self._group

    @property
    def repo(self) -> Repo:
        return self.forge.repo(self.project["id"])

    def need_level(self, level: int) -> None:
        if self.level < level:
            raise forbidden()

    def need_admin(self) -> None:
        if not self.is_admin:
            raise forbidden()

    def id(self, name: str) -> int:
        """A numeric path segment."""
        try:
            return int(self.params[name])
        except ValueError:
            raise ApiError(400, {"error": f"{name} is invalid"}) from None

    # Pages

    def rows(
        self, sql: str, args: Sequence[Any], present: Callable[[Row], Any], order: str = "id DESC"
    ) -> Reply:
        """One offset page of `SELECT … WHERE …` (no ORDER BY in it)."""
        page, per_page = self._page_numbers()
        store = self.forge.store
        total = int(store.value(f"SELECT count(*) FROM ({sql})", *args))  # noqa: S608 - sql is ours
        rows = store.all(f"{sql} ORDER BY {order} LIMIT ? OFFSET ?", *args, per_page, (page - 1) * per_page)
        return Reply([present(row) for row in rows], headers=self._page_headers(page, per_page, total))

    def items(self, items: Iterable[Any], present: Callable[[Any], Any] = lambda item: item) -> Reply:
        """One offset page of a list that is already in memory."""
        page, per_page = self._page_numbers()
        whole = list(items)
        start = (page - 1) * per_page
        headers = self._page_headers(page, per_page, len(whole))
        return Reply([present(item) for item in whole[start : start + per_page]], headers=headers)

    def _page_numbers(self) -> tuple[int, int]:
        page = max(self.query.number("page", 1) or 1, 1)
        per_page = self.query.number("per_page", 20) or 20
        if per_page < 1:
            raise ApiError(400, {"error": "per_page has a value not allowed"})
        per_page = min(per_page, 100)
        if (page - 1) * per_page >= MAX_OFFSET:
            text = f"Offset pagination has a maximum allowed offset of {MAX_OFFSET} for requests that return objects"
            raise ApiError(
                405,
                {
                    "error": f"{text} of this type. Remaining records can be retrieved using keyset pagination."
                },
            )
        return page, per_page

    def _page_headers(self, page: int, per_page: int, total: int) -> dict[str, str]:
        pages = max((total + per_page - 1) // per_page, 1)
        following = str(page + 1) if page < pages else ""
        previous = str(page - 1) if page > 1 else ""
        headers = {
            "X-Page": str(page),
            "X-Per-Page": str(per_page),
            "X-Next-Page": following,
            "X-Prev-Page": previous,
        }
        links = [(previous, "prev"), (following, "next"), ("1", "first")]
        if total <= COUNTED_ROWS:
            headers |= {"X-Total": str(total), "X-Total-Pages": str(pages)}
            links.append((str(pages), "last"))
        headers["Link"] = ", ".join(
            f'<{self.link(page=n, per_page=per_page)}>; rel="{rel}"' for n, rel in links if n
        )
        return headers

    def link(self, **changed: Any) -> str:
        """This request's address with some query parameters changed."""
        pairs: list[tuple[str, Any]] = []
        for name, value in {**self.query, **changed}.items():
            if name == "private_token":
                continue
            pairs += [(f"{name}[]", item) for item in value] if isinstance(value, list) else [(name, value)]
        return f"{self.base_url}{self.path}?{urlencode(pairs)}"
