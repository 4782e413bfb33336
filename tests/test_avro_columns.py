"""Avro alerts in columns: the same batches as from the library's records, whatever the schema and the bytes are."""

import json

import fastavro
import numpy as np
import pytest
from alert_files import (
    elasticc_record,
    elasticc_schema,
    forced_row,
    rubin_alert_of,
    rubin_schema,
    write_avro,
    ztf_record,
    ztf_row,
    ztf_schema,
)
from source_batches import sample

from tde.sources.avro.container import Container, DamagedRecordsError, decoded
from tde.sources.avro.programs import UnsuitedSchemaError, Wanted, program_of
from tde.sources.readers.elasticc_alert import FORMAT as ELASTICC
from tde.sources.readers.rubin_alert import FORMAT as RUBIN
from tde.sources.readers.ztf_alert import FORMAT as ZTF

REAL = [
    (RUBIN, "lsst_alert_avro/fink_lsst_a.avro"),
    (RUBIN, "lsst_alert_avro/fakeAlert.avro"),
    (ELASTICC, "lsst_alert_avro/alert_mjd60674.0512_obj747_src1494043.avro.gz"),
    (ZTF, "fink_ztf_avro/fink_ztf_a.avro"),
]


class LeftToTheLibrary:
    def __init__(self, path, wanted):
        raise UnsuitedSchemaError


def assert_same_as_the_library(source, path, monkeypatch):
    """All that a batch holds, bit by bit."""
    (mine,) = source.read([path])
    with monkeypatch.context() as patch:
        patch.setattr("tde.sources.parsing.avro_records.Container", LeftToTheLibrary)
        (expected,) = source.read([path])
    for name in ("row", "mjd", "flux", "flux_err", "kind", "reason", "score"):
        np.testing.assert_array_equal(getattr(mine, name), getattr(expected, name), err_msg=name)
    for name in ("object_id", "band", "reference", "objects"):
        one, other = getattr(mine, name), getattr(expected, name)
        assert one.equals(other) if other is not None else one is None, name
    assert (mine.where, mine.reasons, mine.notes) == (expected.where, expected.reasons, expected.notes)


@pytest.mark.formats
@pytest.mark.parametrize(("source", "name"), REAL, ids=[name.rpartition("/")[2] for _, name in REAL])
def test_real_alerts(source, name, monkeypatch):
    assert_same_as_the_library(source, sample(name), monkeypatch)


@pytest.mark.parametrize(
    ("source", "schema", "records"),
    [
        (RUBIN, rubin_schema(), [rubin_alert_of(k, 3 * k) for k in (11, 12, 0)]),
        (RUBIN, rubin_schema(id_type="string"), []),
        (ELASTICC, elasticc_schema(), [elasticc_record(), elasticc_record(0.5)]),
        (ZTF, ztf_schema(), [ztf_record(previous=[ztf_row(1), ztf_row(2, None)], forced=[forced_row(3, 5.0)])] * 2),
    ],
    ids=["rubin", "ids that are text", "elasticc", "ztf"],
)
@pytest.mark.parametrize("codec", ["null", "deflate", "bzip2"])
def test_made_up_alerts(source, schema, records, codec, tmp_path, monkeypatch):
    if not records:
        records = [json.loads(json.dumps(rubin_alert_of("x1") | {"cutoutDifference": None}))]
    assert_same_as_the_library(source, write_avro(tmp_path / "a.avro", schema, records, codec), monkeypatch)


def test_texts_and_numbers_in_one_field_are_left_to_the_library(tmp_path):
    """A field of two types, and a date: the columns would have to hold objects."""
    either = {"type": "record", "name": "row", "fields": [{"name": "x", "type": ["long", "string"]}]}
    day = {"type": "record", "name": "row", "fields": [{"name": "x", "type": {"type": "int", "logicalType": "date"}}]}
    wanted = Wanted({"rows": np.int8(0)}, frozenset(), ("x",), ())
    for row, values in ((either, [1, "a"]), (day, [1, 2])):
        schema = {
            "type": "record", "name": "alert", "fields": [{"name": "rows", "type": {"type": "array", "items": row}}]
        }  # fmt: skip
        path = write_avro(tmp_path / "a.avro", schema, [{"rows": [{"x": value} for value in values]}])
        with pytest.raises((UnsuitedSchemaError, DamagedRecordsError)):
            list(Container(path, wanted).decoded())


# --- any schema --------------------------------------------------------------------------------------------------

LEAVES = ("null", "boolean", "int", "long", "float", "double", "string", "bytes")


