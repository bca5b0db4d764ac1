"""The form that `permohonan formulir` writes: it is asked to be filled in before it is taken for a request."""

from __future__ import annotations

from pathlib import Path

import pytest
from isi_formulir import fill

from kawal.errors import InputError
from kawal.request_file import PLACEHOLDERS, load_request
from kawal.services import forms
from kawal.sop.loader import load_profiles


@pytest.fixture(params=sorted(load_profiles()))
def form(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "permohonan.yml"
    forms.write(request.param, path)
    return path


def test_a_form_that_nobody_filled_in_names_every_example_left_in_it(form: Path) -> None:
    with pytest.raises(InputError) as caught:
        load_request(form)

    assert caught.value.code == "INPUT-001"
    assert (
        f"{form}:5:5: id: masih contoh dari formulir: 'nama-aplikasi'; isi dengan yang sebenarnya"
        in caught.value.text()
    )
    assert "tim.pengembang.1: masih contoh dari formulir: 'pengguna-forge'" in caught.value.text()
    assert caught.value.text().count("masih contoh") == len(PLACEHOLDERS)


def test_a_form_that_is_filled_in_is_a_request(form: Path) -> None:
    fill(form)

    assert load_request(form).id == "e-retribusi-pasar"


def test_parts_that_are_left_out_are_no_examples(form: Path) -> None:
    fill(form)
    text = form.read_text("utf-8")
    letter, _, rest = text.partition("surat:  ")[2].partition("dokumen:")
    text = text.replace(f"surat:  {letter}", "").replace("  peninjau: [peninjau-1]\n", "")
    form.write_text(text, "utf-8")

    assert rest
    assert load_request(form).surat is None
