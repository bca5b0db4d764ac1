"""The issuer without its socket: what it asks the forge for, what it compares, and every field that it writes or signs."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from idp import claims, claims_github, jwk, mint
from kawal_world import (
    APP,
    ARTIFACT,
    COMMIT,
    FORGE,
    INSTANCE,
    KEYS,
    PROJECT,
    TREE,
    World,
    facts,
    github_forge,
    job,
    policy_bytes,
    policy_value,
)

from kawal.errors import BlockedError, NotFoundError, TemporaryError
from kawal.forges.port import Job, ReadForge
from kawal.ledger import records as r
from kawal.ledger.content import ContentStore
from kawal.ledger.tables import Entry
from kawal.model import ReleaseFacts
from kawal.policy import judge, parse_policy
from kawal.policy.judge import Judgement, posture_sha256
from kawal.policy.screen import findings, screen
from kawal_issuer import service
from kawal_issuer.service import Issuer
from kawal_seal.dsse import Envelope
from kawal_seal.merkle import verify_consistency
from kawal_seal.permit import Permit, verify_permit

OTHER_APP = "e-parkir"


class Room:
    """An issuer in this process on a world; `changes` and `failure` are what the forge will say."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.forge = cast(ReadForge, SimpleNamespace())
        self.changes: dict[str, Any] = {}
        self.failure: Exception | None = None
        self.reads: list[tuple[Any, Any, dict[str, Any]]] = []
        self.addresses: list[str] = []
        content = ContentStore(world.folder / "bukti")
        content.put(policy_bytes(world.policy))
        self.issuer = Issuer(
            world.ledger,
            content,
            KEYS["permit"],
            self.forge,
            self.keys,
            lambda: world.now,
            self.read,
        )

    def keys(self, issuer: str) -> dict[str, dict[str, Any]]:
        self.addresses.append(issuer)
        return {"k1": jwk("k1")}

    def read(self, forge: Any, policy: Any, **wanted: Any) -> ReleaseFacts:
        self.reads.append((forge, policy, wanted))
        if self.failure is not None:
            raise self.failure
        return self.seen(wanted["job_id"])

    def seen(self, job_id: int = 812) -> ReleaseFacts:
        name = "rilis" if job_id == 812 else "gerbang"
        return facts(self.world.now, **{"job": job(name, job_id=job_id), **self.changes})

    def token(self, audience: str = "kawal-izin", **changes: Any) -> str:
        return mint(claims(FORGE, self.world.now, audience, **changes))

    def permit(self, token: str | None = None, app: str = APP, **more: Any) -> dict[str, Any]:
        token = self.token() if token is None else token
        return self.issuer.answer(
            {"buat": "izin", "token": token, "aplikasi": app, "target": "produksi-1", **more}
        )

    def check(self, **changes: Any) -> dict[str, Any]:
        token = self.token("kawal-periksa", **{"job_id": "811", "environment": ..., **changes})
        return self.gate(token)

    def gate(self, token: str) -> dict[str, Any]:
        return self.issuer.answer({"buat": "periksa", "token": token, "aplikasi": APP})

    def judged(self, door: str = "izin") -> Judgement:
        """The judge's own word, asked beside the issuer."""
        ledger = self.world.ledger
        trust = ledger.trust()
        assert trust is not None
        return judge(
            parse_policy(policy_bytes(self.world.policy)),
            self.world.policy_sha256,
            self.seen(812 if door == "izin" else 811),
            ledger.entries(app_id=APP),
            trust,
            self.world.now,
            app_id=APP,
            door="izin" if door == "izin" else "gerbang",
            target_id="produksi-1" if door == "izin" else None,
        )

    def last(self) -> Entry:
        return self.world.ledger.entries()[-1]

    def denials(self) -> list[r.Denial]:
        return [cast(r.Denial, one.predicate) for one in self.world.ledger.entries(type="denial")]

    def permits(self) -> list[r.PermitRecord]:
        return [
            cast(r.PermitRecord, one.predicate) for one in self.world.ledger.entries(type="permit-record")
        ]


@pytest.fixture
def room(world: World) -> Room:
    return Room(world.ready())


def opened(reply: dict[str, Any]) -> Permit:
    return verify_permit(Envelope.from_obj(reply["izin"]), KEYS["permit"].public, KEYS["checkpoint"].public)