class AnySchema:
    """Schemas and values by chance: rows with fields of all types among others that nobody wants."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.number = 0

    def one_of(self, choices):
        return choices[int(self.rng.integers(len(choices)))]

    def name(self):
        self.number += 1
        return f"n{self.number}"

    def kind(self, depth=0):
        shape = self.one_of(["leaf"] * 4 + ["union", "array", "map", "record", "fixed", "enum"] * (depth < 3))
        if shape == "union":
            return ["null", self.kind(3)] if self.rng.random() < 0.5 else [self.one_of(LEAVES[1:]), "null"]
        if shape == "array":
            return {"type": "array", "items": self.one_of([kind for kind in LEAVES if kind != "null"])}
        if shape == "map":
            return {"type": "map", "values": self.kind(3)}
        if shape == "record":
            fields = [{"name": self.name(), "type": self.kind(depth + 1)} for _ in range(self.rng.integers(1, 4))]
            return {"type": "record", "name": self.name(), "fields": fields}
        if shape == "fixed":
            return {"type": "fixed", "name": self.name(), "size": 5}
        return {"type": "enum", "name": self.name(), "symbols": ["A", "B"]} if shape == "enum" else self.one_of(LEAVES)

    def value(self, kind):
        if isinstance(kind, list):
            return self.value(self.one_of([each for each in kind if not (each == "null" and len(kind) == 1)]))
        name = kind if isinstance(kind, str) else kind["type"]
        n = int(self.rng.integers(0, 4))
        if name == "record":
            return {field["name"]: self.value(field["type"]) for field in kind["fields"]}
        if name == "array":
            return [self.value(kind["items"]) for _ in range(n)]
        if name == "map":
            return {f"key {k}": self.value(kind["values"]) for k in range(n)}
        return {
            "null": None, "boolean": n > 1, "int": int(self.rng.integers(-(2**31), 2**31)),
            "long": int(self.rng.integers(-(2**62), 2**62)) * self.one_of([1, 0]), "float": float(np.float32(n / 3)),
            "double": self.one_of([float(self.rng.normal()), np.nan]), "string": "\u00e9" * n, "bytes": bytes(n),
            "fixed": b"12345", "enum": "A",
        }[name]  # fmt: skip


WANTED_LEAVES = ("boolean", "long", "float", "double", "string", "int")


@pytest.mark.parametrize("seed", range(40))
def test_any_schema(seed, tmp_path):
    """The wanted fields are as the library has them, and nothing is read beyond the end of damaged ones."""
    chance = AnySchema(seed)
    fields = [{"name": name, "type": [name, "null"]} for name in WANTED_LEAVES]
    others = [{"name": chance.name(), "type": chance.kind()} for _ in range(6)]
    row = {"type": "record", "name": "row", "fields": [*others[:2], *fields, others[2]]}
    schema = {
        "type": "record", "name": "alert",
        "fields": [
            {"name": "first", "type": ["null", row]}, *others[3:5],
            {"name": "rows", "type": ["null", {"type": "array", "items": "row"}]},
            {"name": "about", "type": {"type": "record", "name": "about", "fields": [others[5], *fields]}},
        ],
    }  # fmt: skip
    records = [chance.value(fastavro_free(schema, row)) for _ in range(12)]
    path = write_avro(tmp_path / "a.avro", schema, records, sync_interval=int(chance.rng.integers(1, 4000)))
    wanted = Wanted(
        {"rows": np.int8(1), "first": np.int8(0)}, frozenset({"first"}), WANTED_LEAVES,
        tuple(("about", name) for name in WANTED_LEAVES),
    )  # fmt: skip
    expected_rows = [
        (k, of, each) for k, record in enumerate(records)
        for of, rows in ((0, record["rows"] or []), (1, [record["first"]] if record["first"] else [])) for each in rows
    ]  # fmt: skip
    start, found, about = 0, [], []
    for some in Container(path, wanted).decoded():
        cells = zip(*(column.to_pylist() for column in some.columns), strict=True)
        places = zip((start + some.row_record).tolist(), some.row_list.tolist(), cells, strict=True)
        found += [(k, of, dict(zip(WANTED_LEAVES, row, strict=True))) for k, of, row in places]
        about += [dict(zip(WANTED_LEAVES, row, strict=True)) for row in zip(*some.of_record, strict=True)]
        start += some.n_records
    assert str(found) == str([(k, of, {name: each[name] for name in WANTED_LEAVES}) for k, of, each in expected_rows])
    assert str(about) == str([{name: record["about"][name] for name in WANTED_LEAVES} for record in records])
    damage(path, wanted, chance.rng)


def fastavro_free(schema, row):
    """The schema with its named type written out, for making values."""
    return json.loads(json.dumps(schema).replace('"items": "row"', '"items": ' + json.dumps(row)))


def damage(path, wanted, rng):
    """Records with wrong bytes: other values, or a refusal."""
    with path.open("rb") as file:
        blocks = fastavro.block_reader(file)
        program = program_of(blocks.writer_schema, wanted)
        block = next(iter(blocks))
    data = np.frombuffer(block.bytes_.getvalue(), np.uint8).copy()
    for _ in range(20):
        wrong = data.copy()
        wrong[rng.integers(0, len(data), 3)] = rng.integers(0, 256, 3)
        try:
            some = decoded(program, wrong[: int(rng.integers(1, len(data) + 1))].tobytes(), block.num_records)
        except DamagedRecordsError:
            continue
        assert all(len(column) == len(some.row_list) for column in some.columns)
