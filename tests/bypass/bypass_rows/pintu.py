"""Rows about who asks: tokens, claims, jobs, runners, environments, variables."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from unittest import mock

from bypass_baris import Row, Variant, always, claimed, evidence, job_is, locked, seen, yes_list
from bypass_kantor import Kantor, Setup
from idp import b64, claims, jwk, mint, pem
from kawal_world import COMMIT, FORGE, UJI

from kawal.errors import TemporaryError
from kawal_issuer import claims as issuer_claims
from kawal_issuer.service import Issuer

OTHER = "6" * 40
EVIL_CONFIG = ".gitlab-ci.yml@dagang/e-retribusi:main"
AREA = {
    "fungsi": "FUNGSI",
    "integrasi": "INTEG",
    "beban": "BEBAN",
    "keamanan_kode": "AMAN",
    "keamanan_aplikasi": "AMAN",
    "instalasi": "INSTAL",
    "kemas": "SUBJEK",
}


def stale(uji: str) -> str:
    return "SUBJEK-005" if uji == "kemas" else f"{AREA[uji]}-002"


def missing(uji: str) -> str:
    return "SUBJEK-005" if uji == "kemas" else f"{AREA[uji]}-001"


JOB_NAMES = ("rilis2", "Rilis", "deploy", "gerbang", "produksi", "rilis:manual", "rilis 1/2", "kemas")

ROW_1 = Row(
    "1",
    "Menyunting .gitlab-ci.yml di cabang, membuang job gerbang",
    "pengembang",
    "konfigurasi pipeline dipatok dan dibaca lewat API; izin hanya untuk job rilis dari tag terlindung",
    (
        *(job_is(f"job bernama {name!r}", "IZIN-011", name=name) for name in JOB_NAMES),
        *(
            evidence(
                f"{uji} dari konfigurasi sendiri", uji, stale(uji), origin={"ci_config_path": EVIL_CONFIG}
            )
            for uji in UJI
        ),
        *(evidence(f"{uji} dari cabang fitur", uji, stale(uji), origin={"ref": "fitur"}) for uji in UJI),
    ),
    off={"kawal.policy.evidence.from_the_pipeline": always(True), "kawal.policy.judge.judge_job": yes_list},
    off_name="asal bukti (from_the_pipeline) dan job yang meminta (judge_job)",
)


# --- variables: nothing of a job's environment is ever an input -------------------------------------------------------

PREDEFINED = (
    *("CI_COMMIT_SHA", "CI_COMMIT_TAG", "CI_COMMIT_REF_NAME", "CI_COMMIT_REF_PROTECTED", "CI_COMMIT_BRANCH"),
    *(
        "CI_COMMIT_SHORT_SHA",
        "CI_COMMIT_BEFORE_SHA",
        "CI_COMMIT_AUTHOR",
        "CI_COMMIT_TITLE",
        "CI_DEFAULT_BRANCH",
    ),
    *(
        "CI_ENVIRONMENT_NAME",
        "CI_ENVIRONMENT_TIER",
        "CI_ENVIRONMENT_ACTION",
        "CI_DEPLOY_FREEZE",
        "CI_DEPLOY_USER",
    ),
    *(
        "CI_JOB_ID",
        "CI_JOB_NAME",
        "CI_JOB_STAGE",
        "CI_JOB_STATUS",
        "CI_JOB_TOKEN",
        "CI_JOB_MANUAL",
        "CI_JOB_IMAGE",
    ),
    *("CI_PIPELINE_ID", "CI_PIPELINE_SOURCE", "CI_PIPELINE_TRIGGERED", "CI_CONFIG_PATH", "CI_PROJECT_ID"),
    *("CI_PROJECT_PATH", "CI_PROJECT_NAMESPACE", "CI_PROJECT_URL", "CI_RUNNER_ID", "CI_RUNNER_TAGS"),
    *(
        "CI_REGISTRY",
        "CI_REGISTRY_IMAGE",
        "CI_SERVER_URL",
        "CI_SERVER_HOST",
        "CI_API_V4_URL",
        "GITLAB_USER_ID",
    ),
    *("GITLAB_USER_LOGIN", "GITLAB_USER_EMAIL"),
)
LOADER = (
    "PATH",
    "LD_PRELOAD",
    "PYTHONPATH",
    "SSL_CERT_FILE",
    "GATE_URL",
    "KAWAL_PINTU",
    "REQUESTS_CA_BUNDLE",
)
GOOD_VALUES = {"CI_COMMIT_SHA": COMMIT, "CI_JOB_NAME": "rilis", "CI_ENVIRONMENT_NAME": "production"}


def unapproved(k: Kantor) -> None:
    """The job really runs on a commit that nobody approved."""
    k.claims.update(sha=OTHER)
    k.job.update(sha=OTHER)
    k.seen.update(commit=OTHER)


def with_variable(name: str, value: str) -> Variant:
    def act(k: Kantor) -> bool:
        unapproved(k)
        with mock.patch.dict(os.environ, {name: value}):
            k.deliver()
        return True

    return Variant(f"{name}={value[:12]}", act, ("TINJAU-003", "SANDI-002"))


class NaiveIssuer:
    """What the rule forbids: an issuer that believes the job's variables."""

    real_facts = Issuer._facts
    real_claims = Issuer._claims

    @staticmethod
    def claims(self: Issuer, *arguments: Any) -> Any:
        found = NaiveIssuer.real_claims(self, *arguments)
        return replace(found, sha=os.environ.get("CI_COMMIT_SHA", found.sha))

    @staticmethod
    def facts(self: Issuer, ground: Any, found: Any, *arguments: Any) -> Any:
        kantor: Any = self._read_facts.__self__  # type: ignore[attr-defined]
        kantor.seen["commit"] = kantor.job["sha"] = found.sha
        return NaiveIssuer.real_facts(self, ground, found, *arguments)