def add_other_application(world: World, project_id: int = 42) -> None:
    """Another application of the same ledger, set up later, with a project of its own."""
    world.add(
        r.Provision(
            app_id=OTHER_APP,
            issued_at=world.now,
            step=None,
            forge=PROJECT.model_copy(update={"project_id": project_id, "path": "dagang/e-parkir"}),
            plan_sha256="7" * 64,
            created=(r.Named(name="isu", count=10),),
            first_commit="8" * 40,
        ),
        "evidence",
    )


# --- whose project ----------------------------------------------------------------------------------------------------


def test_each_application_answers_to_its_own_project_only(room: Room) -> None:
    """In both directions, and although the other application was set up last."""
    add_other_application(room.world)
    assert room.permit()["keputusan"] == "terbuka"
    for reply in (
        room.permit(room.token(project_id="42")),  # the other's job asks for this application
        room.permit(app=OTHER_APP),  # this one's job asks for the other
    ):
        assert (reply["status"], reply["kode"]) == (403, "IZIN-006")
    assert room.permit(room.token(project_id="42"), app=OTHER_APP)["kode"] != "IZIN-006"
    assert len(room.permits()) == 1


def test_the_newest_project_of_an_application_is_its_project(room: Room) -> None:
    moved = PROJECT.model_copy(update={"project_id": 77})
    room.world.add(
        r.Provision(
            app_id=APP,
            issued_at=room.world.now,
            step=None,
            forge=moved,
            plan_sha256="7" * 64,
            created=(r.Named(name="isu", count=10),),
            first_commit="1" * 40,
        ),
        "evidence",
    )
    assert room.permit()["kode"] == "IZIN-006"
    assert room.permit(room.token(project_id="77")).get("kode") != "IZIN-006"
    assert room.reads[0][2]["project_id"] == 77


def test_an_application_without_a_project_opens_for_nobody(room: Room) -> None:
    reply = room.permit(app="belum-ada")
    assert (reply["status"], reply["kode"], reply["galat"]) == (403, "IZIN-006", "Token milik proyek lain")


# --- what the forge is asked ------------------------------------------------------------------------------------------


def test_the_forge_is_asked_for_what_the_verified_token_names(room: Room) -> None:
    assert room.permit()["status"] == 200
    forge, policy, wanted = room.reads[0]
    assert forge is room.forge
    assert policy == parse_policy(policy_bytes(room.world.policy)).forge
    assert wanted == {
        "project_id": 41,
        "tag": "v1.0.0",
        "job_id": 812,
        "since_commit": None,
        "compare_with": (),
        "now": room.world.now,
        "package_name": APP,
    }
    assert room.addresses == [FORGE]


def test_the_gate_asks_for_its_own_job(room: Room) -> None:
    assert room.check()["keputusan"] == "terbuka"
    assert room.reads[0][2]["job_id"] == 811


def test_changes_count_since_the_last_permit_of_that_environment(room: Room) -> None:
    for seq, (commit, environment) in enumerate((("8", "production"), ("9", "staging")), 1):
        permit = room.world.make_permit(
            commit=commit * 40, environment=environment, jti=f"{seq:032}", seq=seq
        )
        room.world.add(permit, "permit")
    room.permit()
    assert room.reads[0][2]["since_commit"] == "8" * 40


@pytest.mark.parametrize(
    ("changes", "code", "why"),
    [
        ({"job": None}, "IZIN-007", "Token tidak cocok dengan job di forge"),
        ({"job": job(pipeline_id=91)}, "IZIN-007", "Token tidak cocok dengan job di forge"),
        ({"commit": "6" * 40}, "SUBJEK-009", "Tag v1.0.0 berpindah sejak pipeline dimulai"),
    ],
)
def test_what_the_forge_says_otherwise_than_the_token_stops(
    room: Room, changes: dict[str, Any], code: str, why: str
) -> None:
    room.changes = changes
    assert room.permit() == {"status": 403, "galat": why, "kode": code}
    assert [one.codes for one in room.denials()] == [(code,)]


def test_the_base_of_an_examined_patch_is_compared(room: Room) -> None:
    room.world.sign("persandian", about={"release": "v0.9.0", "commit": "9" * 40})
    room.world.sign("persandian-perbaikan", about={"release": "v1.0.0"})
    room.permit()
    assert room.reads[0][2]["compare_with"] == ("9" * 40,)


