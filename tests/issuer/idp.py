"""A real small HTTP issuer of ID tokens for tests: discovery, JWKS, RS256; and tokens of every wrong kind."""

from __future__ import annotations

import base64
import json
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from kawal_world import COMMIT, FORGE


@cache
def rsa_key(name: str, bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value: int) -> str:
    return b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def jwk(name: str, bits: int = 2048, **changes: Any) -> dict[str, Any]:
    numbers = rsa_key(name, bits).public_key().public_numbers()
    key = {
        "kty": "RSA",
        "kid": name,
        "use": "sig",
        "alg": "RS256",
        "n": number(numbers.n),
        "e": number(numbers.e),
    }
    return {**key, **changes}


def pem(name: str) -> bytes:
    return (
        rsa_key(name)
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


def claims(issuer: str, now: datetime, audience: Any = "kawal-izin", **changes: Any) -> dict[str, Any]:
    seconds = int(now.timestamp())
    value: dict[str, Any] = {
        "iss": issuer,
        "aud": audience,
        "sub": "project_path:dagang/e-retribusi:ref_type:tag:ref:v1.0.0",
        "iat": seconds,
        "nbf": seconds - 5,
        "exp": seconds + 3600,
        "jti": str(uuid.uuid4()),
        "project_id": "41",
        "pipeline_id": "90",
        "job_id": "812",
        "runner_id": 2,
        "ref": "v1.0.0",
        "ref_type": "tag",
        "ref_path": "refs/tags/v1.0.0",
        "ref_protected": "true",
        "sha": COMMIT,
        "pipeline_source": "push",
        "environment": "production",
    }
    value.update(changes)
    return {name: one for name, one in value.items() if one is not ...}


def claims_github(now: datetime, audience: Any = "kawal-izin", **changes: Any) -> dict[str, Any]:
    """As GitHub writes them: every value a string, `nbf` ten minutes back, five minutes to live."""
    seconds, ref = int(now.timestamp()), "refs/tags/v1.0.0"
    template = "dinas/pipeline-templates/.github/workflows/kawal.yml"
    value: dict[str, Any] = {
        "iss": f"{FORGE}/_services/token",
        "aud": audience,
        "sub": "repo:dinas@1000000007/e-retribusi@41:environment:production",
        "jti": str(uuid.uuid4()),
        "iat": seconds,
        "nbf": seconds - 600,
        "exp": seconds + 300,
        "ref": ref,
        "ref_type": "tag",
        "ref_protected": "true",
        "sha": COMMIT,
        "repository": "dinas/e-retribusi",
        "repository_id": "41",
        "repository_owner": "dinas",
        "repository_owner_id": "1000000007",
        "repository_visibility": "private",
        "actor": "bot-kawal",
        "actor_id": "2",
        "workflow": "kawal",
        "workflow_ref": f"dinas/e-retribusi/.github/workflows/kawal.yml@{ref}",
        "workflow_sha": COMMIT,
        "job_workflow_ref": f"{template}@{'c' * 40}",
        "job_workflow_sha": "c" * 40,
        "event_name": "push",
        "run_id": "90",
        "run_number": "12",
        "run_attempt": "2",
        "check_run_id": "812",
        "runner_environment": "self-hosted",
        "environment": "production",
    }
    value.update(changes)
    return {name: one for name, one in value.items() if one is not ...}


def mint(
    payload: dict[str, Any] | bytes, key: str = "k1", header: dict[str, Any] | None = None, bits: int = 2048
) -> str:
    head = {"alg": "RS256", "kid": key, "typ": "JWT"} if header is None else header
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    signing = f"{b64(json.dumps(head).encode())}.{b64(body)}"
    sig = rsa_key(key, bits).sign(signing.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{signing}.{b64(sig)}"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server: Any = self.server
        found = server.pages.get(self.path)
        if callable(found):
            found(self)
            return
        body = found if isinstance(found, bytes) else json.dumps(found).encode()
        self.send_response(200 if found is not None else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


class Idp:
    def __init__(self) -> None:
        self.server: Any = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.pages: dict[str, Any] = {
            "/.well-known/openid-configuration": {"issuer": self.url, "jwks_uri": f"{self.url}/keys"},
            "/keys": {"keys": [jwk("k1"), jwk("k2")]},
        }
        vars(self.server)["pages"] = self.pages


@contextmanager
def running() -> Iterator[Idp]:
    idp = Idp()
    thread = threading.Thread(target=idp.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield idp
    finally:
        idp.server.shutdown()
        idp.server.server_close()
        thread.join()


def until(condition: Any, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
