"""Every parser of what comes from outside: how it is called, what it may raise, sound samples of what it reads."""

from __future__ import annotations

import importlib.util
import io
import json
import sys
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
for area in ("policy", "issuer", "seal"):
    sys.path.insert(0, str(HERE.parent / area))

from idp import claims, jwk, mint  # noqa: E402
from kawal_world import FORGE, KEYS, START, World, policy_bytes, policy_value, trust_value  # noqa: E402
from segel_refusals import documents  # noqa: E402

from kawal.errors import KawalError  # noqa: E402
from kawal.forges.github_runs import member  # noqa: E402
from kawal.ledger.bundle import parse_line  # noqa: E402
from kawal.ledger.statement import parse_envelope, parse_payload, sign_record  # noqa: E402
from kawal.policy import parse_policy  # noqa: E402
from kawal.request_file import RequestFile  # noqa: E402
from kawal.server import deliveries  # noqa: E402
from kawal.sop.loader import load_calendar_file, load_dinas_policy, load_overlay, load_profile, load_profiles  # noqa: E402
from kawal.sop.yamlsafe import load_document, validate  # noqa: E402
from kawal_checks import readers  # noqa: E402
from kawal_checks.lint import muat  # noqa: E402
from kawal_checks.model import ReportError  # noqa: E402
from kawal_checks.readers import (  # noqa: E402
    bandit,
    beban,
    gitlab_security,
    junit,
    kumpulan,
    pip_audit,
    pohon,
    sarif,
    semgrep,
    tanda_terima,
    uat,
    wapiti,
    zap,
)
from kawal_issuer.token import verify_token  # noqa: E402
from kawal_load.errors import LoadError  # noqa: E402
from kawal_load.scenario import read_scenario  # noqa: E402
from kawal_load.thresholds import read_thresholds  # noqa: E402
from kawal_load.yamlguard import load_yaml  # noqa: E402
from kawal_seal import strictjson  # noqa: E402
from kawal_seal.errors import SealError  # noqa: E402
from kawal_seal.trustfile import sign_trust  # noqa: E402
from kawal_target import target  # noqa: E402

Read = Callable[[bytes], object]


GROUPS = ("segel", "target", "ledger", "kebijakan", "JWT", "YAML", "laporan", "webhook", "arsip")


@dataclass(frozen=True)
class Parser:
    """`raises`: the only exceptions a hostile input may cause. `share`: of the examples, for slow readers."""

    name: str
    group: str
    read: Read
    raises: tuple[type[Exception], ...]
    samples: tuple[bytes, ...]
    share: int = 1


def _token(data: bytes) -> object:
    return verify_token(
        data.decode("latin-1"),
        audience="kawal-izin",
        issuer=FORGE,
        keys=lambda: {"k1": jwk("k1")},
        now=START,
        max_age_s=300,
    )


def _webhook(data: bytes) -> object:
    """The body, and the headers that a caller chooses freely."""
    headers = {
        name: data[:200].decode("latin-1")
        for name in ("x-hub-signature-256", "webhook-signature", "webhook-timestamp", "x-gitlab-token")
    }
    for name in headers:
        assert not deliveries.authentic(
            {name: headers[name], "webhook-timestamp": "1"}, data, ("rahasia",), now=lambda: 1
        )
    return deliveries.identity_of(headers, data), deliveries._project_id(data)


def _scenario(data: bytes) -> object:
    return read_scenario(load_yaml(data, "load.yml"), "load.yml")


def _request(data: bytes) -> object:
    return validate(load_document(data, "permohonan.yml"), RequestFile)


def _zip(data: bytes) -> object:
    return member(data, "laporan.json", 1 << 20)