def test_only_the_environment_of_the_target_opens_it(tmp_path: Path) -> None:
    policy = policy_value()
    policy["targets"].append({"target_id": "latihan-1", "environment": "staging"})
    world = World(tmp_path, policy).ready()
    room = Room(world)
    reply = room.permit(target="latihan-1")
    assert (reply["status"], reply["kode"]) == (403, "IZIN-005")
    assert room.reads == []
    refused = room.permit(room.token(environment="staging"))
    assert (refused["status"], refused["kode"]) == (403, "IZIN-005")
    judged = room.permit(room.token(environment="staging"), target="latihan-1")
    assert "IZIN-005" not in judged["kode"]
    assert room.reads != []
    world.ledger.close()


def test_what_was_signed_for_one_environment_opens_only_that_one(tmp_path: Path) -> None:
    policy = policy_value()
    policy["targets"].append({"target_id": "latihan-1", "environment": "staging"})
    world = World(tmp_path, policy).ready(without=("uat", "persandian"))
    for kind in ("uat", "persandian"):
        world.sign(kind, about={"environment": "staging"})
    room = Room(world)
    assert room.permit()["kode"] == ["UAT-002", "SANDI-002"]
    permit = opened(room.permit(room.token(environment="staging"), target="latihan-1"))
    assert (permit.environment, permit.target_id) == ("staging", "latihan-1")
    world.ledger.close()


def test_a_job_of_github_is_read_as_githubs_and_found_by_its_name(tmp_path: Path) -> None:
    """The token names run and attempt; which job may ask at which door the policy says."""
    world = World(tmp_path, {**policy_value(), "forge": github_forge()}).ready()
    room = Room(world)
    room.forge.jobs = lambda *_: [  # type: ignore[method-assign]
        Job(number, name, "", "running", 90, "v1.0.0", True, COMMIT, 2, 2, False, None, "", attempt=2)
        for number, name in ((811, "gerbang"), (812, "rilis"))
    ]
    room.changes = {"project_path": "dinas/e-retribusi"}
    for audience, ask in (("kawal-izin", room.permit), ("kawal-periksa", room.gate)):
        reply = ask(mint(claims_github(world.now, audience, check_run_id=...)))
        assert reply["keputusan"] == "terkunci"  # judged: its records are those of another forge
        assert ask(room.token(audience))["status"] == 401
    assert [wanted["job_id"] for _, _, wanted in room.reads] == [812, 811]
    world.ledger.close()


def test_the_gate_takes_a_token_of_any_environment(room: Room) -> None:
    assert room.check(environment="staging")["keputusan"] == "terbuka"


# --- what is written and signed ---------------------------------------------------------------------------------------


def test_every_field_of_a_permit_comes_from_where_it_should(room: Room) -> None:
    judged = room.judged()
    now = room.world.now
    token = room.token(jti="tanda-terima-1")
    reply = room.permit(token)
    assert set(reply) == {"status", "keputusan", "izin", "kepercayaan"}
    entry, (record,) = room.last(), room.permits()
    trust = room.world.ledger.trust_envelope()
    assert trust is not None
    assert reply["kepercayaan"] == trust.to_obj()
    assert record.model_dump(exclude={"record_id", "jti"}) == r.PermitRecord(
        app_id=APP,
        issued_at=now,
        kind="rilis",
        jti=record.jti,
        seq=1,
        environment="production",
        target_id="produksi-1",
        release="v1.0.0",
        commit=COMMIT,
        tree=TREE,
        artifacts=(ARTIFACT,),
        job_id=812,
        token_jti_sha256=hashlib.sha256(b"tanda-terima-1").hexdigest(),
        inputs=judged.verdict.used(),
        policy_sha256=room.world.policy_sha256,
        posture_sha256=posture_sha256(room.seen()),
        trust_version=1,
        verdict_sha256=judged.verdict.sha256(),
        nbf=now,
        exp=now + timedelta(seconds=600),
    ).model_dump(exclude={"record_id", "jti"})
    permit, seconds = opened(reply), int(now.timestamp())
    assert (permit.subject[0].name, len(permit.subject)) == ("paket.tar", 1)
    assert (permit.verifier, permit.time_verified) == (f"kawal:{INSTANCE}", seconds)
    assert permit.resource_uri == f"git+{FORGE}/dagang/e-retribusi@{COMMIT}"
    assert (permit.kind, permit.app_id, permit.release) == ("rilis", APP, "v1.0.0")
    assert (permit.commit, permit.tree, permit.policy_sha256) == (COMMIT, TREE, room.world.policy_sha256)
    assert (permit.environment, permit.target_id, permit.job_id) == ("production", "produksi-1", "812")
    assert (permit.posture_sha256, permit.trust_version) == (record.posture_sha256, 1)
    assert (permit.input_attestations, permit.jti, permit.seq) == (record.inputs, record.jti, 1)
    assert (permit.nbf, permit.exp) == (seconds, seconds + 600)
    assert (permit.record_sha256, permit.leaf_index, permit.tree_size) == (
        entry.payload_sha256,
        entry.seq - 1,
        entry.seq,
    )


