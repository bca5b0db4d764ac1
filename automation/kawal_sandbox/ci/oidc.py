"""The forge as OpenID issuer for jobs: key, discovery, JWKS and the claims of `id_tokens`."""

import base64
import hashlib
import json
import os
import time
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from kawal_sandbox.ci.predefined import guess_tier
from kawal_sandbox.ci.rows import short_ref, spec_of
from kawal_sandbox.ci.spec import JobSpec
from kawal_sandbox.forge import Forge
from kawal_sandbox.store import Row

DEFAULT_LIFE_S = 300  # GitLab: five minutes when the job has no timeout
_LEVELS = {10: "guest", 15: "planner", 20: "reporter", 30: "developer", 40: "maintainer", 50: "owner"}


class Issuer:
    """Holds the RS256 key of one forge, made on first use and kept in its data folder."""

    def __init__(self, folder: Path) -> None:
        self._key = _load_or_make(folder / "oidc.pem")
        numbers = self._key.public_key().public_numbers()
        public = {"e": _b64(numbers.e), "kty": "RSA", "n": _b64(numbers.n)}
        # RFC 7638 thumbprint: the key id follows from the key.
        digest = hashlib.sha256(json.dumps(public, separators=(",", ":"), sort_keys=True).encode()).digest()
        self.kid = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        self.jwks: dict[str, Any] = {"keys": [{**public, "kid": self.kid, "use": "sig", "alg": "RS256"}]}

    def sign(self, claims: dict[str, Any]) -> str:
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": self.kid})


def discovery(url: str) -> dict[str, Any]:
    return {
        "issuer": url,
        "jwks_uri": f"{url}/oauth/discovery/keys",
        "authorization_endpoint": f"{url}/oauth/authorize",
        "token_endpoint": f"{url}/oauth/token",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": ["iss", "sub", "aud", "exp", "iat"],
    }


def mint(
    forge: Forge, issuer: Issuer, job: Row, audience: tuple[str, ...], *, runner_id: int | None, life_s: int
) -> str:
    """A new token with its own `jti`; valid from five seconds ago for as long as the job may run."""
    iat = int(time.time())
    times = {"nbf": iat - 5, "iat": iat, "exp": iat + (life_s or DEFAULT_LIFE_S), "jti": str(uuid.uuid4())}
    aud: str | list[str] = audience[0] if len(audience) == 1 else list(audience)
    return issuer.sign({"iss": forge.url, "aud": aud, **claims_of(forge, job, runner_id), **times})


def claims_of(forge: Forge, job: Row, runner_id: int | None) -> dict[str, Any]:
    """Booleans and ids are strings, `runner_id` a number: that is how GitLab writes them."""
    store = forge.store
    pipeline = store.get("ci_pipelines", job["pipeline_id"])
    project = store.get("projects", job["project_id"])
    user = store.get("users", job["user_id"])
    namespace = store.get("namespaces", project["namespace_id"])
    mr = store.get("merge_requests", pipeline["mr_id"]) if pipeline["mr_id"] else None
    ref, ref_type = short_ref(pipeline, mr), "tag" if pipeline["tag"] else "branch"
    level = forge.access.effective(forge.access.project_level(project, user), user)
    claims: dict[str, Any] = {
        "sub": f"project_path:{project['full_path']}:ref_type:{ref_type}:ref:{ref}",
        "namespace_id": str(namespace["id"]),
        "namespace_path": namespace["full_path"],
        "project_id": str(project["id"]),
        "project_path": project["full_path"],
        "user_id": str(user["id"]),
        "user_login": user["username"],
        "user_email": user["email"],
        "user_access_level": _LEVELS.get(level),
        "pipeline_id": str(pipeline["id"]),
        "pipeline_source": pipeline["source"],
        "job_id": str(job["id"]),
        "ref": ref,
        "ref_type": ref_type,
        "ref_path": pipeline["ref"] if mr else f"refs/{'tags' if pipeline['tag'] else 'heads'}/{ref}",
        "ref_protected": "true" if pipeline["protected"] else "false",
        "sha": pipeline["sha"],
        "runner_id": runner_id,
        "runner_environment": "self-hosted",
        "project_visibility": project["visibility"],
        **_config_claims(forge, pipeline, project, ref, ref_type),
        **_environment_claims(spec_of(job)),
    }
    return claims


def _config_claims(forge: Forge, pipeline: Row, project: Row, ref: str, ref_type: str) -> dict[str, Any]:
    """Null when the configuration lies in another project: the claim proves nothing then (X7)."""
    if pipeline["config_source"] != "repository_source":
        return {"ci_config_ref_uri": None, "ci_config_sha": None}
    where = f"{urlsplit(forge.url).netloc}/{project['full_path']}//{pipeline['config_path']}"
    return {
        "ci_config_ref_uri": f"{where}@refs/{'tags' if ref_type == 'tag' else 'heads'}/{ref}",
        "ci_config_sha": pipeline["sha"],
    }


def _environment_claims(spec: JobSpec) -> dict[str, Any]:
    if spec.environment is None:
        return {}
    return {
        "environment": spec.environment.name,
        "environment_protected": "false",  # protected environments are Premium
        "deployment_tier": spec.environment.tier or guess_tier(spec.environment.name),
        "environment_action": spec.environment.action,
    }


def _load_or_make(path: Path) -> rsa.RSAPrivateKey:
    if path.exists():
        key = serialization.load_pem_private_key(path.read_bytes(), None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise TypeError(f"{path}: not an RSA key")
        return key
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(pem)
    fresh.replace(path)
    return key


def _b64(number: int) -> str:
    return (
        base64.urlsafe_b64encode(number.to_bytes((number.bit_length() + 7) // 8, "big")).rstrip(b"=").decode()
    )
