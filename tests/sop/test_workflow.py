"""Who may do what now: the Batam table with every decision and back-edge, refusals with codes and next commands."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders import batam, did, procedure, walk

from kawal.errors import BlockedError
from kawal.model import DoneStep
from kawal.sop.permission import check_step
from kawal.sop.ways import Patch
from kawal.sop.workflow import (
    check_trigger,
    complete_command,
    open_step,
    state_of,
    step_of_signoff,
    trigger_state,
)

BATAM = batam()
TO_6 = ("1", "2:disetujui", "3", "4", "5")
APP = "e-retribusi-pasar"


@pytest.mark.parametrize(
    ("done", "open_now", "ended", "not_applicable"),
    [
        ((), "1", None, ""),
        (("1",), "2", None, ""),
        (("1", "2:disetujui"), "3", None, ""),
        (("1", "2:ditolak"), None, "ditolak", "3 4 5 6 7 8 9 10"),
        (("1", "2:entah"), "2", None, ""),
        (("1", "2"), "2", None, ""),
        (TO_6, "6", None, ""),
        ((*TO_6, "6:ya"), "7", None, ""),
        ((*TO_6, "6:ya", "7", "8"), "9", None, ""),
        ((*TO_6, "6:tidak"), "9", None, "7 8"),
        ((*TO_6, "6:ya", "7", "8", "9:memenuhi"), "10", None, ""),
        ((*TO_6, "6:ya", "7", "8", "9:tidak_memenuhi"), "4", None, ""),
        ((*TO_6, "6:tidak", "9:tidak_memenuhi"), "4", None, ""),
        ((*TO_6, "6:tidak", "9:tidak_memenuhi", "4", "5", "6:ya"), "7", None, ""),
        ((*TO_6, "6:ya", "7", "8", "9:memenuhi", "10"), None, "selesai", ""),
        ((*TO_6, "6:tidak", "9:memenuhi", "10"), None, "selesai", "7 8"),
        # A later release is examined and refused: the flow comes back, whether it had ended or not.
        ((*TO_6, "6:ya", "7", "8", "9:memenuhi", "9:tidak_memenuhi"), "4", None, ""),
        ((*TO_6, "6:ya", "7", "8", "9:memenuhi", "10", "9:tidak_memenuhi"), "4", None, ""),
        (
            (*TO_6, "6:tidak", "9:memenuhi", "10", "9:tidak_memenuhi", "4", "5", "6:tidak", "9:memenuhi"),
            None,
            "selesai",
            "7 8",
        ),
        ((*TO_6, "6:ya", "7", "8", "9:memenuhi", "10", "9:memenuhi"), None, "selesai", ""),
        (("1", "2:ditolak", "9:tidak_memenuhi"), None, "ditolak", "3 4 5 6 7 8 10"),
        # A PSE registration that comes early waits for its turn; a Persandian refusal does not undo it.
        (("1", "2:disetujui", "10", "3"), "4", None, ""),
        ((*TO_6, "10", "6:ya", "7", "8", "9:memenuhi"), None, "selesai", ""),
        (
            (*TO_6, "6:tidak", "10", "9:tidak_memenuhi", "4", "5", "6:tidak", "9:memenuhi"),
            None,
            "selesai",
            "7 8",
        ),
    ],
)
def test_flow_of_batam(
    done: tuple[str, ...], open_now: str | None, ended: str | None, not_applicable: str
) -> None:
    state = state_of(BATAM, walk(*done))
    assert (state.open, state.ended) == (open_now, ended)
    assert (
        " ".join(key for key, status in state.status.items() if status == "tidak_berlaku") == not_applicable
    )


def test_way_back_opens_the_steps_again_and_keeps_the_earlier_ones() -> None:
    state = state_of(BATAM, walk(*TO_6, "6:ya", "7", "8", "9:tidak_memenuhi"))
    assert list(state.done) == ["1", "2", "3"]
    assert state.status["8"] == "belum_mulai"


def test_open_step_says_who_with_what() -> None:
    found = open_step(BATAM, walk("1"))
    assert found is not None
    assert found.step.key == "2"
    assert found.roles == ("subkoor_tata_kelola",)
    assert found.evidence.all_of == ("dokumen_clearance",)
    assert found.choices == ("disetujui", "ditolak")


def test_actor_the_sop_does_not_name_comes_from_the_dinas_and_says_so() -> None:
    step = BATAM.step("10")
    assert step is not None
    assert (step.roles, step.actor) == (("pemohon",), "kebijakan dinas")
    unnamed = batam(policy=False).step("10")
    assert unnamed is not None
    assert (unnamed.roles, unnamed.actor) == ((), None)


def test_completion_returns_the_role_in_which_it_is_done() -> None:
    role = check_step(
        BATAM,
        [],
        "1",
        app_id=APP,
        roles=["tim_pengembang", "pemohon"],
        evidence=["rencana_pengembangan_aplikasi"],
    )
    assert role == "pemohon"


def test_refusal_of_the_application_needs_no_letter_but_a_reason() -> None:
    roles = ["subkoor_tata_kelola"]
    assert (
        check_step(BATAM, walk("1"), "2", app_id=APP, roles=roles, decision="ditolak", reason="sudah ada")
        == roles[0]
    )


@pytest.mark.parametrize(
    ("done", "step", "given", "code", "next_step"),
    [
        ((), "11", {}, "LANGKAH-021", f"kawal status {APP}"),
        (
            (),
            "3",
            {},
            "LANGKAH-022",
            f"kawal langkah selesai {APP} 1 --bukti rencana_pengembangan_aplikasi=BERKAS",
        ),
        (
            ("1",),
            "3",
            {},
            "LANGKAH-022",
            f"kawal setujui {APP} --surat BERKAS --nomor NOMOR --tanggal TTTT-BB-HH",
        ),
        (
            ("1", "2:disetujui"),
            "3",
            {"roles": ["tim_pengembang"]},
            "LANGKAH-023",
            f"kawal langkah selesai {APP} 3 --bukti standardisasi=BERKAS --bukti kebutuhan_dokumentasi=BERKAS",
        ),
        (
            ("1", "2:disetujui"),
            "3",
            {"evidence": ["standardisasi"]},
            "LANGKAH-024",
            f"kawal langkah selesai {APP} 3 --bukti standardisasi=BERKAS --bukti kebutuhan_dokumentasi=BERKAS",
        ),
        (TO_6, "6", {}, "LANGKAH-025", f"kawal langkah selesai {APP} 6 --keputusan ya"),
        (TO_6, "6", {"decision": "mungkin"}, "LANGKAH-025", f"kawal langkah selesai {APP} 6 --keputusan ya"),
        ((), "1", {"roles": ["pemohon"], "decision": "ya"}, "LANGKAH-025", None),
        (
            ("1",),
            "2",
            {"roles": ["subkoor_tata_kelola"], "decision": "ditolak", "reason": " "},
            "LANGKAH-026",
            f"kawal langkah selesai {APP} 2 --keputusan ditolak --alasan TEKS",
        ),
        (("1",), "1", {}, "LANGKAH-027", f"kawal status {APP}"),
        ((*TO_6, "6:tidak"), "9", {}, "LANGKAH-028", f"kawal sahkan persandian {APP} --rilis VERSI"),
        ((*TO_6, "6:tidak"), "10", {}, "LANGKAH-028", f"kawal catat pse {APP} --bukti BERKAS"),
        (("1", "2:ditolak"), "3", {}, "LANGKAH-029", f"kawal status {APP}"),
        (
            (),
            "1",
            {"roles": ["pemohon"], "evidence": ["rencana"]},
            "LANGKAH-031",
            f"kawal langkah selesai {APP} 1 --bukti rencana_pengembangan_aplikasi=BERKAS",
        ),
    ],
)
def test_refusal_has_a_code_and_the_next_command(
    done: tuple[str, ...], step: str, given: dict[str, object], code: str, next_step: str | None
) -> None:
    arguments: dict[str, object] = {"app_id": APP, "roles": ["subkoor_pa"], **given}
    with pytest.raises(BlockedError) as caught:
        check_step(BATAM, walk(*done), step, **arguments)  # type: ignore[arg-type]
    assert (caught.value.code, caught.value.next_step) == (code, next_step)
    assert caught.value.exit_code == 3


def test_step_without_any_actor_is_refused_for_everybody() -> None:
    with pytest.raises(
        BlockedError, match="SOP tidak menyebut pelaku, dan dinas belum menetapkannya"
    ) as caught:
        check_step(
            batam(policy=False),
            walk(*TO_6, "6:tidak", "9:memenuhi"),
            "10",
            app_id=APP,
            roles=list(BATAM.roles),
            by_signoff=True,
        )
    assert caught.value.code == "LANGKAH-030"


def test_documents_are_named_in_the_words_of_the_sop() -> None:
    with pytest.raises(BlockedError) as caught:
        check_step(BATAM, walk("1", "2:disetujui"), "3", app_id=APP, roles=["subkoor_pa"])
    assert caught.value.found == "tidak ada berkas"
    assert str(caught.value.needed).startswith(
        "Standardisasi Server, Teknologi, Pengujian dan lainnya; Kebutuhan"
    )


@pytest.mark.parametrize(
    ("done", "missing"),
    [
        ([], ("langkah 3 belum terbuka", "bukti belum dicatat: Dokumen Clearance")),
        (walk("1"), ("langkah 3 belum terbuka", "bukti belum dicatat: Dokumen Clearance")),
        (walk("1", "2:disetujui"), ()),
        ([did("1"), did("2", "disetujui", ())], ("bukti belum dicatat: Dokumen Clearance",)),
        (walk("1", "2:disetujui", "3", "4"), ()),
        (walk(*TO_6, "6:tidak", "9:tidak_memenuhi"), ()),
        (
            walk("1", "2:ditolak"),
            ("alur ditolak; tidak ada yang disiapkan", "langkah 3 belum terbuka"),
        ),
        # A clearance file handed in at the wrong step opens nothing.
        ([did("1", None, ("dokumen_clearance",))], ("langkah 3 belum terbuka",)),
    ],
)
def test_project_is_made_at_step_three_with_the_clearance_and_not_before(
    done: list[DoneStep], missing: tuple[str, ...]
) -> None:
    found = trigger_state(BATAM, done)
    assert (found.ready, found.missing) == (not missing, missing)


def test_provisioning_too_early_is_refused_with_the_command_that_is_due() -> None:
    with pytest.raises(BlockedError) as caught:
        check_trigger(BATAM, walk("1"), APP)
    assert caught.value.code == "LANGKAH-032"
    assert caught.value.next_step == f"kawal setujui {APP} --surat BERKAS --nomor NOMOR --tanggal TTTT-BB-HH"


@pytest.mark.parametrize(
    ("kind", "approved", "expected"),
    [
        ("persandian", True, ("9", "memenuhi")),
        ("persandian", False, ("9", "tidak_memenuhi")),
        ("pse", True, ("10", None)),
        ("pse", False, None),
        ("uat", True, None),
    ],
)
def test_signoff_completes_its_step(
    kind: str, approved: bool, expected: tuple[str, str | None] | None
) -> None:
    assert step_of_signoff(BATAM, kind, approved=approved) == expected


def test_a_refused_re_examination_leads_back_like_the_full_one() -> None:
    opened = replace(BATAM, ways=replace(BATAM.ways, patch=Patch(30, 3, (), ())))
    refused = step_of_signoff(opened, "persandian-perbaikan", approved=False)
    assert refused == step_of_signoff(BATAM, "persandian", approved=False) == ("9", "tidak_memenuhi")
    done = [*walk(*TO_6, "6:ya", "7", "8", "9:memenuhi", "10"), did(*refused)]
    assert (state_of(opened, done[:-1]).ended, state_of(opened, done).open) == ("selesai", "4")
    assert step_of_signoff(opened, "persandian-perbaikan", approved=True) == ("9", "memenuhi")


def test_a_re_examination_completes_nothing_where_the_dinas_opened_none() -> None:
    assert step_of_signoff(BATAM, "persandian-perbaikan", approved=False) is None


def test_record_of_an_unknown_step_changes_nothing() -> None:
    assert state_of(BATAM, [did("99", None, ()), *walk("1")]).open == "2"


def test_command_of_each_step_is_complete() -> None:
    commands = [complete_command(BATAM, step, APP) for step in BATAM.steps]
    assert commands[3] == (
        f"kawal langkah selesai {APP} 4 --bukti user_manual=BERKAS --bukti dokumentasi_pengembangan=BERKAS"
        " --bukti dokumentasi_instalasi=BERKAS --bukti bukti_pengujian=BERKAS"
        " --bukti laporan_hasil_pengujian_keamanan=BERKAS"
    )
    assert commands[4] == f"kawal langkah selesai {APP} 5"


@pytest.mark.parametrize(
    ("profile_id", "done", "open_now", "ended"),
    [
        ("kaltara", "B1 B2 B3 B4:tidak_lengkap", "B1", None),
        ("kaltara", "B1 B2 B3 B4:lengkap B5 B6:tidak_perlu", None, "ditolak"),
        ("kaltara", "B1 B2 B3 B4:lengkap B5 B6:perlu B7:ditolak", None, "ditolak"),
        ("kaltara", "B1 B2 B3 B4:lengkap B5 B6:perlu B7:disetujui", "B8", None),
        (
            "kaltara",
            "B1 B2 B3 B4:lengkap B5 B6:perlu B7:disetujui B8 B9 B10 B11 B12 B13 B14",
            None,
            "selesai",
        ),
        ("bolmut", "1 2 3 4 5 6:tidak_tersedia", "7", None),
        ("bolmut", "1 2 3 4 5 6:tidak_tersedia 7", None, "ditunda"),
        ("bolmut", "1 2 3 4 5 6:tersedia", "8", None),
        ("bolmut", "1 2 3 4 5 6:tersedia 8 9 10 11:tidak_setuju", "9", None),
        ("bolmut", "1 2 3 4 5 6:tersedia 8 9 10 11:setuju 12 13 14 15:perlu_perbaikan", "12", None),
        ("bolmut", "1 2 3 4 5 6:tersedia 8 9 10 11:setuju 12 13 14 15:diterima 16 17 18", None, "selesai"),
        ("katingan", "1 2 3 4:tidak_lengkap", "1", None),
        ("katingan", "1 2 3 4:lengkap 5 6 7 8 9 10 11", "11bis", None),
        # The printed closing line 13 is passed by itself; then the national flow goes on.
        ("katingan", "1 2 3 4:lengkap 5 6 7 8 9 10 11 11bis 12", "n-rilis", None),
        ("katingan", "1 2 3 4:lengkap 5 6 7 8 9 10 11 11bis 12 n-rilis n-evaluasi", None, "selesai"),
        ("bali", "1 2 3 4:belum_lengkap", "4", None),
        ("bali", "1 2 3 4:belum_lengkap 4:lengkap 5 6 7", "n-implementasi", None),
        (
            "bali",
            "1 2 3 4:lengkap 5 6 7 n-implementasi n-uji n-serah-terima n-rilis n-evaluasi",
            None,
            "selesai",
        ),
    ],
)
def test_every_decision_and_way_back_of_the_other_sops(
    profile_id: str, done: str, open_now: str | None, ended: str | None
) -> None:
    state = state_of(procedure(profile_id), [did(*_split(name), ()) for name in done.split()])
    assert (state.open, state.ended) == (open_now, ended)


def _split(name: str) -> tuple[str, str | None]:
    step, _, decision = name.partition(":")
    return step, decision or None


@pytest.mark.parametrize(
    ("profile_id", "before", "letter", "step"),
    [
        ("kaltara", "B1 B2 B3 B4:lengkap B5 B6:perlu", ("surat_persetujuan_rekomendasi",), "B7:disetujui"),
        ("bali", "1 2 3 4:lengkap 5 6", ("surat_tugas",), "7"),
        ("bali", "1 2 3 4:lengkap 5 6", ("berita_acara_pembangunan",), "7"),
    ],
)
def test_project_is_made_exactly_when_the_letter_is_there(
    profile_id: str, before: str, letter: tuple[str, ...], step: str
) -> None:
    found = procedure(profile_id)
    earlier = [did(*_split(name), ()) for name in before.split()]
    assert not trigger_state(found, earlier).ready
    assert not trigger_state(found, [*earlier, did(*_split(step), ())]).ready
    assert trigger_state(found, [*earlier, did(*_split(step), letter)]).ready


def test_order_of_the_head_needs_the_resources_too() -> None:
    found = procedure("bolmut")
    order = did("1", None, ("surat_perintah",))
    rest = [did(*_split(name), ()) for name in ["2", "3", "4", "5"]]
    assert trigger_state(found, [order, *rest]).missing == ("langkah 8 belum terbuka",)
    assert not trigger_state(found, [order, *rest, did("6", "tidak_tersedia", ())]).ready
    assert trigger_state(found, [order, *rest, did("6", "tersedia", ())]).ready


def test_letter_of_assignment_alone_is_not_enough_where_minutes_are_asked_too() -> None:
    found = procedure("katingan")
    earlier = [did(*_split(name), ()) for name in ["1", "2", "3", "4:lengkap", "5"]]
    letter = did("7", None, ("surat_tugas",))
    assert trigger_state(found, [*earlier, did("6", None, ()), letter]).missing == (
        "bukti belum dicatat: Berita Acara (lingkup dan timeline)",
    )
    assert trigger_state(found, [*earlier, did("6", None, ("berita_acara",)), letter]).ready