def test_every_permit_has_a_number_of_its_own(room: Room) -> None:
    first, second = (opened(room.permit()) for _ in range(2))
    assert first.jti != second.jti
    assert len(first.jti) == 32
    assert (first.seq, second.seq) == (1, 2)
    assert [size for size, _ in second.continues] == [first.tree_size]


def test_a_forge_in_a_folder_of_its_host_is_named_with_one_slash(tmp_path: Path) -> None:
    world = World(tmp_path, policy_value(url=f"{FORGE}/X/")).ready(without=("uat", "persandian"))
    for kind in ("uat", "persandian"):
        world.sign(kind, about={"forge": PROJECT.model_copy(update={"url": f"{FORGE}/X/"})})
    assert opened(Room(world).permit()).resource_uri == f"git+{FORGE}/X/dagang/e-retribusi@{COMMIT}"
    world.ledger.close()


def test_what_the_target_saw_is_continued(room: Room) -> None:
    size, tree = 3, room.world.ledger.tree
    permit = opened(room.permit(ukuran=size))
    (named, hashes), *_ = permit.continues
    proof = [bytes.fromhex(one) for one in hashes]
    assert named == size
    assert verify_consistency(size, permit.tree_size, tree.root(size), tree.root(permit.tree_size), proof)


def same_denial(found: r.Denial, now: datetime, code: str, verdict_sha256: str | None) -> None:
    """Everything that the door writes of the job that asked, but the record's own number."""
    wanted = r.Denial(
        app_id=APP,
        issued_at=now,
        where="pintu",
        codes=(code,),
        commit=COMMIT,
        tag="v1.0.0",
        job_id=812,
        target_id="produksi-1",
        verdict_sha256=verdict_sha256,
    )
    assert found.model_dump(exclude={"record_id"}) == wanted.model_dump(exclude={"record_id"})


def test_a_denial_of_the_judge_names_the_job_and_the_verdict(world: World) -> None:
    room = Room(world.ready(without=("pse",)))
    judged = room.judged()
    reply = room.permit()
    (denial,) = room.denials()
    assert reply == {
        "status": 403,
        "keputusan": "terkunci",
        "kode": ["PSE-001"],
        "layar": screen(judged),
        "temuan": findings(judged),
        "catatan": denial.record_id,
    }
    same_denial(denial, world.now, "PSE-001", judged.verdict.sha256())


def test_the_gate_says_what_is_missing_and_the_record_says_where(world: World) -> None:
    room = Room(world.ready(without=("pse",)))
    judged = room.judged("gerbang")
    reply = room.check()
    (denial,) = room.denials()
    assert (reply["status"], reply["keputusan"], reply["kode"]) == (200, "terkunci", ["PSE-001"])
    assert (reply["layar"], reply["temuan"]) == (screen(judged), findings(judged))
    assert (denial.where, denial.target_id, denial.job_id) == ("gerbang", None, 811)
    assert denial.verdict_sha256 == judged.verdict.sha256()


def test_an_open_gate_writes_nothing(room: Room) -> None:
    size = room.world.ledger.size()
    reply = room.check()
    assert (reply["keputusan"], reply["catatan"]) == ("terbuka", None)
    assert room.world.ledger.size() == size


def test_the_gate_may_look_again_with_the_same_token(room: Room) -> None:
    token = room.token("kawal-periksa", job_id="811", environment=...)
    request = {"buat": "periksa", "token": token, "aplikasi": APP}
    for _ in range(2):
        assert room.issuer.answer(request)["keputusan"] == "terbuka"