NAIVE = {
    "kawal_issuer.service.Issuer._claims": NaiveIssuer.claims,
    "kawal_issuer.service.Issuer._facts": NaiveIssuer.facts,
}
NAIVE_NAME = "fakta hanya dari token terverifikasi dan API (diganti pembaca variabel CI)"

ROW_15 = Row(
    "15",
    "Variabel job manual / Run pipeline",
    "pengembang",
    "penerbit izin tidak membaca satu pun variabel CI; fakta dari klaim token dan API",
    tuple(
        with_variable(name, GOOD_VALUES.get(name, COMMIT))
        for name in ("CI_COMMIT_SHA", "CI_ENVIRONMENT_NAME", "GATE_URL", "KAWAL_TARGET_PRODUKSI")
    ),
    off=NAIVE,
    off_name=NAIVE_NAME,
)
ROW_16 = Row(
    "16",
    "Variabel bawaan CI ditimpa (urutan terendah)",
    "pengembang",
    "sama dengan baris 15, untuk setiap variabel bawaan",
    tuple(with_variable(name, GOOD_VALUES.get(name, COMMIT)) for name in PREDEFINED),
    off=NAIVE,
    off_name=NAIVE_NAME,
)
ROW_17 = Row(
    "17",
    "Suntikan laporan dotenv",
    "pengembang",
    "sama dengan baris 15; job pusat memakai jalur mutlak dan lingkungan bersih (uji templat)",
    (*(with_variable(name, "/tmp/jahat") for name in LOADER), with_variable("CI_COMMIT_SHA", COMMIT)),
    off=NAIVE,
    off_name=NAIVE_NAME,
)
ROW_21 = Row(
    "21",
    "git push -o ci.variable= / ci.input=",
    "pengembang",
    "sama dengan baris 15",
    tuple(with_variable(name, COMMIT) for name in ("CI_COMMIT_SHA", "KAWAL_AMBANG", "KAWAL_APLIKASI")),
    off=NAIVE,
    off_name=NAIVE_NAME,
)

# --- jobs and pipelines ------------------------------------------------------------------------------------------------

