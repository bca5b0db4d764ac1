"""Every class of forged, stale or misdirected ID token is refused; its legitimate twin is not."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from idp import b64, claims, jwk, mint, pem

from kawal.errors import LoginError
from kawal_issuer.token import MAX_TOKEN, Claims, _verify_signature, verify_token

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
ISS = "http://127.0.0.1:1"
KEYS = {"k1": jwk("k1"), "k2": jwk("k2")}


def verify(
    token: str, keys: dict[str, Any] = KEYS, now: datetime = NOW, audience: Any = "kawal-izin"
) -> Claims:
    return verify_token(token, audience=audience, issuer=ISS, keys=lambda: keys, now=now, max_age_s=300)


def good(**changes: Any) -> dict[str, Any]:
    return claims(ISS, NOW, **changes)


def test_a_genuine_token_is_read() -> None:
    found = verify(mint(good()))
    assert (found.job_id, found.project_id, found.runner_id, found.ref) == (812, 41, 2, "v1.0.0")
    assert found.environment == "production"


def test_a_gate_token_names_no_environment() -> None:
    assert (
        verify(mint(good(audience="kawal-periksa", environment=...)), audience="kawal-periksa").environment
        is None
    )


def alg_none() -> str:
    return f"{b64(json.dumps({'alg': 'none', 'kid': 'k1'}).encode())}.{b64(json.dumps(good()).encode())}."


def hs256_with_public_key() -> str:
    signing = f"{b64(json.dumps({'alg': 'HS256', 'kid': 'k1'}).encode())}.{b64(json.dumps(good()).encode())}"
    return f"{signing}.{b64(hmac.new(pem('k1'), signing.encode(), hashlib.sha256).digest())}"


def other_signature() -> str:
    return mint(good()).rsplit(".", 1)[0] + "." + mint(good(project_id="7")).rsplit(".", 1)[1]


def altered_payload() -> str:
    head, _, sig = mint(good()).split(".")
    return f"{head}.{b64(json.dumps(good(project_id='7')).encode())}.{sig}"


def duplicate_key() -> str:
    return mint(json.dumps(good())[:-1].encode() + b', "sha": "' + b"9" * 40 + b'"}')


def spare_bits() -> str:
    token = mint(good())
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + alphabet[alphabet.index(token[-1]) ^ 1]


def header(**changes: Any) -> str:
    return mint(good(), header={"alg": "RS256", "kid": "k1", "typ": "JWT", **changes})


FORGED: list[Callable[[], str]] = [
    alg_none,
    hs256_with_public_key,
    other_signature,
    altered_payload,
    duplicate_key,
    spare_bits,
    lambda: mint(good()) + "==",
    lambda: mint(good()) + ".",
    lambda: mint(good()).replace(".", "..", 1),
    lambda: "",
    lambda: "a" * 20000,
    lambda: mint(good(), key="k1", header={"alg": "RS256", "kid": "k2", "typ": "JWT"}),
    lambda: header(kid="tak-ada"),
    lambda: header(kid=1),
    lambda: header(crit=["exp"]),
    lambda: header(jwk=jwk("penyerang")),
    lambda: header(jku="http://127.0.0.1/keys"),
    lambda: header(alg="RS512"),
    lambda: header(typ="at+jwt"),
    lambda: mint(good(), key="penyerang", header={"alg": "RS256", "kid": "k1"}),
    lambda: mint(good(iss="http://127.0.0.1:2")),
    lambda: mint(good(iss=ISS + "/")),
    lambda: mint(good(iss=[ISS])),
    lambda: mint(good(audience="kawal-periksa")),
    lambda: mint(good(audience=["kawal-izin"])),
    lambda: mint(good(audience=["lain", "kawal-izin"])),
    lambda: mint(good(audience=...)),
    lambda: mint(good(exp=...)),
    lambda: mint(good(iat=...)),
    lambda: mint(good(jti=...)),
    lambda: mint(good(sub=...)),
    lambda: mint(good(jti="")),
    lambda: mint(good(jti="a b c d e f")),
    lambda: mint(good(exp=str(int(NOW.timestamp()) + 60))),
    lambda: mint(good(exp=float(NOW.timestamp()) + 60)),
    lambda: mint(good(iat=True)),
    lambda: mint(good(project_id=41)),
    lambda: mint(good(project_id="041")),
    lambda: mint(good(job_id="٣")),
    lambda: mint(good(runner_id=...)),
    lambda: mint(good(runner_id=None)),
    lambda: mint(good(sha="4" * 39)),
    lambda: mint(good(pipeline_source="")),
]


@pytest.mark.parametrize("number", range(len(FORGED)))
def test_forged_tokens_are_refused(number: int) -> None:
    with pytest.raises(LoginError) as caught:
        verify(FORGED[number]())
    assert caught.value.code == "IZIN-001"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"iat": int(NOW.timestamp()) - 301}, "IZIN-002"),
        ({"iat": int(NOW.timestamp()) - 36000, "exp": int(NOW.timestamp()) + 10**8}, "IZIN-002"),
        ({"iat": int(NOW.timestamp()) + 61}, "IZIN-002"),
        ({"nbf": int(NOW.timestamp()) + 61}, "IZIN-002"),
        ({"exp": int(NOW.timestamp())}, "IZIN-002"),
        ({"ref_protected": "false"}, "IZIN-004"),
        ({"ref_protected": True}, "IZIN-004"),
        ({"ref_type": "branch", "ref": "main", "ref_path": "refs/heads/main"}, "IZIN-004"),
        ({"ref_path": "refs/heads/v1.0.0"}, "IZIN-004"),
        ({"environment": "Production"}, "IZIN-005"),
        ({"environment": "production "}, "IZIN-005"),
        ({"environment": "рroduction"}, "IZIN-005"),
    ],
)
def test_times_refs_and_environments(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(LoginError) as caught:
        verify(mint(good(**changes)))
    assert caught.value.code == code


@pytest.mark.parametrize(
    "key",
    [
        {"kty": "oct", "kid": "k1", "k": "AA"},
        jwk("k1", use="enc"),
        jwk("k1", alg="HS256"),
        {"kty": "RSA", "kid": "k1"},
        jwk("k1", n="AQAB"),
    ],
)
def test_keys_that_are_no_rs256_keys(key: dict[str, Any]) -> None:
    with pytest.raises(LoginError) as caught:
        verify(mint(good()), {"k1": key})
    assert caught.value.code == "IZIN-001"


def test_a_short_key_is_refused() -> None:
    token = mint(good(), key="pendek", bits=1024)
    with pytest.raises(LoginError, match="kunci penerbit terlalu pendek") as caught:
        verify(token, {"pendek": jwk("pendek", 1024)})
    assert caught.value.code == "IZIN-001"


def test_age_is_counted_to_the_second() -> None:
    token = mint(good())
    assert verify(token, now=NOW + timedelta(seconds=300)).job_id == 812
    with pytest.raises(LoginError, match="IZIN-002"):
        verify(token, now=NOW + timedelta(seconds=301))


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": int(NOW.timestamp()) + 1},
        {"iat": int(NOW.timestamp()) + 60},
        {"nbf": int(NOW.timestamp()) + 60},
        {"nbf": ...},
        {"nbf": 0},
    ],
)
def test_a_token_at_the_edge_of_its_time_is_read(changes: dict[str, Any]) -> None:
    assert verify(mint(good(**changes))).job_id == 812


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"iat": int(NOW.timestamp()) + 10, "exp": int(NOW.timestamp()) + 10}, "IZIN-002"),
        ({"iat": int(NOW.timestamp()) - 10, "exp": int(NOW.timestamp())}, "IZIN-002"),
        ({"nbf": None}, "IZIN-001"),
        ({"nbf": "0"}, "IZIN-001"),
        ({"nbf": 0.5}, "IZIN-001"),
    ],
)
def test_a_token_beyond_the_edge_of_its_time_is_refused(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(LoginError) as caught:
        verify(mint(good(**changes)))
    assert caught.value.code == code


def test_only_the_given_clock_counts() -> None:
    """Not the computer's own, which PyJWT would ask."""
    later = datetime(2199, 1, 1, tzinfo=UTC)
    assert verify(mint(claims(ISS, later)), now=later).job_id == 812


