"""Weakenings of a GitLab pipeline, by lint rule: each is a small change to a good pipeline; the last entry of a row stays good."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

Change = Callable[[dict[str, Any]], Any]


def AW(path: str) -> dict[str, Any]:
    return {"when": "always", "paths": [path]}


TAG = [{"if": "$CI_COMMIT_TAG =~ /^v/"}]
MAIN = [{"if": "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH"}]
UJI = [{"if": '$CI_PIPELINE_SOURCE == "merge_request_event"'}, *MAIN]
BASE: dict[str, Any] = {
    "stages": ["uji", "kemas", "gerbang", "rilis"],
    "workflow": {"rules": UJI[:1] + TAG + MAIN},
    "fungsi": {
        "stage": "uji",
        "tags": ["umum"],
        "timeout": "30 minutes",
        "interruptible": True,
        "rules": UJI,
        "script": [
            "python -m pytest uji || echo selesai",
            "python -I -m kawal_checks fungsi --laporan laporan/fungsi.xml",
        ],
        "artifacts": AW("laporan/fungsi.xml"),
    },
    "keamanan-kode": {
        "stage": "uji",
        "tags": ["pa"],
        "timeout": "30 minutes",
        "needs": [],
        "rules": UJI,
        "script": [
            "python -I -m kawal_checks jalankan-bandit --sumber . --keluar laporan/bandit.json",
            "python -I -m kawal_checks keamanan-kode --laporan laporan/bandit.json --sumber .",
        ],
        "artifacts": AW("laporan/bandit.json"),
    },
    "kemas": {
        "stage": "kemas",
        "tags": ["pa"],
        "timeout": "60 minutes",
        "rules": MAIN,
        "needs": [{"job": "fungsi", "artifacts": False}, {"job": "keamanan-kode", "artifacts": False}],
        "script": [
            "python -I -m kawal_checks kemas --sumber . --berkas paket.tar --keluar laporan/kemas.json --unggah"
        ],
        "artifacts": AW("laporan/kemas.json"),
    },
    "gerbang": {
        "stage": "gerbang",
        "tags": ["pa"],
        "timeout": "15 minutes",
        "rules": TAG,
        "id_tokens": {"KAWAL_PERIKSA_TOKEN": {"aud": "kawal-periksa"}},
        "script": ['python -I -m kawal_checks gerbang --pintu "$KAWAL_PINTU" --keluar laporan/gerbang.json'],
        "artifacts": AW("laporan/gerbang.json"),
    },
    "rilis": {
        "stage": "rilis",
        "tags": ["pa"],
        "timeout": "15 minutes",
        "resource_group": "produksi",
        "environment": {"name": "production"},
        "rules": TAG,
        "needs": [{"job": "gerbang", "artifacts": False}],
        "id_tokens": {"KAWAL_IZIN_TOKEN": {"aud": "kawal-izin"}},
        "script": [
            'python -I -m kawal_checks minta-izin --pintu "$KAWAL_PINTU" --target-id "$KAWAL_TARGET_PRODUKSI_ID" --keluar izin.json',
            "python -I -m kawal_checks ambil-paket --keluar paket.tar",
            'python -I -m kawal_checks kirim --target "$KAWAL_TARGET_PRODUKSI" --izin izin.json --berkas paket.tar --keluar laporan/rilis.json',
        ],
        "artifacts": AW("laporan/rilis.json"),
    },
}
TEAM = {"stage": "uji", "tags": ["umum"], "timeout": "10 minutes", "rules": UJI, "script": ["npm run bangun"]}


def put(d: Any, path: list[str], value: Any) -> None:
    *head, last = path
    for key in head:
        d = d.setdefault(key, {})
    if value is DEL:
        d.pop(last, None)
    else:
        d[last] = value


DEL = object()


def setp(*pairs: tuple[str, Any]) -> Change:
    """Sets (or deletes) values by `job/keyword/…`."""

    def f(d: dict[str, Any]) -> None:
        for path, value in pairs:
            put(d, path.split("/"), copy.deepcopy(value) if value is not DEL else DEL)

    return f


def appended(job: str, line: str, key: str = "script") -> Change:
    return lambda d: d[job].setdefault(key, []).append(line)


def repl(job: str, n: int, a: str, b: str) -> Change:
    """Replaces text in one script line."""

    def f(d: dict[str, Any]) -> None:
        d[job]["script"][n] = d[job]["script"][n].replace(a, b)

    return f


def child_of(job: str, artifact: str = "tim-tersaring.yml") -> dict[str, Any]:
    return {"include": [{"artifact": artifact, "job": job}], "strategy": "depend"}


# The team's own jobs as the template runs them: screened on PA's runner, then a child pipeline.
SCREEN: dict[str, Any] = {
    "stage": "uji",
    "tags": ["pa"],
    "timeout": "30 minutes",
    "needs": [],
    "rules": UJI,
    "script": ["python -I -m kawal_checks saring-tim --sumber tim.gitlab-ci.yml --keluar tim-tersaring.yml"],
    "artifacts": AW("tim-tersaring.yml"),
}
ZAP: dict[str, Any] = {
    "stage": "uji",
    "tags": ["pa"],
    "timeout": "60 minutes",
    "image": "$KAWAL_CITRA_ZAP",
    "needs": [],
    "rules": MAIN,
    "variables": {"GIT_STRATEGY": "none", "ZAP_LAPORAN": "$CI_PROJECT_DIR/laporan"},
    "script": ['zap.sh -cmd -autorun "$CI_PROJECT_DIR/laporan/zap.yml"'],
    "artifacts": AW("laporan/keamanan-aplikasi.json"),
}
EXISTS = [{"if": "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH", "exists": ["uji/unit/**/*"]}]
UNIT: dict[str, Any] = {
    "stage": "uji",
    "tags": ["umum"],
    "timeout": "30 minutes",
    "needs": [],
    "rules": EXISTS,
    "script": [
        "python -m pytest uji/unit --junitxml=laporan/unit.xml",
        'python -I -m kawal_checks unit --laporan laporan/unit.xml --ambang "$KAWAL_AMBANG"',
    ],
    "artifacts": AW("laporan/unit.xml"),
}
"""A test that the template runs where its folder is."""
CHILD: dict[str, Any] = {"stage": "uji", "rules": UJI, "trigger": child_of("saring-tim")}


ROWS: dict[str, tuple[list[Change], Change]] = {
    "gerbang-tidak-ada": (
        [setp(("gerbang", DEL), ("rilis/needs", [])), lambda d: d.__setitem__("gerbang2", d.pop("gerbang"))],
        setp(("bangun", TEAM)),
    ),
    "rilis-tanpa-gerbang": (
        [
            setp(("rilis/needs", [])),
            setp(("rilis/needs", DEL)),
            setp(("rilis/needs", [{"job": "kemas", "artifacts": False}])),
            setp(("rilis/needs", ["kemas"])),
        ],
        setp(("rilis/needs", ["gerbang"])),
    ),
    "gerbang-opsional": (
        [
            setp(("rilis/needs", [{"job": "gerbang", "artifacts": False, "optional": True}])),
            setp(("kemas/needs", [{"job": "fungsi", "artifacts": False, "optional": "true"}])),
            setp(("unit", UNIT), ("kemas/needs", [{"job": "dokumen", "artifacts": False, "optional": True}])),
        ],
        setp(
            ("unit", UNIT),
            ("kemas/needs", [{"job": "unit", "artifacts": False, "optional": True}]),
            ("rilis/needs", [{"job": "gerbang", "artifacts": False, "optional": False}]),
        ),
    ),
    "rilis-walau-gagal": (
        [
            setp(("rilis/when", "always")),
            setp(("rilis/when", "on_failure")),
            setp(("rilis/rules", [{"if": "$CI_COMMIT_TAG =~ /^v/", "when": "always"}])),
            setp(("rilis/when", "manual")),
        ],
        setp(("rilis/when", "on_success")),
    ),
    "boleh-gagal": (
        [
            setp(("gerbang/allow_failure", True)),
            setp(("gerbang/allow_failure", {"exit_codes": [3]})),
            setp(("gerbang/rules", [{"if": "$CI_COMMIT_TAG =~ /^v/", "allow_failure": True}])),
            setp(("keamanan-kode/allow_failure", "yes")),
        ],
        setp(("gerbang/allow_failure", False)),
    ),
    "gerbang-manual": (
        [
            setp(("gerbang/when", "manual")),
            setp(("gerbang/when", "delayed"), ("gerbang/start_in", "1 day")),
            setp(("gerbang/rules", [{"if": "$CI_COMMIT_TAG =~ /^v/", "when": "never"}])),
            setp(
                ("keamanan-kode/rules", [{"if": "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH", "when": "manual"}])
            ),
        ],
        setp(("gerbang/when", "on_success")),
    ),
    "gerbang-disaring": (
        [
            setp(("gerbang/rules", [{"if": "$CI_COMMIT_TAG =~ /^v/", "changes": ["src/**"]}])),
            setp(("gerbang/rules", DEL), ("gerbang/only", ["tags"])),
            setp(("keamanan-kode/except", ["main"])),
            setp(("fungsi/rules", [{"if": "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH", "exists": ["uji/*"]}])),
            setp(("unit", {**UNIT, "rules": [{**EXISTS[0], "exists": ["tidak/ada/**/*"]}]})),
            setp(("unit", {**UNIT, "rules": [{**EXISTS[0], "exists": ["uji/unit/satu.py"]}]})),
            setp(("unit", {**UNIT, "rules": [{**EXISTS[0], "changes": ["uji/unit/**/*"]}]})),
        ],
        setp(
            ("unit", UNIT),
            (
                "bangun",
                {**TEAM, "rules": [{"if": "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH", "changes": ["web/**"]}]},
            ),
        ),
    ),
    "rilis-lebih-luas": (
        [setp(("rilis/rules", TAG + MAIN)), setp(("gerbang/rules", [{"if": "$CI_COMMIT_TAG =~ /^v0/"}]))],
        setp(),
    ),
    "rilis-bukan-tag": (
        [
            setp(("gerbang/rules", UJI), ("rilis/rules", UJI)),
            setp(
                ("gerbang/rules", [{"if": '$CI_PIPELINE_SOURCE == "schedule"'}]),
                ("rilis/rules", [{"if": '$CI_PIPELINE_SOURCE == "schedule"'}]),
            ),
            setp(("gerbang/rules", DEL), ("rilis/rules", DEL)),
            setp(("gerbang/rules", [{"if": '$LEPAS == "ya"'}]), ("rilis/rules", [{"if": '$LEPAS == "ya"'}])),
        ],
        setp(
            ("gerbang/rules", [{"if": "$CI_COMMIT_TAG   =~ /^v/"}]),
            ("rilis/rules", [{"if": "$CI_COMMIT_TAG   =~ /^v/"}]),
        ),
    ),
    "gerbang-bukan-sebelum-rilis": (
        [
            setp(("stages", ["uji", "kemas", "rilis", "gerbang"])),
            setp(("gerbang/stage", "rilis")),
            setp(("gerbang/stage", ".post")),
            setp(("gerbang/stage", "tidak-ada")),
        ],
        setp(("stages", ["uji", "kemas", "gerbang", "sesudah", "rilis"])),
    ),
    "gerbang-tanpa-perintah": (
        [
            setp(("gerbang/script", ["echo LULUS"])),
            repl("gerbang", 0, "$KAWAL_PINTU", "https://pintu-palsu.contoh"),
            lambda d: d["gerbang"]["script"].insert(0, "export KAWAL_PINTU=https://pintu-palsu.contoh"),
            setp(("gerbang/script", ["true"])),
        ],
        repl("gerbang", 0, " --pintu ", "  --pintu  "),
    ),
    "rilis-tanpa-izin": (
        [
            setp(("rilis/script", ["rsync -a . web@produksi:/var/www"])),
            lambda d: d["rilis"]["script"].pop(0),
            appended("rilis", "rsync -a . web@produksi:/var/www"),
            lambda d: d["rilis"]["script"].insert(1, "make paket.tar"),
        ],
        setp(),
    ),
    "putusan-dibungkam": (
        [
            repl("gerbang", 0, "gerbang.json", "gerbang.json || true"),
            repl("keamanan-kode", 1, "python", "! python"),
            repl("keamanan-kode", 1, "--sumber .", "--sumber . ; true"),
            repl("keamanan-kode", 1, "--sumber .", "--sumber . | tee catatan"),
            repl("keamanan-kode", 1, "--sumber .", "--sumber . &"),
            repl("gerbang", 0, "python -I -m", "python -m"),
            repl("gerbang", 0, "python", "KAWAL_PINTU=https://palsu python"),
            repl("gerbang", 0, "python", "if python"),
            setp(("gerbang/script", ["kawal-checks gerbang --pintu $KAWAL_PINTU --keluar g.json"])),
            setp(("gerbang/script", ['echo "$(python -I -m kawal_checks gerbang --pintu x --keluar y)"'])),
            setp(("fungsi/script", [["python -I -m kawal_checks fungsi --laporan a.xml\ntrue"]])),
        ],
        setp(("bangun", {**TEAM, "script": ["npm run bangun || true"]})),
    ),
    "galat-dilonggarkan": (
        [
            lambda d: d["fungsi"]["script"].insert(0, "set +e"),
            lambda d: d["fungsi"]["script"].insert(0, "trap 'exit 0' EXIT"),
            lambda d: d["fungsi"]["script"].insert(0, "python() { true; }"),
            lambda d: d["fungsi"]["script"].insert(1, "exit 0"),
            lambda d: d["fungsi"]["script"].insert(0, "alias python=true"),
            lambda d: d["fungsi"]["script"].insert(0, "set +o pipefail"),
        ],
        lambda d: d["fungsi"]["script"].insert(0, "set -euo pipefail"),
    ),
    "setelah-putusan": (
        [
            appended("rilis", "rsync -a . web@produksi:/var/www", "after_script"),
            appended("keamanan-kode", "cp palsu.json laporan/bandit.json", "before_script"),
            setp(("default", {"before_script": ["export PATH=.:$PATH"]})),
            setp(("after_script", ["./sesudah.sh"])),
        ],
        setp(("bangun", {**TEAM, "before_script": ["npm ci"], "after_script": ["ls"]})),
    ),
    "merilis-di-luar-rilis": (
        [
            appended(
                "fungsi",
                "python -I -m kawal_checks kirim --target x --izin i --berkas b --keluar k",
                "after_script",
            ),
            setp(
                (
                    "cepat",
                    {
                        **TEAM,
                        "script": [
                            "python -I -m kawal_checks minta-izin --pintu x --target-id y --keluar izin.json"
                        ],
                    },
                )
            ),
            setp(("cepat", {**TEAM, "script": ["kawal-target terima"]})),
        ],
        setp(("bangun", {**TEAM, "script": ["npm run kirim-surel"]})),
    ),
    "dapat-disela": (
        [
            setp(("gerbang/interruptible", True)),
            setp(("rilis/interruptible", True)),
            setp(("kemas/interruptible", True)),
            setp(("default", {"interruptible": True})),
        ],
        setp(("rilis/interruptible", False)),
    ),
    "rilis-serentak": (
        [setp(("rilis/resource_group", DEL)), setp(("rilis/resource_group", ""))],
        setp(("rilis/resource_group", "produksi-utama")),
    ),
    "kata-kunci-pada-gerbang": (
        [
            setp(("gerbang/inherit", {"variables": True})),
            setp(("rilis/parallel", 2)),
            setp(("gerbang/coverage", "/x/")),
            setp(("rilis/release", {"tag_name": "v1"})),
        ],
        setp(("bangun", {**TEAM, "coverage": "/x/"})),
    ),
    "gerbang-di-pipeline-lain": (
        [
            setp(
                ("gerbang/script", DEL), ("gerbang/trigger", {"include": "gerbang.yml", "strategy": "depend"})
            ),
            setp(("rilis/needs", [{"job": "gerbang", "pipeline": "$INDUK"}])),
            setp(
                (
                    "rilis/needs",
                    [{"job": "gerbang", "project": "tim/lain", "ref": "main", "artifacts": False}],
                )
            ),
        ],
        setp(("saring-tim", SCREEN), ("tim", CHILD)),
    ),
    "diulang-sampai-lulus": (
        [
            setp(("gerbang/retry", 2)),
            setp(("keamanan-kode/retry", {"max": 2, "when": ["script_failure"]})),
            setp(("keamanan-kode/retry", {"max": 2, "when": "always"})),
            setp(("fungsi/parallel", 3)),
            setp(("keamanan-kode/retry", {"max": 2, "exit_codes": [3]})),
        ],
        setp(("keamanan-kode/retry", {"max": 2, "when": ["runner_system_failure"]})),
    ),
    "kode-tim-di-runner-pa": (
        [
            lambda d: d["keamanan-kode"]["script"].insert(0, "pip install -r requirements.txt"),
            lambda d: d["kemas"]["script"].insert(0, "make"),
            setp(("bangun", {**TEAM, "tags": ["pa"]})),
            lambda d: d["keamanan-kode"].__setitem__("hooks", {"pre_get_sources_script": ["./siap.sh"]}),
            lambda d: d["keamanan-kode"]["script"].insert(0, "python -m pytest"),
        ],
        lambda d: d["keamanan-kode"]["script"].insert(0, "rm -rf laporan && mkdir -p laporan"),
    ),
    "pindah-runner": (
        [
            setp(("gerbang/tags", ["umum"])),
            setp(("keamanan-kode/tags", ["pa", "umum"])),
            setp(("dependensi", {**BASE["keamanan-kode"], "tags": ["umum"]})),
            setp(("kemas/tags", DEL)),
        ],
        setp(("kemas/tags", "pa")),
    ),
    "citra-di-pekerjaan-pa": (
        [
            setp(("keamanan-kode/image", "tim/python:latest")),
            setp(("default", {"image": "tim/alat"})),
            setp(("kemas/services", ["docker:dind"])),
        ],
        setp(("fungsi/image", "python:3.12")),
    ),
    "tembolok-di-pekerjaan-pa": (
        [setp(("keamanan-kode/cache", {"paths": [".venv"]})), setp(("cache", {"paths": ["node_modules"]}))],
        setp(("fungsi/cache", {"paths": [".venv"]})),
    ),
    "artefak-tim-di-pekerjaan-pa": (
        [
            setp(("kemas/needs", ["fungsi"])),
            setp(("kemas/needs", [{"job": "fungsi", "artifacts": True}])),
            setp(("kemas/needs", DEL)),
            setp(("kemas/dependencies", ["fungsi"])),
        ],
        setp(("kemas/needs", DEL), ("kemas/dependencies", [])),
    ),
    "token-di-luar-gerbang": (
        [
            setp(("fungsi/id_tokens", {"T": {"aud": "kawal-izin"}})),
            setp(("gerbang/id_tokens/KAWAL_PERIKSA_TOKEN/aud", ["kawal-periksa", "lain"])),
            setp(("gerbang/id_tokens", {"KAWAL_IZIN_TOKEN": {"aud": "kawal-izin"}})),
            setp(("fungsi/secrets", {"S": {"vault": "a/b"}})),
        ],
        setp(("fungsi/id_tokens", {})),
    ),
    "lingkungan-asing": (
        [
            setp(("cepat", {**TEAM, "environment": "production"})),
            setp(("rilis/environment/name", "Production")),
            setp(("rilis/environment/name", "production ")),
            setp(("cepat", {**TEAM, "environment": {"name": "production/eu"}})),
            setp(("cepat", {**TEAM, "environment": "$LINGKUNGAN"})),
            setp(("cepat", {**TEAM, "environment": "pr\u043eduction"})),
        ],
        setp(("rilis/environment", "production")),
    ),
    "tingkat-lingkungan-disamarkan": (
        [
            setp(("rilis/environment/deployment_tier", "development")),
            setp(("rilis/environment/action", "prepare")),
            setp(("rilis/environment/on_stop", "fungsi")),
        ],
        setp(("rilis/environment/url", "https://contoh.go.id")),
    ),
    "variabel-berbahaya": (
        [
            setp(("variables", {k: "x"}))
            for k in (
                "CI_COMMIT_SHA",
                "CI_ENVIRONMENT_NAME",
                "KAWAL_PINTU",
                "GATE_URL",
                "PATH",
                "LD_PRELOAD",
                "PYTHONPATH",
                "SSL_CERT_FILE",
                "https_proxy",
                "BASH_ENV",
                "GIT_SSL_NO_VERIFY",
                "KAWAL_AMBANG",
                "CI_PIPELINE_SOURCE",
                "HOME",
            )
        ]
        + [
            setp(("gerbang/variables", {"CI_JOB_ID": "1"})),
            setp(
                (
                    "gerbang/rules",
                    [{"if": "$CI_COMMIT_TAG =~ /^v/", "variables": {"KAWAL_PINTU": "https://palsu"}}],
                )
            ),
            setp(
                ("workflow/rules", [{**UJI[0], "variables": {"REQUESTS_CA_BUNDLE": "ca.pem"}}, *TAG, *MAIN])
            ),
        ],
        setp(("variables", {"BAHASA": "id"}), ("rilis/variables", {"GIT_STRATEGY": "none"})),
    ),
    "variabel-dapat-diisi": (
        [
            setp(("variables", {"CABANG": {"value": "main", "description": "isi saat menjalankan"}})),
            setp(("variables", {"MODE": {"value": "a", "options": ["a", "b"]}})),
            setp(("bangun", {**TEAM, "manual_confirmation": "yakin?"})),
        ],
        setp(("variables", {"CABANG": {"value": "main"}})),
    ),
    "dotenv-ke-pekerjaan-lain": (
        [
            setp(("fungsi/artifacts/reports", {"dotenv": "hasil.env"})),
            setp(("bangun", {**TEAM, "artifacts": {"reports": {"dotenv": ["hasil.env"]}}})),
        ],
        setp(("fungsi/artifacts/reports", {"junit": "laporan/fungsi.xml"})),
    ),
    "pekerjaan-meniru": (
        [
            setp(("Gerbang", TEAM)),
            setp(("keamanan kode", TEAM)),
            setp(("gerb\u0430ng", TEAM)),
            setp(("bangun", {**TEAM, "artifacts": {"paths": ["laporan/bandit.json"]}})),
            setp(("bangun", {**TEAM, "artifacts": {"paths": ["laporan/"]}})),
            setp(("bangun", {**TEAM, "artifacts": {"paths": ["."]}})),
            setp(("bangun", {**TEAM, "artifacts": {"paths": ["paket.tar"]}})),
        ],
        setp(("bangun", {**TEAM, "artifacts": {"paths": ["dist/"]}})),
    ),
    "laporan-hilang": (
        [
            setp(("keamanan-kode/artifacts", DEL)),
            setp(("keamanan-kode/artifacts/when", "on_success")),
            setp(("gerbang/artifacts/exclude", ["laporan/*"])),
        ],
        setp(("keamanan-kode/artifacts/expire_in", "90 days")),
    ),
    "tanpa-batas-waktu": (
        [setp(("gerbang/timeout", DEL)), setp(("fungsi/timeout", DEL))],
        setp(("gerbang/timeout", "5 minutes")),
    ),
    "pemicu-membawa-variabel": (
        [
            setp(("tim", {"stage": "uji", "rules": UJI, "trigger": "pa/deploy"})),
            setp(
                (
                    "tim",
                    {"stage": "uji", "rules": UJI, "trigger": {"project": "pa/deploy", "strategy": "depend"}},
                )
            ),
            setp(("tim", {"stage": "uji", "rules": UJI, "trigger": {"include": "tim.yml"}})),
            setp(
                (
                    "tim",
                    {
                        "stage": "uji",
                        "rules": UJI,
                        "trigger": {
                            "include": "tim.yml",
                            "strategy": "depend",
                            "forward": {"pipeline_variables": True},
                        },
                    },
                )
            ),
            setp(
                (
                    "tim",
                    {
                        "stage": "uji",
                        "rules": UJI,
                        "variables": {"A": "b"},
                        "trigger": {"include": "tim.yml", "strategy": "depend"},
                    },
                )
            ),
        ],
        setp(("saring-tim", SCREEN), ("tim", CHILD)),
    ),
    "rencana-pemindai-lain": (
        [
            setp(("pindai-zap", {**ZAP, "script": ['zap.sh -cmd -autorun "$CI_PROJECT_DIR/zap.yml"']})),
            setp(("pindai-zap", {**ZAP, "script": ["zap.sh -cmd -quickurl http://contoh.go.id"]})),
            setp(("pindai-zap", {**ZAP, "variables": {"ZAP_LAPORAN": "$CI_PROJECT_DIR/laporan"}})),
            setp(("pindai-zap", {**ZAP, "variables": {"GIT_STRATEGY": "clone"}})),
        ],
        setp(("pindai-zap", ZAP)),
    ),
    "pipeline-tim-tidak-disaring": (
        [
            setp(("tim", {**CHILD, "trigger": {"include": "tim.yml", "strategy": "depend"}})),
            setp(("tim", {**CHILD, "trigger": {"include": [{"local": "tim.yml"}], "strategy": "depend"}})),
            setp(("tim", CHILD)),
            setp(
                ("saring-tim", {**SCREEN, "script": ["cp tim.gitlab-ci.yml tim-tersaring.yml"]}),
                ("tim", CHILD),
            ),
            setp(
                ("fungsi/script", SCREEN["script"]), ("tim/stage", "uji"), ("tim/trigger", child_of("fungsi"))
            ),
            setp(
                ("saring-tim", SCREEN),
                ("tim", {**CHILD, "trigger": child_of("saring-tim", "tim.gitlab-ci.yml")}),
            ),
        ],
        setp(("saring-tim", SCREEN), ("tim", CHILD)),
    ),
    "belum-terurai": (
        [
            setp(("include", [{"local": "gerbang.yml"}])),
            setp(("fungsi/extends", ".tidak-ada")),
            setp(("salah", ["x"])),
        ],
        setp((".umum", {"tags": ["umum"]}), ("fungsi/extends", ".umum")),
    ),
    "kata-kunci-tidak-dikenal": (
        [
            setp(("gerbang/alow_failure", False)),
            setp(("gerbang/needs", [{"job": "kemas", "opsional": True}])),
            setp(("workflow/rule", [])),
            setp(("default", {"skrip": ["x"]})),
            setp(("fungsi/izinkan", True)),
            setp(("fungsi/rules", [{**MAIN[0], "kecuali": "x"}])),
        ],
        setp(("fungsi/description", "uji fungsi")),
    ),
    "tanpa-isi": (
        [setp(("fungsi/script", [])), setp(("bangun", {"stage": "uji", "rules": UJI}))],
        setp(("bangun", TEAM)),
    ),
    "sumber-tidak-dibatasi": (
        [
            setp(("workflow", DEL)),
            setp(("workflow/rules", UJI[:1] + TAG + MAIN + [{"if": '$CI_PIPELINE_SOURCE == "schedule"'}])),
            setp(("workflow/rules", [{"when": "always"}])),
            setp(("workflow/rules", TAG + MAIN)),
            *[
                setp(("workflow/rules", UJI[:1] + TAG + MAIN + [{"if": f'$CI_PIPELINE_SOURCE == "{s}"'}]))
                for s in (
                    "trigger",
                    "api",
                    "web",
                    "pipeline",
                    "parent_pipeline",
                    "external_pull_request_event",
                )
            ],
            setp(("workflow/rules", UJI[:1] + TAG + MAIN + [{"if": "$CI_COMMIT_BRANCH"}])),
        ],
        setp(("workflow/name", "kawal")),
    ),
    "pipeline-ditiadakan": (
        [
            setp(("workflow/rules", [{"if": "$CI_COMMIT_TAG =~ /^v/", "when": "never"}, *UJI])),
            setp(("workflow/auto_cancel", {"on_job_failure": "all"})),
            setp(("workflow/rules", [{**UJI[0], "changes": ["src/*"]}, *TAG, *MAIN])),
        ],
        setp(("workflow/rules", [{**UJI[0], "when": "always"}, *TAG, *MAIN])),
    ),
    "sumber-pekerjaan": (
        [
            setp(
                (
                    "keamanan-kode/rules",
                    [{"if": '$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH && $LEWATI != "ya"'}],
                )
            ),
            setp(("kemas/rules", [*MAIN, {"if": "$CI_COMMIT_BRANCH"}])),
        ],
        setp(("bangun", {**TEAM, "rules": [{"if": "$CI_COMMIT_BRANCH"}]})),
    ),
    "uji-tanpa-cabang-utama": (
        [
            setp(("fungsi/rules", UJI[:1])),
            setp(("keamanan-kode/rules", TAG)),
            setp(("keamanan-kode/rules", DEL)),
        ],
        setp(("bangun", {**TEAM, "rules": UJI[:1]})),
    ),
}


# ---------------------------------------------------------------------------------------------------------------- GitHub

SHA = "@" + "0123456789" * 4
CHECKOUT = {"uses": "actions/checkout" + SHA, "with": {"persist-credentials": False}}
IF_TAG = "startsWith(github.ref, 'refs/tags/v')"
GITHUB_BASE: dict[str, Any] = {
    "name": "kawal",
    "on": {"push": {"branches": ["main"], "tags": ["v*"]}, "pull_request": None},
    "permissions": {},
    "jobs": {
        "fungsi": {
            "runs-on": ["self-hosted", "umum"],
            "timeout-minutes": 30,
            "permissions": {"contents": "read"},
            "steps": [
                CHECKOUT,
                {
                    "run": "python -m pytest uji || echo selesai\npython -I -m kawal_checks fungsi --laporan laporan/fungsi.xml"
                },
            ],
        },
        "keamanan-kode": {
            "runs-on": ["self-hosted", "pa"],
            "timeout-minutes": 30,
            "permissions": {"contents": "read"},
            "steps": [
                CHECKOUT,
                {"run": "python -I -m kawal_checks keamanan-kode --laporan laporan/bandit.json --sumber ."},
            ],
        },
        "gerbang": {
            "if": IF_TAG,
            "runs-on": ["self-hosted", "pa"],
            "timeout-minutes": 15,
            "permissions": {"id-token": "write"},
            "steps": [
                {
                    "run": 'python -I -m kawal_checks gerbang --pintu "$KAWAL_PINTU" --keluar laporan/gerbang.json'
                }
            ],
        },
        "rilis": {
            "if": IF_TAG,
            "needs": ["gerbang"],
            "runs-on": ["self-hosted", "pa"],
            "timeout-minutes": 15,
            "environment": "production",
            "concurrency": {"group": "produksi"},
            "permissions": {"id-token": "write"},
            "steps": [
                {
                    "run": 'python -I -m kawal_checks minta-izin --pintu "$KAWAL_PINTU" --target-id a --keluar izin.json'
                }
            ],
        },
    },
}
GITHUB_TEAM = {"runs-on": "ubuntu-24.04", "timeout-minutes": 10, "steps": [{"run": "npm run bangun"}]}


def step(job: str, number: int, key: str, value: Any) -> Change:
    return lambda d: d["jobs"][job]["steps"][number].__setitem__(key, value)


def first(job: str, value: dict[str, Any]) -> Change:
    return lambda d: d["jobs"][job]["steps"].insert(0, copy.deepcopy(value))


def run(job: str, text: str) -> Change:
    """Changes the last line that runs our tool."""
    return lambda d: d["jobs"][job]["steps"][-1].__setitem__("run", text)


_JUDGE = "python -I -m kawal_checks keamanan-kode --laporan laporan/bandit.json --sumber ."
GITHUB_ROWS: dict[str, tuple[list[Change], Change]] = {
    "gerbang-tidak-ada": (
        [setp(("jobs/gerbang", DEL)), lambda d: d["jobs"].__setitem__("gerbang2", d["jobs"].pop("gerbang"))],
        setp(("jobs/rilis", DEL)),
    ),
    "rilis-tanpa-gerbang": (
        [setp(("jobs/rilis/needs", DEL)), setp(("jobs/rilis/needs", "fungsi"))],
        setp(("jobs/rilis/needs", "gerbang")),
    ),
    "rilis-walau-gagal": (
        [
            setp(("jobs/rilis/if", f"{word} && {IF_TAG}"))
            for word in ("always()", "!cancelled()", "failure()", "${{ ALWAYS () }}")
        ],
        setp(("jobs/rilis/if", "${{ " + IF_TAG + " }}")),
    ),
    "gerbang-dapat-dilewati": (
        [
            setp(("jobs/gerbang/if", "github.actor != 'x'")),
            setp(("jobs/gerbang/if", False)),
            step("gerbang", 0, "if", "vars.LEWATI != 'ya'"),
        ],
        setp(("jobs/gerbang/if", "${{ startsWith(github.ref,'refs/tags/v') }}")),
    ),
    "putusan-bersyarat": (
        [step("keamanan-kode", 1, "if", "github.actor != 'x'")],
        step("keamanan-kode", 0, "if", "github.actor != 'x'"),
    ),
    "boleh-gagal": (
        [
            setp(("jobs/gerbang/continue-on-error", True)),
            step("keamanan-kode", 1, "continue-on-error", True),
            step("fungsi", 1, "continue-on-error", "${{ true }}"),
        ],
        setp(("jobs/gerbang/continue-on-error", False)),
    ),
    "putusan-dibungkam": (
        [
            run("keamanan-kode", _JUDGE + end)
            for end in (" || true", " ; true", " &", " | tee x", " && true || :")
        ]
        + [
            run("keamanan-kode", "if " + _JUDGE + "; then :; fi"),
            run("keamanan-kode", _JUDGE.replace(" -I", "")),
            run("keamanan-kode", "kawal-checks lint x"),
        ],
        run("keamanan-kode", _JUDGE + ' >> "$GITHUB_STEP_SUMMARY"'),
    ),
    "galat-dilonggarkan": (
        [
            step("keamanan-kode", 1, "shell", "bash {0}"),
            run("fungsi", "set +e\npython -I -m kawal_checks fungsi --laporan a"),
            setp(("defaults", {"run": {"shell": "sh {0}"}})),
        ],
        step("keamanan-kode", 1, "shell", "bash"),
    ),
    "aksi-tidak-dikunci": (
        [
            step("fungsi", 0, "uses", uses)
            for uses in (
                "actions/checkout@v4",
                "actions/checkout@main",
                "actions/checkout",
                "docker://alpine:3",
                "actions/checkout@0123456",
            )
        ]
        + [setp(("jobs/tim", {"uses": "dinas/pipa/.github/workflows/x.yml@main"}))],
        first("fungsi", {"uses": "actions/setup-python" + SHA}),
    ),
    "aksi-dari-repositori-tim": (
        [first("keamanan-kode", {"uses": "./aksi"}), first("fungsi", {"uses": "./aksi"})],
        setp(("jobs/tim", {**GITHUB_TEAM, "steps": [{"uses": "./aksi"}]})),
    ),
    "hak-berlebih": (
        [
            setp(("permissions", DEL)),
            setp(("permissions", "write-all")),
            setp(("permissions", "read-all")),
            setp(("permissions", {"contents": "write"})),
            setp(("jobs/fungsi/permissions", {"id-token": "write"})),
            setp(("jobs/gerbang/permissions", {"contents": "write"})),
            setp(("jobs/fungsi/permissions", "write-all")),
        ],
        setp(("permissions", {"contents": "read"})),
    ),
    "pemicu-tidak-diizinkan": (
        [
            setp(("on", {name: None}))
            for name in (
                "pull_request_target",
                "workflow_run",
                "schedule",
                "repository_dispatch",
                "workflow_dispatch",
                "issue_comment",
                "merge_group",
            )
        ],
        setp(("on", ["push", "pull_request"])),
    ),
    "pemicu-disaring": (
        [setp(("on/push", {"paths": ["src/**"]})), setp(("on/pull_request", {"paths-ignore": ["**"]}))],
        setp(("on/push", {"branches": ["main"]})),
    ),
    "rilis-bukan-tag": (
        [
            setp(("jobs/rilis/if", DEL)),
            setp(("jobs/gerbang/if", DEL)),
            setp(("jobs/rilis/if", "github.event_name == 'push'")),
        ],
        setp(("jobs/rilis/if", "startsWith( github.ref , 'refs/tags/v' )")),
    ),
    "teks-bebas-di-skrip": (
        [
            first("fungsi", {"run": "echo ${{ github.event.pull_request.title }}"}),
            first("fungsi", {"run": "git checkout ${{ github.head_ref }}"}),
        ],
        first("fungsi", {"run": 'echo "$JUDUL"', "env": {"JUDUL": "${{ github.event.pull_request.title }}"}}),
    ),
    "menulis-lingkungan": (
        [
            first("fungsi", {"run": 'echo "PATH=." >> "$GITHUB_ENV"'}),
            first("fungsi", {"run": "echo . >> $GITHUB_PATH"}),
            first("fungsi", {"run": "echo '::set-env name=A::b'"}),
        ],
        first("fungsi", {"run": 'echo selesai >> "$GITHUB_STEP_SUMMARY"'}),
    ),
    "variabel-berbahaya": (
        [
            setp(("env", {name: "x"}))
            for name in (
                "PATH",
                "PYTHONPATH",
                "LD_PRELOAD",
                "KAWAL_PINTU",
                "GITHUB_SHA",
                "https_proxy",
                "SSL_CERT_FILE",
                "BASH_ENV",
            )
        ]
        + [
            setp(("jobs/gerbang/env", {"KAWAL_PINTU": "https://palsu"})),
            step("gerbang", 0, "env", {"ACTIONS_ID_TOKEN_REQUEST_URL": "x"}),
        ],
        setp(("jobs/gerbang/env", {"KAWAL_PINTU": "${{ vars.KAWAL_PINTU }}", "BAHASA": "id"})),
    ),
    "lingkungan-asing": (
        [
            setp(("jobs/fungsi/environment", "production")),
            setp(("jobs/rilis/environment", "Production")),
            setp(("jobs/fungsi/environment", {"name": "production/eu"})),
        ],
        setp(("jobs/rilis/environment", {"name": "production"})),
    ),
    "kredensial-tertinggal": (
        [step("fungsi", 0, "with", {}), step("fungsi", 0, "with", {"persist-credentials": True})],
        step("fungsi", 0, "with", {"persist-credentials": False, "fetch-depth": 1}),
    ),
    "rahasia-untuk-kode-tim": (
        [
            setp(("jobs/tim", {"uses": "a/b/.github/workflows/x.yml" + SHA, "secrets": "inherit"})),
            step("fungsi", 1, "env", {"T": "${{ secrets.T }}"}),
            step("fungsi", 1, "env", {"T": "${{ github.token }}"}),
        ],
        step("keamanan-kode", 1, "env", {"T": "${{ secrets.T }}"}),
    ),
    "pindah-runner": (
        [
            setp(("jobs/gerbang/runs-on", "ubuntu-24.04")),
            setp(("jobs/keamanan-kode/runs-on", ["self-hosted", "umum"])),
            setp(
                ("jobs/rahasia", {**GITHUB_BASE["jobs"]["keamanan-kode"], "runs-on": ["self-hosted", "umum"]})
            ),
        ],
        setp(("jobs/gerbang/runs-on", {"group": "dinas", "labels": ["pa"]})),
    ),
    "kode-tim-di-runner-pa": (
        [
            first("keamanan-kode", {"run": "pip install -r requirements.txt"}),
            first("gerbang", {"run": "make"}),
            first("gerbang", {"run": "git status; ./x"}),
        ],
        first("keamanan-kode", {"run": "mkdir -p laporan"}),
    ),
    "artefak-tim-di-pekerjaan-pa": (
        [
            first("keamanan-kode", {"uses": "actions/download-artifact" + SHA}),
            first("gerbang", {"uses": "actions/cache" + SHA}),
        ],
        first("fungsi", {"uses": "actions/cache" + SHA}),
    ),
    "wadah-di-pekerjaan-pa": (
        [
            setp(("jobs/gerbang/container", "tim/alat")),
            setp(("jobs/gerbang/strategy", {"matrix": {"a": [1, 2]}})),
            setp(("jobs/keamanan-kode/services", {"db": {"image": "x"}})),
        ],
        setp(("jobs/tim", {**GITHUB_TEAM, "container": "node:22"})),
    ),
    "tanpa-batas-waktu": (
        [setp(("jobs/gerbang/timeout-minutes", DEL)), setp(("jobs/fungsi/timeout-minutes", DEL))],
        setp(("jobs/gerbang/timeout-minutes", 5)),
    ),
    "rilis-dapat-disela": (
        [
            setp(("jobs/rilis/concurrency", DEL)),
            setp(("jobs/rilis/concurrency", {"group": "x", "cancel-in-progress": True})),
            setp(("concurrency", {"group": "x", "cancel-in-progress": True})),
        ],
        setp(("jobs/rilis/concurrency", {"group": "x", "cancel-in-progress": False})),
    ),
    "kata-kunci-tidak-dikenal": (
        [setp(("hak", {})), setp(("jobs/gerbang/allow_failure", True)), step("gerbang", 0, "abaikan", True)],
        setp(("run-name", "kawal")),
    ),
}
