"""A paper that several parties sign: who signed is said, checked, and printed in the command that makes it good."""

from __future__ import annotations

import pytest
from builders import procedure

from kawal.errors import BlockedError, InputError
from kawal.sop.signatories import check_signed, read_signed, signed_words

BALI = procedure("bali")
PAPER = "berita_acara_pembangunan"


def test_signatures_are_read_per_paper() -> None:
    assert read_signed(BALI, [f"{PAPER}=kadis, pd", f"{PAPER}=tim_spbe"]) == {
        PAPER: ("kadis", "pd", "tim_spbe")
    }


@pytest.mark.parametrize("word", ["", PAPER, f"{PAPER}=", f"{PAPER}=camat", "kuitansi=kadis", "=kadis"])
def test_unknown_papers_and_roles_are_refused(word: str) -> None:
    with pytest.raises(InputError) as caught:
        read_signed(BALI, [word])
    assert caught.value.code == "INPUT-052"


def test_each_party_has_to_sign() -> None:
    with pytest.raises(BlockedError) as caught:
        check_signed(BALI, [PAPER], {PAPER: ("kadis",)}, "kawal …")
    assert caught.value.code == "LANGKAH-034"
    assert caught.value.found == "tanda tangan Kepala Dinas"
    assert caught.value.needed == "tanda tangan Perangkat Daerah (PD)"
    check_signed(BALI, [PAPER], {PAPER: ("pd", "kadis")}, "kawal …")


def test_the_other_paper_needs_no_signatures_said() -> None:
    check_signed(BALI, ["surat_tugas"], {}, "kawal …")
    assert signed_words(BALI, ["surat_tugas"]) == ""
    assert signed_words(BALI, [PAPER]) == f" --ditandatangani {PAPER}=kadis,pd"


def test_what_we_infer_about_signatories_is_shown_as_ours() -> None:
    assert BALI.paper(PAPER).endswith("(ditandatangani Kepala Dinas, Perangkat Daerah (PD))")
    assert procedure("katingan").paper("berita_acara").endswith("Kepala Dinas; tersirat)")