def test_a_header_may_leave_out_its_type() -> None:
    assert verify(mint(good(), header={"alg": "RS256", "kid": "k1"})).job_id == 812


@pytest.mark.parametrize("left_out", ["alg", "use"])
def test_a_key_need_not_say_what_it_is_for(left_out: str) -> None:
    key = {name: value for name, value in jwk("k1").items() if name != left_out}
    assert verify(mint(good()), {"k1": key}).job_id == 812


def test_a_token_of_the_longest_length_is_read_and_one_sign_more_is_not() -> None:
    by_length = {len(token): token for n in range(11450, 11490) if (token := mint(good(more="x" * n)))}
    longest = max(length for length in by_length if length <= MAX_TOKEN)
    assert longest == MAX_TOKEN
    assert verify(by_length[longest]).job_id == 812
    with pytest.raises(LoginError, match="bukan JWT") as caught:
        verify(by_length[min(length for length in by_length if length > MAX_TOKEN)])
    assert caught.value.code == "IZIN-001"


def test_a_token_may_end_with_any_sign() -> None:
    """A signature of 384 bytes fills its last sign; one of 256 bytes can end with four signs only."""
    keys = {"panjang": jwk("panjang", 3072)}
    ends: dict[str, str] = {}
    while "X" not in ends:  # one in 64
        token = mint(good(), key="panjang", bits=3072)
        ends[token[-1]] = token
    for token in ends.values():
        assert verify(token, keys).job_id == 812


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"aud": ["kawal-izin"]}, "InvalidAudienceError"),
        ({"aud": "kawal-periksa"}, "InvalidAudienceError"),
        ({"aud": ...}, "MissingRequiredClaimError"),
        ({"iss": "http://127.0.0.1:2"}, "InvalidIssuerError"),
        ({"iss": ...}, "MissingRequiredClaimError"),
        ({"iat": ...}, "MissingRequiredClaimError"),
        ({"exp": ...}, "MissingRequiredClaimError"),
        ({"jti": ...}, "MissingRequiredClaimError"),
        ({"sub": ...}, "MissingRequiredClaimError"),
    ],
)
def test_the_library_refuses_by_itself_what_is_refused_before_and_after_it(
    changes: dict[str, Any], why: str
) -> None:
    """The second net: it must hold even if a check around it is lost."""
    with pytest.raises(LoginError, match=why) as caught:
        _verify_signature(mint(good(**changes)), KEYS["k1"], "kawal-izin", ISS)
    assert caught.value.code == "IZIN-001"
    _verify_signature(mint(good()), KEYS["k1"], "kawal-izin", ISS)
