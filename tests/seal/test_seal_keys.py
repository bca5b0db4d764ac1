"""Ed25519 keys, with RFC 8032 §7.1 and two independent programs as oracles."""

import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from kawal_seal.keys import BadKey, PrivateKey, PublicKey

RFC8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


@pytest.mark.parametrize(("seed", "public", "message", "signature"), RFC8032)
def test_signs_and_verifies_the_vectors_of_rfc_8032(
    seed: str, public: str, message: str, signature: str
) -> None:
    key = PrivateKey.from_seed(bytes.fromhex(seed))
    assert key.public.raw.hex() == public
    assert key.sign(bytes.fromhex(message)).hex() == signature
    assert key.public.verify(bytes.fromhex(signature), bytes.fromhex(message))
    assert not key.public.verify(bytes.fromhex(signature), bytes.fromhex(message) + b"x")


def test_public_key_survives_base64_and_is_equal_by_raw_bytes() -> None:
    key = PrivateKey.generate().public
    again = PublicKey.from_b64(key.b64)
    assert again == key
    assert len({again, key}) == 1
    assert again.keyid == key.keyid


@pytest.mark.parametrize(
    "change", [lambda t: t + "\n", lambda t: t.rstrip("="), lambda t: t + "====", lambda t: " " + t]
)
def test_refuses_base64_that_is_not_canonical(change: object) -> None:
    with pytest.raises(BadKey):
        PublicKey.from_b64(change(PrivateKey.generate().public.b64))  # type: ignore[operator]


def test_refuses_points_of_small_order_and_not_canonical_ones() -> None:
    p = 2**255 - 19
    y8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD83D3D706A17C7
    for y in (0, 1, p - 1, p, p + 1, p + 18, y8, p - y8):
        for sign in (0, 1):
            with pytest.raises(BadKey):
                PublicKey((y | sign << 255).to_bytes(32, "little"))


def test_pem_with_passphrase_opens_with_that_passphrase_only() -> None:
    key = PrivateKey.generate()
    pem = key.to_pem(b"rahasia")
    assert PrivateKey.from_pem(pem, b"rahasia").public == key.public
    with pytest.raises(BadKey, match="frasa sandi salah"):
        PrivateKey.from_pem(pem, b"lain")
    with pytest.raises(BadKey, match="tidak diberikan"):
        PrivateKey.from_pem(pem, None)


def test_pem_without_passphrase_ignores_a_given_one() -> None:
    key = PrivateKey.generate()
    assert PrivateKey.from_pem(key.to_pem(None), b"apa saja").public == key.public


def test_refuses_pem_that_is_damaged_or_of_another_kind() -> None:
    other = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with pytest.raises(BadKey, match="bukan kunci Ed25519"):
        PrivateKey.from_pem(other, None)
    with pytest.raises(BadKey, match="bukan kunci PEM"):
        PrivateKey.from_pem(b"bukan pem", None)
    with pytest.raises(BadKey, match="kosong"):
        PrivateKey.generate().to_pem(b"")


def test_repr_never_shows_the_private_half() -> None:
    key = PrivateKey.from_seed(b"\x07" * 32)
    assert repr(key) == f"PrivateKey(public={key.public.b64!r})"


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_verifies_our_signature_and_refuses_another(tmp_path: Path) -> None:
    key = PrivateKey.generate()
    public = ed25519.Ed25519PublicKey.from_public_bytes(key.public.raw).public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    (tmp_path / "pub.pem").write_bytes(public)
    (tmp_path / "pesan").write_bytes(b"DSSEv1 pesan")
    arguments = [
        "openssl",
        "pkeyutl",
        "-verify",
        "-rawin",
        "-pubin",
        "-inkey",
        "pub.pem",
        "-in",
        "pesan",
        "-sigfile",
        "sig",
    ]
    for message, expected in ((b"DSSEv1 pesan", 0), (b"lain", 1)):
        (tmp_path / "sig").write_bytes(key.sign(message))
        assert (
            subprocess.run(arguments, cwd=tmp_path, capture_output=True, check=False).returncode == expected
        )


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed")
def test_key_made_by_ssh_keygen_has_the_same_public_half(tmp_path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "kunci"], cwd=tmp_path, check=True)
    private = serialization.load_ssh_private_key((tmp_path / "kunci").read_bytes(), None)
    assert isinstance(private, ed25519.Ed25519PrivateKey)
    ours = PrivateKey(private)
    (tmp_path / "kunci.pem").write_bytes(ours.to_pem(None))
    (tmp_path / "kunci.pem").chmod(0o600)
    line = (tmp_path / "kunci.pub").read_text().split()[1]
    import base64

    assert base64.b64decode(line)[-32:] == ours.public.raw
