"""The legitimate twins of the special ways: the real issuer permits them, the real target installs and says what they are."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from bypass_kantor import Kantor, Setup
from bypass_rows.jalan import go_back, open_ways, superseded

from kawal.ledger import records as r
from kawal_target import target


def kinds(k: Kantor) -> list[str]:
    return [cast(r.PermitRecord, one.predicate).kind for one in k.world.ledger.entries(type="permit-record")]


def test_the_earlier_release_is_installed_again_as_a_rollback(tmp_path: Path) -> None:
    k = Kantor(tmp_path)
    superseded(k)
    assert go_back(k)
    k.deliver()
    assert kinds(k) == ["rilis", "rilis", "rollback"]
    assert k.outcome().installs == 2
    assert k.outcome().denied == ()
    assert target.status(k.config)["jenis"] == "rollback"
    assert k.asked[-1]["since_commit"] is None  # history before the earlier release, not since the newer one
    k.close()


def test_broken_glass_is_permitted_installed_and_named_so(tmp_path: Path) -> None:
    k = Kantor(tmp_path, Setup(without=("persandian", "beban")))
    open_ways(k)
    k.deliver()
    assert k.outcome().permits == 0
    record = k.world.make_signoff("break-glass", role="subkoor_pa", person_id="p-pa")
    assert k.record(record, "pa", "tata")
    k.deliver()
    assert kinds(k) == ["break-glass"]
    assert k.outcome().installs == 1
    assert target.status(k.config)["jenis"] == "break-glass"
    k.close()