STATUSES = ("failed", "canceled", "skipped", "manual", "success", "created", "pending", "scheduled", "")
ROW_19 = Row(
    "19",
    "allow_failure, when: always, needs: [], gate || true, deploy di after_script",
    "pengembang",
    "kode keluar job tidak pernah memberi izin; yang meminta harus job rilis yang sedang berjalan",
    (
        *(job_is(f"job berstatus {one!r}", "IZIN-012", status=one) for one in STATUSES),
        locked("gerbang dilewati, langsung minta izin", lambda k: None, "PSE-001", ("pse",)),
        claimed("token gerbang dipakai di pintu", "IZIN-001", aud="kawal-periksa"),
    ),
    off={"kawal.policy.judge.judge_job": yes_list},
    off_name="job yang meminta (judge_job)",
)
ROW_20 = Row(
    "20",
    "[skip ci], git push -o ci.skip",
    "pengembang",
    "tidak ada bukti = tidak",
    tuple(
        Variant(f"tanpa pipeline: {uji} tidak ada", lambda k: None, (missing(uji),), Setup(without=(uji,)))
        for uji in UJI
    ),
    off={
        "kawal.policy.judge.judge_evidence": lambda *_, **__: yes_list()[0],
        "kawal.policy.judge.judge_subject": lambda *_, **__: yes_list()[0],
    },
    off_name="bukti wajib (judge_evidence, judge_subject)",
)
SOURCES = (
    *("schedule", "trigger", "web", "api", "external", "external_pull_request_event", "merge_request_event"),
    *("pipeline", "chat", "webide", "ondemand_dast_scan", "ondemand_dast_validation", "unknown", "push2"),
)
ROW_22 = Row(
    "22",
    "Pipeline lewat jadwal, pemicu, API, web",
    "pengembang",
    "sumber pipeline harus tercantum dalam kebijakan",
    tuple(
        job_is(f"sumber {one}", "IZIN-014", {"pipeline_source": one}, pipeline_source=one) for one in SOURCES
    ),
    off={"kawal.policy.judge.judge_job": yes_list},
    off_name="sumber pipeline (judge_job)",
)
ROW_23 = Row(
    "23",
    "Pipeline induk-anak",
    "pengembang",
    "parent_pipeline tidak tercantum; bukti dari pipeline anak tidak dihitung",
    (
        job_is(
            "job rilis di pipeline anak",
            "IZIN-014",
            {"pipeline_source": "parent_pipeline"},
            pipeline_source="parent_pipeline",
        ),
        *(
            evidence(
                f"{uji} dari pipeline anak", uji, stale(uji), origin={"pipeline_source": "parent_pipeline"}
            )
            for uji in UJI
        ),
    ),
    off={"kawal.policy.judge.judge_job": yes_list},
    off_name="sumber pipeline (judge_job)",
)
ROW_25 = Row(
    "25",
    "Merge request dari fork berjalan di proyek induk",
    "pengembang",
    "project_id, ref terlindung dan tag harus cocok; ref merge request ditolak",
    (
        claimed("proyek lain", "IZIN-006", project_id="42"),
        claimed("ref tidak dilindungi", "IZIN-004", ref_protected="false"),
        claimed("ref_protected sebagai boolean", "IZIN-004", ref_protected=True),
        claimed("dari cabang", "IZIN-004", ref_type="branch", ref="main", ref_path="refs/heads/main"),
        claimed("dari merge request", "IZIN-004", ref_path="refs/merge-requests/3/head"),
        claimed("tag yang sebenarnya cabang", "IZIN-004", ref_path="refs/heads/v1.0.0"),
        seen("tag tidak dilindungi di forge", "SUBJEK-003", tag_protected=False),
        seen("commit di luar cabang utama", "SUBJEK-004", on_default_branch=False),
        job_is("job dari ref bukan tag", "IZIN-013", ref_is_tag=False),
        job_is("job dari tag lain", "IZIN-013", ref="v0.9.0"),
    ),
    off={"kawal.policy.judge.judge_subject": lambda *_, **__: yes_list()[0]},
    off_name="isi rilis (judge_subject)",
)

# --- environments ---------------------------------------------------------------------------------------------------------