def _office() -> Any:
    spec = importlib.util.spec_from_file_location("segel_conftest", HERE.parent / "seal" / "conftest.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.seeded_office()


def archive(*files: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as opened, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # two members of one name are meant
        for name, content in files:
            opened.writestr(name, content)
    return buffer.getvalue()


def _reports(read: Read) -> tuple[bytes, ...]:
    """The recorded reports that this reader reads, at most six and the smallest first."""
    files = [
        one
        for one in (ROOT / "tests" / "data" / "checks").rglob("*")
        if one.is_file() and one.suffix != ".md"
    ]
    found = []
    for path in sorted(files, key=lambda one: (one.stat().st_size, one)):
        if path.name.endswith(".harap.json"):
            continue
        raw = path.read_bytes()
        try:
            read(raw)
        except ReportError:
            continue
        found.append(raw)
    return tuple(found[:6])


REPORTS: dict[str, Read] = {
    "bandit": bandit.read,
    "semgrep": semgrep.read,
    "sarif": sarif.read,
    "gitlab-sast": gitlab_security.read_sast,
    "gitlab-dast": gitlab_security.read_dast,
    "keamanan-kode": kumpulan.read,
    "wapiti": wapiti.read,
    "zap-json": zap.read_json,
    "zap-xml": zap.read_xml,
    "junit": junit.read,
    "beban": beban.read,
    "kemas": tanda_terima.read_pack,
    "instalasi": tanda_terima.read_install,
    "pohon": pohon.read,
    "detect-secrets": pohon.read_detect_secrets,
    "pip-audit": pip_audit.read,
    "uat": uat.read,
    "jenis laporan": readers.detect,
}


@cache
def parsers() -> tuple[Parser, ...]:
    sealed = documents(_office())
    world = World.__new__(World)
    world.policy, world.now = policy_value(), START
    record = sign_record(world.make_request(), [KEYS["pa"]])
    line = {"seq": 1, "received_at": 0, "payload_sha256": record.payload_sha256, "envelope": record.to_obj()}
    trust = sign_trust(trust_value("0" * 64), [KEYS["root1"]])
    data = ROOT / "automation" / "kawal" / "sop" / "data"
    demo = ROOT / "automation" / "kawal" / "demo_data"
    profiles = [one.value for one in load_profiles().values()]
    thresholds = world.make_request().thresholds.to_json()
    seal = [Parser(name, "segel", read, (SealError,), (sample,)) for name, (sample, read) in sealed.items()]
    at_target: dict[str, Read] = {
        "amplop": target.parse_envelope,
        "checkpoint": target.parse_checkpoint,
        "izin": target.parse_permit,
        "kepercayaan": target.parse_trust,
    }
    return (
        *seal,
        Parser("JSON ketat", "segel", strictjson.loads, (SealError,), (b'{"a":[1,"\\ud83d\\ude00",null]}',)),
        *(
            Parser(
                f"target: {name}", "target", read, (target.BadData, target.TargetError), (sealed[name][0],)
            )
            for name, read in at_target.items()
        ),
        Parser(
            "target: darurat",
            "target",
            target.parse_emergency,
            (target.BadData, target.TargetError),
            (b"{}",),
        ),
        Parser(
            "target: konfigurasi",
            "target",
            partial(target.parse_config, base="/tmp"),
            (target.BadData, target.TargetError),
            (b'{"schema":1}',),
        ),
        Parser("catatan", "ledger", parse_envelope, (KawalError,), (record.to_bytes(), trust.to_bytes())),
        Parser("isi catatan", "ledger", parse_payload, (KawalError,), (record.payload, trust.payload)),
        Parser(
            "baris ekspor",
            "ledger",
            lambda raw: parse_line(raw, 1),
            (SealError,),
            (strictjson.dumps(line) + b"\n",),
        ),
        Parser(
            "kebijakan terkompilasi",
            "kebijakan",
            parse_policy,
            (KawalError,),
            (policy_bytes(policy_value()),),
        ),
        Parser("token job", "JWT", _token, (KawalError,), (mint(claims(FORGE, START)).encode(),), 3),
        Parser(
            "profil SOP",
            "YAML",
            partial(load_profile, name="x.yml"),
            (KawalError,),
            ((data / "bolmut.yml").read_bytes(),),
            10,
        ),
        Parser(
            "lapis nasional",
            "YAML",
            partial(load_overlay, name="x.yml"),
            (KawalError,),
            ((data / "nasional.yml").read_bytes(),),
            4,
        ),
        Parser(
            "kebijakan dinas",
            "YAML",
            lambda raw: load_dinas_policy(raw, profiles, "kebijakan.yml"),
            (KawalError,),
            ((data / "kebijakan-contoh.yml").read_bytes(),),
            4,
        ),
        Parser(
            "kalender",
            "YAML",
            partial(load_calendar_file, name="kalender.yml"),
            (KawalError,),
            (b"schema: 1\nlibur:\n  - {tanggal: 2026-12-25, nama: Natal}\n",),
        ),
        Parser("permohonan", "YAML", _request, (KawalError,), ((demo / "permohonan.yml").read_bytes(),), 3),
        Parser(
            "load.yml", "YAML", _scenario, (LoadError,), ((demo / "aplikasi" / "load.yml").read_bytes(),), 2
        ),
        Parser(
            "ambang beban",
            "laporan",
            read_thresholds,
            (LoadError,),
            (thresholds.encode() if isinstance(thresholds, str) else thresholds,),
        ),
        Parser(
            "pipeline",
            "YAML",
            lambda raw: muat.load(raw, "kawal.yml"),
            (ReportError,),
            (
                b"spec:\n  inputs:\n    a: {default: 1}\n---\nuji:\n  script: [pytest]\n  rules:\n    - if: $CI_COMMIT_TAG\n",
            ),
        ),
        *(Parser(name, "laporan", read, (ReportError,), _reports(read), 2) for name, read in REPORTS.items()),
        Parser("kiriman webhook", "webhook", _webhook, (), (json.dumps({"project": {"id": 41}}).encode(),)),
        Parser(
            "arsip artefak",
            "arsip",
            _zip,
            (KawalError,),
            (
                archive(("laporan.json", b'{"a": 1}' * 50)),
                archive(("laporan.json", b"x"), ("laporan.json", b"y")),
                archive(("laporan.json", b"isi"), method=zipfile.ZIP_STORED),
                archive(("laporan.json", b"isi" * 99), method=zipfile.ZIP_BZIP2),
                archive(("laporan.json", b"isi" * 99), method=zipfile.ZIP_LZMA),
            ),
        ),
    )


def of_group(group: str) -> list[Parser]:
    return [one for one in parsers() if one.group == group]
