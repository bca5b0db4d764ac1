"""Requests to GitLab REST v4 through python-gitlab, with its traps closed: timeout, retries, paging, redirects, netrc."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from kawal.errors import InputError, NotFoundError, TemporaryError
from kawal.forges import gitlab_errors as errors

if TYPE_CHECKING:
    import gitlab
    import requests

log = logging.getLogger("kawal.api")
"""One debug line per request, without tokens; KAWAL_DEBUG=api shows them."""

TRIES = 3
WAIT_CAP_S = 30.0
POOL = 16
PER_PAGE = 100
MAX_PAGES = 10_000

Json = dict[str, Any]


def _session(on_answer: Callable[[Mapping[str, str]], None]) -> requests.Session:
    """A session that reads no netrc, and never takes the token along to another host (e.g. an object store)."""
    import requests
    from requests.adapters import HTTPAdapter

    class Session(requests.Session):
        def rebuild_auth(
            self, prepared_request: requests.PreparedRequest, response: requests.Response
        ) -> None:
            # requests drops only `Authorization` on a redirect to another host; GitLab's token is in a header of its own.
            stripped = self.should_strip_auth(response.request.url, prepared_request.url)  # type: ignore[no-untyped-call]
            if stripped:
                for header in ("PRIVATE-TOKEN", "JOB-TOKEN", "Authorization"):
                    prepared_request.headers.pop(header, None)

    session = Session()
    session.trust_env = False
    session.hooks["response"].append(lambda answer, **_: on_answer(answer.headers))
    # Blocking: however many threads read, at most POOL calls are under way, each on a connection that is kept.
    adapter = HTTPAdapter(pool_connections=2, pool_maxsize=POOL, pool_block=True)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


class GitLabHttp:
    """One token on one GitLab. Safe to share between the threads of a bulk read."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        timeout: float,
        ca: str | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        import gitlab  # ~110 ms: only who talks to a forge pays for it

        self.url = url.rstrip("/")
        self.timeout, self.ca = timeout, ca
        self._sleep = sleep
        self._seen = threading.local()
        self._gl: gitlab.Gitlab = gitlab.Gitlab(
            self.url,
            private_token=token,
            timeout=timeout,
            ssl_verify=ca or True,
            keep_base_url=True,
            retry_transient_errors=False,
            session=_session(self._remember),
        )

    def _remember(self, headers: Mapping[str, str]) -> None:
        # python-gitlab's exceptions carry no headers, so the last ones of this thread are kept here.
        self._seen.headers = headers

    def _header(self, name: str) -> str | None:
        headers: Mapping[str, str] = getattr(self._seen, "headers", {})
        return headers.get(name)

    def get(self, path: str, **query: Any) -> Json:
        return self._object(path, self.send("get", path, query=query))

    def get_or_none(self, path: str, **query: Any) -> Json | None:
        """None when the forge answers 404: absent, or hidden from this token."""
        try:
            return self.get(path, **query)
        except NotFoundError:
            return None

    def pages(self, path: str, *, counted: bool = True, **query: Any) -> Iterator[Json]:
        """All rows of a list, page by page, each once. Only the *query* of a next link is used, so no other host is ever called.

        TemporaryError when fewer rows came than the forge counted: a list with a hole would make us create things twice.
        `counted=False` for lists that GitLab counts before it takes out what the caller may not see (notes, label events): there
        only every page it announced has to have come.
        """
        params: dict[str, Any] = {**query, "per_page": PER_PAGE}
        seen: set[str] = set()
        for page in range(1, MAX_PAGES + 1):
            answer = self.send("get", path, query=params)
            rows = self._json(path, answer)
            if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                raise errors.nonsense(self._full(path), "bukan daftar")
            for row in rows:
                # A row comes twice when another was added while we turned the page.
                text = json.dumps(row, sort_keys=True)
                if text not in seen:
                    seen.add(text)
                    yield row
            following = answer.links.get("next", {}).get("url")
            if following:
                params = dict(parse_qsl(urlsplit(following).query))
            elif answer.headers.get("X-Next-Page"):
                params = {**params, "page": answer.headers["X-Next-Page"]}
            else:
                came, said, what = (
                    (len(seen), "X-Total", "baris") if counted else (page, "X-Total-Pages", "halaman")
                )
                announced = answer.headers.get(said, "")
                if announced.isdigit() and came < int(announced):
                    raise errors.short_list(self._full(path), came, int(announced), what)
                return
        raise errors.nonsense(self._full(path), f"lebih dari {MAX_PAGES} halaman")

    def all(self, path: str, **query: Any) -> list[Json]:
        return list(self.pages(path, **query))

    def post(self, path: str, body: Mapping[str, Any], *, repeatable: bool = False) -> Json:
        """`repeatable` only where a second POST is harmless; otherwise a lost answer is TemporaryError and the caller looks first."""
        return self._object(path, self.send("post", path, body=body, repeatable=repeatable))

    def put(self, path: str, body: Mapping[str, Any], **query: Any) -> Json:
        return self._object(path, self.send("put", path, body=body, query=query))

    def delete(self, path: str, **query: Any) -> None:
        """Deleting what is gone already is a success."""
        try:
            self.send("delete", path, query=query)
        except NotFoundError:
            return

    def raw(self, path: str, *, limit: int, **query: Any) -> bytes:
        """The bytes of a file; InputError above `limit` without reading further."""
        answer = self.send("get", path, query=query, streamed=True)
        parts: list[bytes] = []
        size = 0
        try:
            for part in answer.iter_content(65536):
                size += len(part)
                if size > limit:
                    raise InputError(
                        "FORGE-009",
                        f"Berkas di forge terlalu besar: {self._full(path)}",
                        found=f"lebih dari {limit} byte",
                        needed=f"paling banyak {limit} byte",
                    )
                parts.append(part)
        except (
            OSError
        ) as error:  # requests' errors are OSErrors: the connection broke in the middle of the file
            raise errors.unreachable("GET", self._full(path), 1, type(error).__name__) from error
        finally:
            answer.close()
        return b"".join(parts)

    def server_time(self) -> datetime | None:
        """The Date header of an answer asked for now."""
        self.get("/version")
        date = self._header("Date")
        try:
            return parsedate_to_datetime(date) if date else None
        except ValueError:
            return None

    def send(
        self,
        verb: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        repeatable: bool = False,
        streamed: bool = False,
    ) -> requests.Response:
        """One request with our own bounded retry: reads and idempotent writes on 5xx and broken connections, all verbs on 429."""
        import gitlab.exceptions
        import requests

        may_repeat = repeatable or verb != "post"
        for attempt in range(1, TRIES + 1):
            wait = 0.2 * 3.0**attempt
            self._seen.headers = {}
            try:
                answer = self._gl.http_request(
                    verb,
                    path,
                    query_data=_query(query),
                    post_data=dict(body) if body is not None else None,
                    streamed=streamed,
                    obey_rate_limit=False,
                    retry_transient_errors=False,
                )
            except gitlab.exceptions.RedirectError as error:
                raise errors.nonsense(
                    self._full(path), "penulisan dialihkan ke alamat lain; proyek dipindah?"
                ) from error
            except gitlab.exceptions.GitlabError as error:
                status = error.response_code or 0
                failure = errors.from_status(
                    status, error.response_body or b"", verb.upper(), self._full(path), attempt
                )
                again = status == 429 or may_repeat
                if status == 429:
                    wait = _seconds(self._header("Retry-After"), wait)
            except (requests.RequestException, OSError) as error:
                failure = errors.unreachable(verb.upper(), self._full(path), attempt, _reason(error))
                again = may_repeat and not isinstance(error, requests.exceptions.SSLError)
            else:
                log.debug("%s %s -> %s", verb.upper(), self._full(path), answer.status_code)
                return answer
            log.debug("%s %s -> %s", verb.upper(), self._full(path), failure.what)
            if attempt == TRIES or not again or not isinstance(failure, TemporaryError) or wait > WAIT_CAP_S:
                raise failure
            self._sleep(wait)
        raise AssertionError("the loop returns or raises")

    def _full(self, path: str) -> str:
        return f"{self.url}/api/v4{path}"

    def _json(self, path: str, answer: requests.Response) -> Any:
        if answer.status_code == 204 or not answer.content:
            return {}
        try:
            return answer.json()
        except ValueError:
            raise errors.not_json("GET", self._full(path), answer.headers.get("Content-Type", "")) from None

    def _object(self, path: str, answer: requests.Response) -> Json:
        parsed = self._json(path, answer)
        if not isinstance(parsed, dict):
            raise errors.nonsense(self._full(path), "bukan objek")
        return parsed


def _query(query: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        key: str(value).lower() if isinstance(value, bool) else value for key, value in (query or {}).items()
    }


def _seconds(text: str | None, otherwise: float) -> float:
    return float(text) if text and text.isdigit() else otherwise


def _reason(error: BaseException) -> str:
    text = str(error)
    for sign, said in (
        ("timed out", "tidak menjawab sampai batas waktu"),
        ("refused", "sambungan ditolak"),
        ("Name or service", "nama tidak dikenal"),
        ("CERTIFICATE", "sertifikat TLS tidak dipercaya"),
    ):
        if sign in text:
            return said
    return type(error).__name__