CONFUSABLE = {
    "p": "рｐ𝗉",
    "o": "о0ο𝗈",
    "r": "г𝗋",
    "u": "υս",
    "c": "сϲ",
    "t": "τｔ",
    "i": "іı1l",
    "d": "ԁ",
    "n": "ո",
}


def environment_names() -> list[str]:
    """Look-alikes of `production`: one letter exchanged, case, blanks, invisible characters, paths."""
    word, names = "production", []
    for place, letter in enumerate(word):
        names += [word[:place] + other + word[place + 1 :] for other in CONFUSABLE.get(letter, "")]
        names.append(word[:place] + letter.upper() + word[place + 1 :])
        names += [word[:place] + mark + word[place:] for mark in ("\u200b", "\u00ad", " ")]
    names += ["PRODUCTION", "production/eu", "production\n", "", "uji", "staging"]
    return list(dict.fromkeys([*names, "production "]))


def naive_claims(self: Issuer, *arguments: Any) -> Any:
    with mock.patch.object(issuer_claims, "_ENVIRONMENT", re.compile(r"[\s\S]*")):
        return replace(NaiveIssuer.real_claims(self, *arguments), environment="production")


ROW_26 = Row(
    "26",
    "Nama environment yang mirip, berbeda huruf, atau dihilangkan",
    "pengembang",
    "nama ASCII persis; tanpa klaim = tidak; sasaran tak dikenal diadili dengan aturan produksi",
    (
        *(claimed(f"environment {name!a}", "IZIN-005", environment=name) for name in environment_names()),
        claimed("tanpa environment", "IZIN-005", environment=...),
        claimed("environment bukan teks", "IZIN-005", environment=["production"]),
        Variant("sasaran tak dikenal", lambda k: setattr(k, "target_id", "produksi-9"), ("IZIN-016",)),
    ),
    off={"kawal_issuer.service.Issuer._claims": naive_claims},
    off_name="nama environment (klaim disamakan menjadi production)",
)
ROW_27 = Row(
    "27",
    "deployment_tier: development pada job produksi",
    "pengembang",
    "klaim deployment_tier tidak dibaca",
    tuple(
        locked(f"tier {tier}", lambda k, t=tier: k.claims.update(deployment_tier=t))  # type: ignore[misc]
        for tier in ("development", "testing", "staging", "other")
    ),
    off={"kawal.policy.judge.judge_signoff": lambda *_, **__: yes_list()[0]},
    off_name="pengesahan wajib (seolah tier development tidak memerlukannya)",
)
ROW_28 = Row(
    "28",
    "Runner sendiri didaftarkan dengan tag PA",
    "maintainer",
    "runner_id harus tercantum dalam kebijakan, menurut token dan API",
    (
        *(job_is(f"runner {n}", "IZIN-015", {"runner_id": n}, runner_id=n) for n in (1, 3, 7, 22, 2**40)),
        claimed("token menyebut runner lain", "IZIN-007", runner_id=7),
        claimed("tanpa runner_id", "IZIN-001", runner_id=...),
        claimed("runner_id null", "IZIN-001", runner_id=None),
        job_is("API tidak menyebut runner", "IZIN-007", runner_id=None),
    ),
    off={"kawal.policy.judge.judge_job": yes_list},
    off_name="runner yang diizinkan (judge_job)",
)

# --- tokens ------------------------------------------------------------------------------------------------------------


def twice(k: Kantor) -> bool:
    k.raw_token = k.token()
    k.deliver()
    k.deliver()
    return True


def aged(name: str, **seconds: int) -> Variant:
    def act(k: Kantor) -> None:
        now = int(k.world.now.timestamp())
        k.claims.update({claim: now + shift for claim, shift in seconds.items()})

    return Variant(name, act, ("IZIN-002",))


ROW_30 = Row(
    "30",
    "Token ID dipakai ulang atau lama",
    "runner",
    "jti sekali pakai di dalam transaksi; iat paling lama 300 detik",
    (
        Variant("token yang sama dua kali", twice, ("IZIN-003",), permits=1, installs=1),
        aged("iat 302 detik lalu", iat=-302, nbf=-302),
        aged("iat 10 jam lalu, exp 10 tahun lagi", iat=-36000, exp=10**8),
        aged("iat di depan", iat=120),
        aged("nbf di depan", nbf=120),
        aged("sudah lewat", exp=-1),
    ),
    off={"kawal_issuer.token._check_times": always(None)},
    off_name="umur token (_check_times)",
)


