"""in-toto Statement v1 with predicate types of ours (docs/formats.md §1)."""

import re
from typing import Any, NamedTuple

from kawal_seal import strictjson
from kawal_seal.errors import SealError
from kawal_seal.shape import GIT_ID, HEX64, ShapeError, array, constant, fields, text

STATEMENT = "https://in-toto.io/Statement/v1"
MAX_SUBJECTS = 64
_TYPE = re.compile(r"urn:kawal:[a-z][a-z-]{0,40}:v[1-9][0-9]{0,2}")
_NAME = re.compile(r"[\x21-\x7e]{1,1024}")
DIGESTS = {"sha256": HEX64, "gitCommit": GIT_ID, "gitTree": GIT_ID}


class StatementError(SealError):
    """Not a statement of ours."""


class Subject(NamedTuple):
    name: str
    digest: dict[str, str]


class Statement(NamedTuple):
    subject: tuple[Subject, ...]
    predicate_type: str
    predicate: dict[str, Any]

    def to_bytes(self) -> bytes:
        payload = strictjson.dumps(
            {
                "_type": STATEMENT,
                "subject": [{"name": one.name, "digest": one.digest} for one in self.subject],
                "predicateType": self.predicate_type,
                "predicate": self.predicate,
            }
        )
        Statement.parse(payload)  # never sign what we would not read
        return payload

    @classmethod
    def parse(cls, data: bytes) -> "Statement":
        value = strictjson.loads(data)
        try:
            top = fields(value, ("_type", "subject", "predicateType", "predicate"), "pernyataan")
            constant(top["_type"], STATEMENT, "pernyataan._type")
            predicate_type = text(top["predicateType"], _TYPE, "pernyataan.predicateType")
            if type(top["predicate"]) is not dict:
                raise ShapeError("pernyataan.predicate: harus objek")
            items = array(top["subject"], 1, MAX_SUBJECTS, "pernyataan.subject")
            subject = tuple(_subject(item) for item in items)
        except ShapeError as error:
            raise StatementError(str(error)) from error
        return cls(subject, predicate_type, top["predicate"])


def _subject(item: Any) -> Subject:
    one = fields(item, ("name", "digest"), "pernyataan.subject")
    name = text(one["name"], _NAME, "pernyataan.subject.name")
    digest = one["digest"]
    if type(digest) is not dict or not digest:
        raise ShapeError("pernyataan.subject.digest: harus objek berisi")
    for algorithm, value in digest.items():
        if algorithm not in DIGESTS:
            raise ShapeError(f"pernyataan.subject.digest: {algorithm[:40]!a} tak dikenal")
        text(value, DIGESTS[algorithm], f"pernyataan.subject.digest.{algorithm}")
    return Subject(name, digest)
