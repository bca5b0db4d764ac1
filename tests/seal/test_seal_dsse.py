"""DSSE envelopes, with securesystemslib as oracle."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from securesystemslib.dsse import Envelope as PeerEnvelope
from securesystemslib.signer._key import SSlibKey

from kawal_seal import strictjson
from kawal_seal.dsse import STATEMENT_TYPE, DsseError, Envelope, Signature, pae, sign
from kawal_seal.errors import SealError
from kawal_seal.keys import PrivateKey


def test_pae_is_the_one_of_the_specification() -> None:
    assert (
        pae("http://example.com/HelloWorld", b"hello world")
        == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )
    assert pae("t/é", b"\x00") == "DSSEv1 4 t/é 1 \x00".encode()


@given(st.text("abc/+-.", min_size=1), st.binary(max_size=50))
def test_pae_equals_that_of_securesystemslib(kind: str, payload: bytes) -> None:
    assert pae(kind, payload) == PeerEnvelope(payload, kind, {}).pae()


@given(st.binary(max_size=200))
def test_securesystemslib_verifies_our_signature(payload: bytes) -> None:
    key = PrivateKey.from_seed(b"\x09" * 32)
    ours = sign(STATEMENT_TYPE, payload, [key])
    peer = PeerEnvelope.from_dict(copy.deepcopy(ours.to_obj()))
    public = SSlibKey(key.public.keyid, "ed25519", "ed25519", {"public": key.public.raw.hex()})
    assert list(peer.verify([public], 1)) == [key.public.keyid]
    assert Envelope.parse(json.dumps(peer.to_dict()).encode()) == ours


def test_one_key_under_two_key_ids_counts_once() -> None:
    key = PrivateKey.generate()
    envelope = sign(STATEMENT_TYPE, b"{}", [key, key])
    renamed = envelope._replace(
        signatures=(envelope.signatures[0], Signature("0" * 64, envelope.signatures[1].sig))
    )
    for one in (envelope, renamed):
        assert one.verifying_keys([key.public, key.public]) == [key.public]


def test_two_keys_count_twice_in_envelope_order() -> None:
    first, second, third = (PrivateKey.generate() for _ in range(3))
    envelope = sign(STATEMENT_TYPE, b"{}", [second, third, first])
    assert envelope.verifying_keys([first.public, second.public]) == [second.public, first.public]


def test_signature_covers_type_and_payload(envelope: Envelope, office: Any) -> None:
    key = office.root.public
    assert envelope.verifying_keys([key]) == [key]
    assert envelope._replace(payload=b"{}").verifying_keys([key]) == []
    assert envelope._replace(payload_type="application/json").verifying_keys([key]) == []
    assert envelope.verifying_keys([office.permit.public]) == []


def _spoil(obj: dict[str, Any], change: str) -> None:
    one = obj["signatures"][0]
    match change:
        case "field":
            obj["lain"] = 1
        case "no type":
            del obj["payloadType"]
        case "no keyid":
            del one["keyid"]
        case "signature field":
            one["cert"] = ""
        case "newline":
            obj["payload"] += "\n"
        case "url-safe":
            one["sig"] = one["sig"][:-4] + "__=="
        case "loose bits":
            obj["payload"] = "eyI="[:2] + "J="
        case "short":
            one["sig"] = "AAAA"
        case "none":
            obj["signatures"] = []
        case "many":
            obj["signatures"] = [one] * 33
        case "upper":
            one["keyid"] = one["keyid"].upper()
        case "type":
            obj["payloadType"] = "jenis"
        case "number":
            obj["payload"] = 1


CHANGES = [
    "field",
    "no type",
    "no keyid",
    "signature field",
    "newline",
    "url-safe",
    "loose bits",
    "short",
    "none",
    "many",
    "upper",
    "type",
    "number",
]


@pytest.mark.parametrize("change", CHANGES)
def test_refuses_an_envelope_that_is_not_ours(change: str, envelope: Envelope) -> None:
    obj = envelope.to_obj()
    _spoil(obj, change)
    with pytest.raises(DsseError):
        Envelope.parse(strictjson.dumps(obj))


def test_every_single_bit_flip_is_refused_or_leaves_the_payload_alone(
    envelope: Envelope, office: Any
) -> None:
    data = envelope.to_bytes()
    altered = 0
    for position in range(len(data) * 8):
        flipped = bytearray(data)
        flipped[position // 8] ^= 1 << position % 8
        try:
            got = Envelope.parse(bytes(flipped))
        except SealError:
            continue
        if got.verifying_keys([office.root.public]):
            altered += got.payload != envelope.payload
    assert altered == 0


def test_signing_without_a_key_is_refused() -> None:
    with pytest.raises(DsseError):
        sign(STATEMENT_TYPE, b"{}", [])