def signed_by(key: str, kid: str = "k1", **header: Any) -> Callable[[Kantor], str]:
    def make(k: Kantor) -> str:
        return mint(
            claims(FORGE, k.world.now), key=key, header={"alg": "RS256", "kid": kid, "typ": "JWT", **header}
        )

    return make


def alg_none(k: Kantor) -> str:
    body = json.dumps(claims(FORGE, k.world.now)).encode()
    return f"{b64(json.dumps({'alg': 'none', 'kid': 'k1'}).encode())}.{b64(body)}."


def hs256(k: Kantor) -> str:
    body = json.dumps(claims(FORGE, k.world.now)).encode()
    signing = f"{b64(json.dumps({'alg': 'HS256', 'kid': 'k1'}).encode())}.{b64(body)}"
    return f"{signing}.{b64(hmac.new(pem('k1'), signing.encode(), hashlib.sha256).digest())}"


def changed_payload(k: Kantor) -> str:
    head, _, sig = mint(claims(FORGE, k.world.now)).split(".")
    return f"{head}.{b64(json.dumps(claims(FORGE, k.world.now)).encode())}.{sig}"


def duplicate_key(k: Kantor) -> str:
    return mint(json.dumps(claims(FORGE, k.world.now))[:-1].encode() + b', "sha": "' + OTHER.encode() + b'"}')


def with_claims(**changes: Any) -> Callable[[Kantor], str]:
    return lambda k: mint(claims(FORGE, k.world.now, **changes))


def swapped_keys(k: Kantor) -> str:
    """The key server now answers with the attacker's key under another id: the kid is no longer there."""
    k.keys = {"k9": jwk("penyerang")}
    return mint(claims(FORGE, k.world.now))


FORGED: tuple[tuple[str, Callable[[Kantor], str]], ...] = (
    ("alg none", alg_none),
    ("HS256 dengan kunci publik", hs256),
    ("isi diganti", changed_payload),
    ("kunci JSON ganda", duplicate_key),
    ("kunci penyerang di bawah kid sah", signed_by("penyerang")),
    ("kid tak dikenal", signed_by("k1", "tak-ada")),
    ("kid milik kunci lain", signed_by("k1", "k2")),
    ("jwk di kepala", signed_by("penyerang", jwk=jwk("penyerang"))),
    ("jku di kepala", signed_by("k1", jku="http://127.0.0.1/kunci")),
    ("crit di kepala", signed_by("k1", crit=["exp"])),
    ("RS512", signed_by("k1", alg="RS512")),
    ("typ lain", signed_by("k1", typ="at+jwt")),
    ("JWKS ditukar", swapped_keys),
    ("penerbit lain", with_claims(iss="http://127.0.0.1:2")),
    ("penerbit dengan garis miring", with_claims(iss=FORGE + "/")),
    ("penerbit sebagai daftar", with_claims(iss=[FORGE])),
    ("aud daftar satu", with_claims(aud=["kawal-izin"])),
    ("aud daftar dua", with_claims(aud=["lain", "kawal-izin"])),
    ("aud lain", with_claims(aud="sigstore")),
    ("tanpa aud", with_claims(aud=...)),
    ("tanpa exp", with_claims(exp=...)),
    ("tanpa iat", with_claims(iat=...)),
    ("tanpa jti", with_claims(jti=...)),
    ("jti kosong", with_claims(jti="")),
    ("exp sebagai teks", with_claims(exp="9999999999")),
    ("iat boolean", with_claims(iat=True)),
    ("project_id bilangan", with_claims(project_id=41)),
    ("project_id berawalan nol", with_claims(project_id="041")),
    ("sha pendek", with_claims(sha="4" * 39)),
    ("token dengan isian ==", lambda k: mint(claims(FORGE, k.world.now)) + "=="),
    ("token berekor titik", lambda k: mint(claims(FORGE, k.world.now)) + "."),
)