def test_a_used_token_is_said_first_and_its_job_recorded(room: Room) -> None:
    token = room.token()
    assert room.permit(token)["status"] == 200
    reply = room.permit(token)
    (denial,) = room.denials()
    assert (reply["status"], reply["kode"], reply["catatan"]) == (403, ["IZIN-003"], denial.record_id)
    assert (denial.codes, denial.job_id, denial.commit) == (("IZIN-003",), 812, COMMIT)
    assert denial.verdict_sha256 is not None


def test_a_used_token_of_a_locked_release_says_both(world: World) -> None:
    room = Room(world.ready(without=("pse",)))
    token = room.token()
    room.permit(token)
    assert room.permit(token)["kode"] == ["IZIN-003", "PSE-001"]
    assert room.denials()[-1].codes == ("IZIN-003", "PSE-001")


def test_facts_that_cannot_be_read_are_recorded_with_the_job_that_asked(room: Room) -> None:
    room.failure = NotFoundError("FORGE-004", "Tag v1.0.0 tidak ada")
    reply = room.permit()
    assert reply == {"status": 404, "galat": "Tag v1.0.0 tidak ada", "kode": "FORGE-004"}
    (denial,) = room.denials()
    same_denial(denial, room.world.now, "FORGE-004", None)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (BlockedError("IZIN-007", "tidak cocok"), 403),
        (NotFoundError("FORGE-004", "tidak ada"), 404),
        (TemporaryError("FORGE-002", "tidak menjawab"), 503),
    ],
)
def test_an_error_of_the_forge_opens_nothing(room: Room, error: Exception, status: int) -> None:
    room.failure = error
    assert room.permit()["status"] == room.check()["status"] == status
    assert room.permits() == []


def test_a_ref_that_is_no_tag_of_the_ledger_is_left_out_of_the_denial(room: Room) -> None:
    room.failure = NotFoundError("FORGE-004", "tidak ada")
    room.permit(room.token(ref="rilis/1", ref_path="refs/tags/rilis/1"))
    room.permit(room.token(ref="v" * 63, ref_path="refs/tags/" + "v" * 63))
    room.permit(room.token(ref="v" * 64, ref_path="refs/tags/" + "v" * 64))
    assert [one.tag for one in room.denials()] == [None, "v" * 63, None]


@pytest.mark.parametrize("changes", [{}, {"project_id": "42"}], ids=["no token", "another project's"])
def test_a_stranger_is_recorded_without_anything_that_he_says(room: Room, changes: dict[str, Any]) -> None:
    reply = room.permit(room.token(**changes) if changes else "a.b.c")
    assert set(reply) == {"status", "galat", "kode"}
    assert reply["galat"] == (
        "Token milik proyek lain" if changes else "Token job ditolak: bagian token tidak terbaca"
    )
    (denial,) = room.denials()
    assert (denial.app_id, denial.where, denial.codes) == (APP, "pintu", (reply["kode"],))
    assert (denial.commit, denial.tag, denial.job_id, denial.target_id) == (None, None, None, None)
    assert denial.verdict_sha256 is None


def test_strangers_are_counted_by_the_hour(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "UNKNOWN_PER_HOUR", 2)
    room.permit("a.b.c")
    room.world.tick(minutes=30)
    for _ in range(2):
        room.permit("a.b.c")
    assert len(room.denials()) == 2
    room.world.tick(minutes=30, seconds=-1)
    room.permit("a.b.c")
    assert len(room.denials()) == 2
    room.world.tick(seconds=1)  # the first is an hour old now
    for _ in range(2):
        room.permit("a.b.c")
    assert len(room.denials()) == 3


def test_a_full_disk_refuses_a_stranger_all_the_same(room: Room) -> None:
    room.world.free = 0
    assert room.permit("a.b.c")["status"] == 401
    room.failure = TemporaryError("FORGE-002", "tidak menjawab")
    assert room.permit()["kode"] == "FORGE-002"
    room.failure = None
    assert room.permit()["kode"] == "LEDGER-008"
    assert room.permits() == []


def test_a_clock_that_is_not_the_forges_gives_no_permit(room: Room) -> None:
    """Behind the forge is judged; ahead of it not even a denial is written, it would bear a time of the future."""
    room.changes = {"forge_time": room.world.now + timedelta(hours=1)}
    assert (room.permit()["kode"], len(room.denials())) == (["JAM-002"], 1)
    room.changes = {"forge_time": room.world.now - timedelta(hours=1)}
    assert (room.permit()["kode"], len(room.denials())) == ("JAM-002", 1)
    assert room.permits() == []


