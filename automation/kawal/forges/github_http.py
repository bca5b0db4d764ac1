"""Requests to GitHub REST v3 through PyGithub's requester, with its traps closed: retries of POST, pacing, redirects, threads."""

from __future__ import annotations

import logging
import queue
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from kawal.errors import InputError, KawalError, NotFoundError, TemporaryError
from kawal.forges import github_errors as errors
from kawal.forges.github_conditional import conditional
from kawal.forges.github_pace import Pace

if TYPE_CHECKING:
    import github

log = logging.getLogger("kawal.api")
TRIES = 3
WAIT_CAP_S = 30.0
PER_PAGE = 100
MAX_PAGES = 10_000
PUBLIC = "https://api.github.com"

Json = dict[str, Any]


class _Failed(NamedTuple):
    """A request that did not succeed, and whether and when it may be sent again."""

    error: KawalError
    wait: float
    again: bool
    limited: bool


class GitHubHttp:
    """One token on one GitHub. PyGithub's clients are not made to be shared, so each request borrows one that nobody uses.

    They keep their connections, however short the threads of a bulk read live.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        timeout: float,
        ca: str | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.url = url.rstrip("/")
        host = urlsplit(self.url).hostname
        # github.com has its API on a host of its own; GitHub Enterprise Server under /api/v3.
        self.base = PUBLIC if host in ("github.com", "api.github.com") else f"{self.url}/api/v3"
        self._token, self.timeout, self.ca = token, timeout, ca
        self._sleep = sleep
        self._idle: queue.LifoQueue[github.Github] = queue.LifoQueue()
        self._pace = Pace(public=self.base == PUBLIC)
        self._kept = conditional(self.base, token)

    @contextmanager
    def _client(self) -> Iterator[github.Github]:
        try:
            client = self._idle.get_nowait()
        except queue.Empty:
            client = self._new_client()
        try:
            yield client
        finally:
            self._idle.put(client)

    def _new_client(self) -> github.Github:
        import github  # ~560 ms: only who talks to GitHub pays for it

        return github.Github(
            auth=github.Auth.Token(self._token),
            base_url=self.base,
            timeout=int(self.timeout) or 1,
            verify=self.ca or True,
            retry=None,
            per_page=PER_PAGE,
            # Its own pacing is one client's; ours is the account's.
            seconds_between_requests=None,
            seconds_between_writes=None,
        )

    # --- reading

    def forget(self) -> None:
        """Nothing kept is used again."""
        self._kept.forget()

    def get(self, path: str, **query: Any) -> Json:
        return self._object(path, self.send("GET", path, query=query)[1])

    def get_or_none(self, path: str, **query: Any) -> Json | None:
        """None when GitHub answers 404: absent, or hidden from this token."""
        try:
            return self.get(path, **query)
        except NotFoundError:
            return None

    def pages(self, path: str, *, key: str | None = None, **query: Any) -> Iterator[Json]:
        """All rows of a list, each once; only the query of a next link is used. `key`: the list lies inside an object."""
        params: dict[str, Any] = {**query, "per_page": PER_PAGE}
        seen: set[str] = set()
        for _ in range(MAX_PAGES):
            headers, body = self.send("GET", path, query=params)
            rows = body.get(key) if key and isinstance(body, dict) else body
            if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                self._kept.forget()
                raise errors.nonsense(self.base + path, "bukan daftar")
            for row in rows:
                mark = str(row.get("id") or row.get("sha") or row.get("name"))
                if mark not in seen:
                    seen.add(mark)
                    yield row
            following = _next(headers.get("link", ""))
            if following is None:
                counted = body.get("total_count") if key else None
                if isinstance(counted, int) and len(seen) < counted:
                    self._kept.forget()
                    raise errors.short_list(self.base + path, len(seen), counted)
                return
            params = dict(parse_qsl(urlsplit(following).query))
        raise errors.nonsense(self.base + path, f"lebih dari {MAX_PAGES} halaman")

    def all(self, path: str, *, key: str | None = None, **query: Any) -> list[Json]:
        return list(self.pages(path, key=key, **query))

    def raw(self, path: str, *, limit: int) -> bytes:
        """Bytes of a download, asked for again where that may help. InputError above `limit` without reading further."""
        for attempt in range(1, TRIES + 1):
            try:
                return self._download(path, limit, attempt)
            except TemporaryError:
                if attempt == TRIES:
                    raise
                self._sleep(0.2 * 3.0**attempt)
        raise AssertionError("the loop returns or raises")

    def _download(self, path: str, limit: int, attempt: int) -> bytes:
        """The address GitHub redirects to is called without our token and may be another host's."""
        import requests

        parts, size, url = [], 0, self.base + path
        with requests.Session() as session:
            session.trust_env = False
            session.verify = self.ca or True
            # Logs and artefacts: the redirect is an API answer, and asked for as octet-stream GitHub says 415 (only a release's
            # asset needs that word, and none is read here).
            headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/vnd.github+json"}
            try:
                answer = session.get(
                    url, headers=headers, timeout=self.timeout, stream=True, allow_redirects=False
                )
                if answer.status_code in (301, 302, 303, 307, 308) and "Location" in answer.headers:
                    answer = session.get(answer.headers["Location"], timeout=self.timeout, stream=True)
                if answer.status_code >= 400:
                    raise errors.from_status(
                        answer.status_code, {}, dict(answer.headers), "GET", url, attempt
                    )
                for part in answer.iter_content(65536):
                    size += len(part)
                    if size > limit:
                        raise InputError(
                            "FORGE-009",
                            f"Berkas di forge terlalu besar: {url}",
                            found=f"lebih dari {limit} byte",
                            needed=f"paling banyak {limit} byte",
                        )
                    parts.append(part)
            except OSError as error:  # requests' errors are OSErrors
                raise errors.unreachable("GET", url, attempt, type(error).__name__) from error
        return b"".join(parts)

    def server_time(self) -> datetime | None:
        headers, _ = self.send("GET", "/rate_limit")
        try:
            return parsedate_to_datetime(headers["date"])
        except (KeyError, ValueError):
            return None

    # --- writing

    def post(self, path: str, body: Mapping[str, Any]) -> Json:
        """Sent once: when the answer is lost, it is TemporaryError and the caller looks first."""
        return self._object(path, self.send("POST", path, body=body)[1])

    def put(self, path: str, body: Mapping[str, Any]) -> Json:
        return self._object(path, self.send("PUT", path, body=body)[1])

    def patch(self, path: str, body: Mapping[str, Any]) -> Json:
        return self._object(path, self.send("PATCH", path, body=body)[1])

    def delete(self, path: str) -> None:
        """Deleting what is gone already is a success."""
        try:
            self.send("DELETE", path)
        except NotFoundError:
            return

    def send(
        self,
        verb: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> tuple[dict[str, Any], Any]:
        """One request with our own bounded retry: never a POST after 5xx or a broken connection, every verb when told to wait."""
        for attempt in range(1, TRIES + 1):
            self._pause(verb, self.base + path)
            if verb != "GET":
                self._kept.forget()
            answer = self._once(verb, path, query, body, attempt)
            if not isinstance(answer, _Failed):
                log.debug("%s %s -> ok", verb, self.base + path)
                return answer
            log.debug("%s %s -> %s", verb, self.base + path, answer.error.what)
            if answer.limited:
                self._pace.told(answer.wait)
            temporary = answer.again and isinstance(answer.error, TemporaryError)
            if attempt == TRIES or not temporary or answer.wait > WAIT_CAP_S:
                raise answer.error
            if not answer.limited:  # otherwise the next pause is the wait
                self._sleep(answer.wait)
        raise AssertionError("the loop returns or raises")

    def _pause(self, verb: str, url: str) -> None:
        wait = self._pace.before(verb, longest=WAIT_CAP_S)
        if wait > WAIT_CAP_S:
            raise errors.held_back(verb, url, wait)
        if wait > 0:
            self._sleep(wait)

    def _once(
        self,
        verb: str,
        path: str,
        query: Mapping[str, Any] | None,
        body: Mapping[str, Any] | None,
        attempt: int,
    ) -> tuple[dict[str, Any], Any] | _Failed:
        import github

        address = f"{path}?{sorted(_query(query).items())}"
        kept = self._kept.find(address) if verb == "GET" else None
        try:
            with self._client() as client:
                headers, parsed = client.requester.requestJsonAndCheck(
                    verb,
                    path,
                    parameters=_query(query),
                    headers={"If-None-Match": kept.etag} if kept else None,
                    input=dict(body) if body is not None else None,
                )
        except github.GithubException as error:
            said = {str(key).lower(): str(value) for key, value in (error.headers or {}).items()}
            failure = errors.from_status(error.status, error.data, said, verb, self.base + path, attempt)
            limited = errors.is_limited(error.status, error.data, said)
            wait = 0.2 * 3.0**attempt
            if limited:
                wait = errors.seconds_to_wait(error.data, said, time.time(), wait, attempt)
            return _Failed(failure, wait, limited or verb != "POST", limited)
        except (ValueError, AttributeError, TypeError) as error:
            # Cut off in its JSON, or of a shape PyGithub stumbles over.
            self._kept.forget()
            raise errors.not_json(verb, self.base + path) from error
        except (OSError, AssertionError, RuntimeError) as error:
            # requests' errors are OSErrors; PyGithub asserts that addresses stay on its host.
            lost = errors.unreachable(verb, self.base + path, attempt, type(error).__name__)
            return _Failed(lost, 0.2 * 3.0**attempt, verb != "POST" and isinstance(error, OSError), False)
        if kept and parsed is None:  # 304: what is kept is what there is
            return {**kept.headers, **headers}, kept.body
        if (
            isinstance(parsed, dict)
            and set(parsed) <= {"data", "url"}
            and isinstance(parsed.get("data"), str)
        ):
            raise errors.not_json(verb, self.base + path)
        if verb == "GET":
            self._kept.keep(address, path, headers, parsed)
        return headers, parsed

    def _object(self, path: str, parsed: Any) -> Json:
        if parsed is None:
            return {}
        if not isinstance(parsed, dict):
            self._kept.forget()
            raise errors.nonsense(self.base + path, "bukan objek")
        return parsed


def _next(link: str) -> str | None:
    for part in link.split(","):
        address, _, rel = part.partition(";")
        if 'rel="next"' in rel:
            return address.strip().strip("<>")
    return None


def _query(query: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        key: str(value).lower() if isinstance(value, bool) else str(value)
        for key, value in (query or {}).items()
    }