def presented(name: str, make: Callable[[Kantor], str]) -> Variant:
    return Variant(name, lambda k: setattr(k, "raw_token", make(k)), ("IZIN-001",))


ROW_31 = Row(
    "31",
    "Token palsu: audience, alg, kid, penerbit, JWKS",
    "runner",
    "penerbit, kunci dan audience dipatok; hanya RS256; klaim wajib; JSON ketat",
    tuple(presented(name, make) for name, make in FORGED),
    off={"kawal_issuer.token._verify_signature": always(None)},
    off_name="tanda tangan token (_verify_signature)",
)


def any_token(self: Issuer, policy: Any, token: str, audience: Any) -> Any:
    kantor: Any = self._read_facts.__self__  # type: ignore[attr-defined]
    return NaiveIssuer.real_claims(self, policy, mint(claims(FORGE, kantor.world.now)), audience)


ROW_32 = Row(
    "32",
    "CI_JOB_TOKEN atau token pribadi dipakai sebagai token job",
    "pengembang",
    "pintu hanya menerima token ID; token lain bukan kredensial di mana pun",
    tuple(
        presented(one.split("-")[0] + "-…", lambda k, o=one: o)  # type: ignore[misc]
        for one in ("glcbt-64_abcdefghijkl", "glpat-abcdefghij1234567890", "gldt-abc", "glrt-abc", "a.b.c")
    ),
    off={"kawal_issuer.service.Issuer._claims": any_token},
    off_name="token ID yang terverifikasi (setiap token dianggap sah)",
)


def forge_down(k: Kantor) -> None:
    k.failure = TemporaryError("FORGE-002", "forge tidak menjawab")


def fall_back(self: Issuer, ground: Any, found: Any, *arguments: Any) -> Any:
    kantor: Any = self._read_facts.__self__  # type: ignore[attr-defined]
    kantor.failure = None
    return NaiveIssuer.real_facts(self, ground, found, *arguments)


ROW_48 = Row(
    "48",
    "Forge atau gerbang dimatikan untuk memaksa keadaan darurat",
    "pengembang",
    "tidak terbaca = tidak; tidak ada jalan cadangan yang membuka",
    (
        Variant("forge tidak menjawab", forge_down, ("FORGE-002",)),
        seen("forge tanpa kepala Date", "JAM-003", forge_time=None),
        seen("pengaturan tidak terbaca", "POSTUR-002", posture=()),
    ),
    off={"kawal_issuer.service.Issuer._facts": fall_back},
    off_name="galat forge menutup (diganti fakta terakhir)",
)


def named_tag(name: str) -> Variant:
    return claimed(f"ref {name!a}", "IZIN-001", ref=name, ref_path=f"refs/tags/{name}")


ROW_43 = Row(
    "43",
    "Nama dengan huruf serupa, bidi, lebar nol, CR/LF, ANSI, perintah log",
    "pengembang",
    "ref, id dan nama hanya ASCII persis; teks catatan NFC tanpa karakter kendali",
    tuple(
        named_tag(f"v1.0.0{mark}")
        for mark in (
            *(
                "\n::set-output name=x::y",
                "\r\nX: y",
                "\x1b[2J",
                "\u202e",
                "\u200b",
                "\u2066",
                "\ufeff",
                "\x00",
            ),
            *(
                "е",
                "０",
                "\u0301",
                "\x85",
                "\u2028",
                "section_start:1:a\r\x1b[0K",
                " ",
                "@semua",
                "<b>",
                "|`",
            ),
        )
    ),
    off={"kawal_issuer.claims_gitlab.REF": re.compile(r"[\s\S]+")},
    off_name="pola nama ref (REF)",
)

ROWS = (
    *(ROW_1, ROW_15, ROW_16, ROW_17, ROW_19, ROW_20, ROW_21, ROW_22, ROW_23, ROW_25, ROW_26, ROW_27, ROW_28),
    *(ROW_30, ROW_31, ROW_32, ROW_43, ROW_48),
)