def test_the_records_count_as_they_are_when_the_answer_is_written(room: Room) -> None:
    """A withdrawal that comes while the forge is read still locks."""
    entry = next(one for one in room.world.ledger.entries() if getattr(one.predicate, "kind", None) == "pse")
    read = room.issuer._read_facts

    def slow(*args: Any, **wanted: Any) -> ReleaseFacts:
        room.world.withdraw(entry, "pemohon", "p-pemohon", "pemohon")
        return replace(read(*args, **wanted), read_at=room.world.now, forge_time=room.world.now)

    room.issuer._read_facts = slow
    assert room.permit()["kode"] == ["PSE-004"]


def test_a_denial_with_more_reasons_than_a_record_holds_is_recorded(room: Room) -> None:
    asked = service._parse(ASKED)
    assert isinstance(asked, service.Asked)
    codes = [f"UJI-{number:03d}" for number in range(1, 151)]
    with room.world.ledger.transaction() as transaction:
        room.issuer._deny(transaction, asked, [codes[0], *codes])
    assert list(room.denials()[0].codes) == codes[:100]


# --- the form of a request --------------------------------------------------------------------------------------------

FORM = "permintaan tidak menurut bentuknya"
SIZE = "ukuran ledger tidak menurut bentuknya"
APP_FORM = "id aplikasi tidak menurut bentuknya"
TARGET_FORM = "id sasaran tidak menurut bentuknya"
ASKED = {"buat": "izin", "token": "a.b.c", "aplikasi": APP, "target": "produksi-1"}
GATE = {"buat": "periksa", "token": "a.b.c", "aplikasi": APP}


@pytest.mark.parametrize(
    ("request_value", "why"),
    [
        ([], "permintaan bukan objek"),
        (None, "permintaan bukan objek"),
        ({}, FORM),
        ({**ASKED, "buat": "buka"}, FORM),
        ({**ASKED, "lain": 1}, FORM),
        ({**ASKED, "token": None}, FORM),
        ({**GATE, "target": "produksi-1"}, FORM),
        ({**GATE, "ukuran": 3}, FORM),
        ({name: ASKED[name] for name in ("buat", "token", "aplikasi")}, FORM),
        ({name: ASKED[name] for name in ("buat", "token", "target")}, FORM),
        ({name: ASKED[name] for name in ("buat", "aplikasi", "target")}, FORM),
        ({**ASKED, "aplikasi": 3}, APP_FORM),
        ({**ASKED, "aplikasi": "a"}, APP_FORM),
        ({**ASKED, "aplikasi": "a" * 64}, APP_FORM),
        ({**ASKED, "aplikasi": APP + "\n"}, APP_FORM),
        ({**ASKED, "target": None}, TARGET_FORM),
        ({**ASKED, "target": ""}, TARGET_FORM),
        ({**ASKED, "target": "t" * 129}, TARGET_FORM),
        ({**ASKED, "target": "../x"}, TARGET_FORM),
        ({**ASKED, "ukuran": None}, SIZE),
        ({**ASKED, "ukuran": 0}, SIZE),
        ({**ASKED, "ukuran": True}, SIZE),
        ({**ASKED, "ukuran": 3.0}, SIZE),
        ({**ASKED, "ukuran": 2**53}, SIZE),
    ],
)
def test_a_request_of_another_form_is_told_what_is_wrong(room: Room, request_value: Any, why: str) -> None:
    assert room.issuer.answer(request_value) == {"status": 400, "galat": why, "kode": "INPUT-040"}
    assert room.denials() == []


@pytest.mark.parametrize(
    "request_value",
    [
        ASKED,
        GATE,
        {**ASKED, "ukuran": 1},
        {**ASKED, "ukuran": 2**53 - 1},
        {**ASKED, "aplikasi": "a" * 63},
        {**ASKED, "target": "t" * 128},
    ],
)
def test_a_request_at_the_edge_of_its_form_is_looked_at(room: Room, request_value: Any) -> None:
    assert room.issuer.answer(request_value)["status"] == 401
    assert len(room.denials()) == 1
