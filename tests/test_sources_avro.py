"""Alert packets in Avro: Rubin's, ELAsTiCC's and ZTF's."""

import fastavro
import numpy as np
import pytest
from alert_files import (
    BIG,
    elasticc_record,
    elasticc_schema,
    forced_row,
    nullable,
    record,
    rubin_alert_of,
    rubin_schema,
    rubin_source,
    write_avro,
    ztf_record,
    ztf_row,
    ztf_schema,
)
from source_batches import compressed_once_and_twice, fuzz, refusal, rows_of, sample, truncated

from tde.sources.head import Head
from tde.sources.readers import elasticc_alert, rubin_alert, ztf_alert

RUBIN, ELASTICC, ZTF = rubin_alert.FORMAT, elasticc_alert.FORMAT, ztf_alert.FORMAT


@pytest.fixture
def rubin_file(tmp_path):
    return write_avro(tmp_path / "night.avro", rubin_schema(), [rubin_alert_of(BIG), rubin_alert_of(BIG + 1, 10)])


def test_rubin_alerts(rubin_file):
    rows = rows_of(RUBIN, rubin_file)
    assert rows.object_id.tolist() == [str(BIG)] * 3 + [str(BIG + 1)] * 3
    assert rows.band.tolist() == ["lsst:r", "lsst:g", "lsst:y"] * 2
    np.testing.assert_allclose(rows.flux, [-1.5, 2.5005, 0.07525] * 2, rtol=1e-15)
    np.testing.assert_allclose(rows.flux_err, 0.12, rtol=1e-15)
    np.testing.assert_array_equal(rows.mjd, [61000, 61001, 61002, 61010, 61011, 61012])
    assert rows.kinds() == {"detection": 4, "forced": 2}
    assert rows.row.tolist() == [1, 1, 1, 2, 2, 2]
    assert rows.objects[str(BIG)] == {"z": None, "z_err": None, "ebv": None, "ra": 10.5, "dec": -30.25, "label": None}


def test_only_the_format_itself_is_known(rubin_file):
    assert [source.recognises(Head(rubin_file)) for source in (RUBIN, ELASTICC, ZTF)] == [True, False, False]


@pytest.mark.parametrize("version", ["lsst.v9_0.alert", "lsst.v11_1.alert", "topLevelRecord"])
def test_schemas_are_known_by_their_fields(tmp_path, version):
    path = write_avro(tmp_path / "a.avro", rubin_schema(version), [rubin_alert_of(5)])
    assert len(rows_of(RUBIN, path).mjd) == 3


def test_moving_objects_are_left_out_and_counted(tmp_path):
    records = [rubin_alert_of(object_id, k * 10, prvDiaSources=None) for k, object_id in enumerate([0, None, 7])]
    rows = rows_of(RUBIN, write_avro(tmp_path / "a.avro", rubin_schema(), records))
    assert rows.reasons() == {"moving object, or one without a diaObjectId": 4}
    assert set(rows.objects) == {"7"}
    assert rows.object_id[rows.reason != "used"].tolist() == [""] * 4


def test_rows_that_cannot_be_used_have_reasons(tmp_path):
    wrong = [
        rubin_source(1, psfFlux_flag=True), rubin_source(2, pixelFlags_bad=True), rubin_source(3, band=None),
        rubin_source(4, timeWithdrawnMjdTai=61005.0), rubin_source(5, flux=None), rubin_source(6, flux_err=None),
        rubin_source(7, flux=float("nan")), rubin_source(8, flux=-999.0), rubin_source(9, band="w"),
    ]  # fmt: skip
    path = write_avro(tmp_path / "a.avro", rubin_schema(), [rubin_alert_of(BIG, prvDiaSources=wrong)])
    rows = rows_of(RUBIN, path)
    assert rows.reasons() == {
        "psfFlux_flag is set": 1, "pixelFlags_bad is set": 1, "no band": 1, "withdrawn by the survey": 1
    }  # fmt: skip
    assert np.flatnonzero(np.isnan(rows.flux)).tolist() == [5, 7, 8]
    assert np.flatnonzero(np.isnan(rows.flux_err)).tolist() == [6]
    assert rows.band[9] == "w"


def test_ids_as_text_and_as_decimal_numbers(tmp_path):
    texts = write_avro(tmp_path / "t.avro", rubin_schema(id_type="string"), [rubin_alert_of("0012 ")])
    assert set(rows_of(RUBIN, texts).object_id) == {"0012"}
    small = write_avro(tmp_path / "s.avro", rubin_schema(id_type="double"), [rubin_alert_of(12.0)])
    assert set(rows_of(RUBIN, small).object_id) == {"12"}
    large = write_avro(tmp_path / "l.avro", rubin_schema(id_type="double"), [rubin_alert_of(float(BIG))])
    message = refusal(RUBIN, large)
    assert f"{large}: record 1: diaObjectId is 1.7" in message.replace("record 1 ", "record 1: ")
    assert "lost digits" in message


def test_a_renamed_field_is_named(tmp_path):
    records = [rubin_alert_of(BIG)]
    records[0]["diaSource"]["difference"] = 1.0
    records[0] |= {"prvDiaSources": None, "prvDiaForcedSources": None}
    path = write_avro(tmp_path / "a.avro", rubin_schema(flux="difference"), records)
    message = refusal(RUBIN, path)
    assert message.startswith(f"{path}: record 1: no field psfFlux or psFlux; found: ")
    assert "'difference'" in message


def test_an_object_is_described_once_a_file(tmp_path, rubin_file):
    """A job that reads some of a night's files knows nothing of the others."""
    copy = tmp_path / "copy.avro"
    copy.write_bytes(rubin_file.read_bytes())
    batches = list(RUBIN.read([rubin_file, copy]))
    assert [len(batch.mjd) for batch in batches] == [6, 6]
    assert batches[0].objects.num_rows == batches[1].objects.num_rows == 2


def test_what_a_broker_found_in_tns_is_known_of_the_object(tmp_path):
    schema = rubin_schema()
    known = record("xm", {"tns_redshift": nullable("double"), "tns_type": nullable("string")})
    schema["fields"].append({"name": "xm", "type": nullable(known)})
    records = [rubin_alert_of(5, xm={"tns_redshift": 0.0625, "tns_type": "TDE-H"}), rubin_alert_of(6, 10, xm=None)]
    rows = rows_of(RUBIN, write_avro(tmp_path / "a.avro", schema, records))
    assert [(its["z"], its["label"]) for its in rows.objects.values()] == [(0.0625, "TDE-H"), (None, None)]


def test_lists_of_nothing_do_not_fill_the_memory(tmp_path):
    content = write_avro(tmp_path / "a.avro", rubin_schema(), [rubin_alert_of(5)]).read_bytes()
    begin = content.index(b'"lsst.v10_0.diaForcedSource", "fields"')
    path = tmp_path / "b.avro"
    path.write_bytes(content[:begin] + content[begin:].replace(b"fields", b"dields", 1))
    assert refusal(RUBIN, path) == f"{path}: damaged (its schema has lists of what takes no bytes)"


def test_no_records_at_all(tmp_path):
    path = write_avro(tmp_path / "none.avro", rubin_schema(), [])
    assert refusal(RUBIN, path) == f"{path}: record: there is none in the file"
    empty = tmp_path / "empty.avro"
    empty.write_bytes(b"")
    assert not RUBIN.recognises(Head(empty))
    assert str(empty) in refusal(RUBIN, empty)


def test_rubin_packets_cut_off_or_compressed(rubin_file):
    truncated(RUBIN, rubin_file)
    compressed_once_and_twice(RUBIN, rubin_file)


def test_pieces_are_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr("tde.sources.parsing.avro_records.FULL", 6)
    monkeypatch.setattr("tde.sources.avro.container.AT_ONCE", 1)
    alerts = [rubin_alert_of(k + 1, 3 * k) for k in range(5)]
    path = write_avro(tmp_path / "many.avro", rubin_schema(), alerts, sync_interval=1)
    batches = list(RUBIN.read([path]))
    assert [len(batch.mjd) for batch in batches] == [6, 6, 3]
    assert [batch.objects.num_rows for batch in batches] == [2, 2, 1]
    assert batches[2].row.tolist() == [5, 5, 5]


# --- ELAsTiCC ----------------------------------------------------------------------------------------------------


def test_elasticc_alerts(tmp_path):
    path = write_avro(tmp_path / "a.avro", elasticc_schema(), [elasticc_record()], codec="null")
    assert not RUBIN.recognises(Head(path))
    rows = rows_of(ELASTICC, path)
    uJy = 10 ** ((23.9 - 27.5) / 2.5)
    np.testing.assert_allclose(rows.flux, np.array([100.0, 50.0, -25.0, 0.0]) * uJy, rtol=1e-14)
    np.testing.assert_allclose(rows.flux_err, np.array([4.0, 4.0, 4.0, 2.0]) * uJy, rtol=1e-14)
    assert rows.band.tolist() == ["lsst:y", "lsst:u", "lsst:g", "lsst:i"]
    assert rows.kind.tolist() == [0, 0, 1, 2]
    assert rows.objects == {"91": {"z": 0.5, "z_err": 0.125, "ebv": 0.25, "ra": 1.0, "dec": 2.0, "label": None}}
    truncated(ELASTICC, path)
    compressed_once_and_twice(ELASTICC, path)


def test_a_spectroscopic_redshift_comes_first(tmp_path):
    path = write_avro(tmp_path / "a.avro", elasticc_schema(), [elasticc_record(zspec=0.375)])
    assert rows_of(ELASTICC, path).objects["91"]["z"] == 0.375


def test_rubins_old_schemas_are_in_nano_jansky(tmp_path):
    path = write_avro(tmp_path / "a.avro", elasticc_schema("lsst.v4_0.alert"), [elasticc_record()])
    assert not ELASTICC.recognises(Head(path))
    np.testing.assert_allclose(rows_of(RUBIN, path).flux, [0.1, 0.05, -0.025, 0.0], rtol=1e-15)


# --- ZTF ---------------------------------------------------------------------------------------------------------


def test_ztf_alerts(tmp_path):
    previous = [ztf_row(1, sign="f"), ztf_row(2, 18.5, "0", 2), ztf_row(3, 18.5, "1", 3), ztf_row(4, None, None, 2)]
    path = write_avro(tmp_path / "a.avro", ztf_schema(), [ztf_record(previous=previous)])
    rows = rows_of(ZTF, path)
    bright, faint = 10 ** (0.4 * (23.9 - 18.5)), 10 ** (0.4 * (23.9 - 19.0))
    np.testing.assert_allclose(rows.flux, [faint, -faint, -bright, bright, 0.0], rtol=1e-12)
    error = np.float64(np.float32(0.1)) * np.log(10) / 2.5
    limit = 10 ** (0.4 * (23.9 - 20.5)) / 5
    np.testing.assert_allclose(rows.flux_err, [faint * error] * 2 + [bright * error] * 2 + [limit], rtol=1e-12)
    assert rows.kind.tolist() == [0, 0, 0, 0, 2]
    assert rows.band.tolist() == ["ztf:g", "ztf:g", "ztf:r", "ztf:i", "ztf:r"]
    np.testing.assert_array_equal(rows.mjd, [60000, 60001, 60002, 60003, 60004])
    assert rows.objects["ZTF20abcdefg"] == {
        "z": None, "z_err": None, "ebv": None, "ra": 150.0, "dec": 2.5, "label": None
    }  # fmt: skip
    truncated(ZTF, path)
    compressed_once_and_twice(ZTF, path)


def test_what_stands_at_the_place_of_a_ztf_alert(tmp_path):
    """A star within 1.5 arcsec, Fink's parallax, a moving object; nothing, and a star further away."""
    schema = ztf_schema()
    candidate = next(field["type"] for field in schema["fields"] if field["name"] == "candidate")
    candidate["fields"] += [{"name": name, "type": "float"} for name in ("sgscore1", "distpsnr1", "ssdistnr")]
    schema["fields"] += [{"name": name, "type": nullable("double")} for name in ("Plx", "e_Plx")]
    alerts = []
    for k, (score, distance, moving, parallax) in enumerate([(0.75, 1.0, 3.0, 2.0), (0.75, 2.0, -999.0, None)]):
        alert = ztf_record()
        alert["candidate"] |= {"sgscore1": score, "distpsnr1": distance, "ssdistnr": moving}
        alerts.append(alert | {"objectId": f"ZTF{k}", "Plx": parallax, "e_Plx": parallax and 0.25})
    objects = rows_of(ZTF, write_avro(tmp_path / "a.avro", schema, alerts)).objects
    names = ("star_score", "parallax_snr", "moving_arcsec")
    assert [objects["ZTF0"].get(name) for name in names] == [0.75, 8.0, 3.0]
    assert [objects["ZTF1"].get(name) for name in names] == [None, None, 3600.0]


def test_forced_photometry_in_ztf_packets(tmp_path):
    forced = [forced_row(1, 100.0), forced_row(2, -50.0), forced_row(3, -99999.0), forced_row(4, 10.0, "56,57")]
    rows = rows_of(ZTF, write_avro(tmp_path / "a.avro", ztf_schema(), [ztf_record(forced=forced)]))
    uJy = 10 ** (0.4 * (23.9 - 26.0))
    np.testing.assert_allclose(rows.flux[1:3], np.array([100.0, -50.0]) * uJy, rtol=1e-14)
    np.testing.assert_allclose(rows.flux_err[1:3], 8.0 * uJy, rtol=1e-14)
    assert np.isnan(rows.flux[3])
    assert rows.kind.tolist() == [0, 1, 1, 1, 1]
    assert rows.reasons() == {"procstatus is not 0": 1}
    assert rows.reference.tolist() == [None] + ["500/12/ztf:r"] * 4


def test_missing_magnitudes_and_signs(tmp_path):
    previous = [
        ztf_row(1, sign=None), ztf_row(2, sign="?"), ztf_row(3, 100.0), ztf_row(4, -999.0, limit=None),
        ztf_row(5, error=None), ztf_row(6, fid=7), ztf_row(7, None, limit=None),
    ]  # fmt: skip
    rows = rows_of(ZTF, write_avro(tmp_path / "a.avro", ztf_schema(), [ztf_record(previous=previous)]))
    assert rows.reasons() == {"isdiffpos is missing or not known": 2}
    assert rows.kind.tolist() == [0, 0, 0, 2, 0, 0, 0, 0]
    assert np.isnan(rows.flux[[4, 5, 7]]).all()
    assert rows.band[6] == "7"


def test_a_renamed_magnitude_is_named(tmp_path):
    row = ztf_row(0) | {"magnitude": 19.0}
    path = write_avro(
        tmp_path / "a.avro",
        ztf_schema("magnitude"),
        [{**ztf_record(), "candidate": row, "prv_candidates": None} for _ in range(2)],
    )
    message = refusal(ZTF, path)
    assert message.startswith(f"{path}: record 1: no field magpsf or mag; found: ")
    assert "'magnitude'" in message


@pytest.mark.parametrize("source", [RUBIN, ELASTICC, ZTF], ids=lambda source: source.key)
@pytest.mark.parametrize("codec", ["null", "deflate"])
def test_damaged_files(tmp_path, source, codec):
    schema, records = {
        "rubin_alert": (rubin_schema(), [rubin_alert_of(BIG + k, k) for k in range(3)]),
        "elasticc_alert": (elasticc_schema(), [elasticc_record() for _ in range(3)]),
        "ztf_alert": (ztf_schema(), [ztf_record(previous=[ztf_row(1)], forced=[forced_row(2, 5.0)])] * 3),
    }[source.key]
    fuzz(source, write_avro(tmp_path / "a.avro", schema, records, codec))


# --- real files --------------------------------------------------------------------------------------------------


def test_real_rubin_alerts():
    path = sample("lsst_alert_avro/fink_lsst_a.avro")
    rows = rows_of(RUBIN, path)
    assert rows.kinds() == {"detection": 1348, "forced": 1981}
    assert rows.bands() == {"lsst:i": 1034, "lsst:r": 823, "lsst:g": 758, "lsst:z": 703, "lsst:y": 11}
    assert rows.reasons() == {
        "psfFlux_flag is set": 12, "pixelFlags_bad is set": 8, "moving object, or one without a diaObjectId": 1
    }  # fmt: skip
    assert len(rows.objects) == 4
    with path.open("rb") as file:
        packet = next(each for each in fastavro.reader(file) if each["diaObject"]["diaObjectId"] == BIG)
    sources = [s for s in [packet["diaSource"], *packet["prvDiaSources"]] if not s["psfFlux_flag"]]
    by_hand = [
        (s["midpointMjdTai"], f"lsst:{s['band']}", kind, s["psfFlux"] / 1000, s["psfFluxErr"] / 1000)
        for kind, group in ((0, sources), (1, packet["prvDiaForcedSources"]))
        for s in group
    ]
    by_hand.sort()
    mine = rows.of(str(BIG))
    assert len(mine) == len(by_hand) == 740
    np.testing.assert_array_equal(rows.mjd[mine], [each[0] for each in by_hand])
    np.testing.assert_allclose(rows.flux[mine], [each[3] for each in by_hand], rtol=3e-16)
    np.testing.assert_allclose(rows.flux_err[mine], [each[4] for each in by_hand], rtol=3e-16)


@pytest.mark.parametrize(
    ("source", "name", "object_id", "kinds", "bands"),
    [
        (RUBIN, "lsst_alert_avro/fakeAlert.avro", "281323062375219201", {"detection": 3}, {"lsst:r": 3}),
        (
            ELASTICC, "lsst_alert_avro/alert_mjd60674.0512_obj747_src1494043.avro.gz", "747", {"detection": 19},
            {"lsst:y": 5, "lsst:r": 5, "lsst:z": 4, "lsst:i": 3, "lsst:g": 1, "lsst:u": 1},
        ),
        (
            ELASTICC, "elasticc_alert_avro/alert_mjd59594.0370_obj843_src1686003.avro", "843", {"detection": 4},
            {"lsst:y": 3, "lsst:u": 1},
        ),
        (
            ELASTICC, "elasticc_alert_avro/alert_mjd59594.0370_obj806_src1612003.avro", "806", {"detection": 3},
            {"lsst:y": 3},
        ),
    ],
)  # fmt: skip
def test_real_alerts_of_one_object(source, name, object_id, kinds, bands):
    rows = rows_of(source, sample(name))
    assert set(rows.object_id) == {object_id}
    assert rows.kinds() == kinds
    assert rows.bands() == bands
    assert rows.reasons() == {}


def test_a_real_elasticc_alert_by_hand():
    path = sample("elasticc_alert_avro/alert_mjd59594.0370_obj843_src1686003.avro")
    with path.open("rb") as file:
        packet = next(iter(fastavro.reader(file)))
    sources = [packet["diaSource"], *packet["prvDiaSources"]]
    rows = rows_of(ELASTICC, path)
    uJy = 3630.780547701014 * 10 ** (-0.4 * 27.5) * 1e6
    np.testing.assert_allclose(rows.flux, [s["psFlux"] * uJy for s in sources], rtol=1e-12)
    np.testing.assert_allclose(rows.flux_err, [s["psFluxErr"] * uJy for s in sources], rtol=1e-12)
    assert rows.objects["843"]["z"] == packet["diaObject"]["hostgal_z"]


def test_real_ztf_alerts():
    path = sample("fink_ztf_avro/fink_ztf_a.avro")
    rows = rows_of(ZTF, path)
    assert rows.kinds() == {"limit": 249, "detection": 84}
    assert rows.bands() == {"ztf:r": 125, "ztf:g": 120, "ztf:i": 88}
    assert rows.reasons() == {}
    assert len(rows.objects) == len(set(rows.object_id)) == 8
    with path.open("rb") as file:
        packet = next(each for each in fastavro.reader(file) if each["objectId"] == "ZTF25acldfsf")
    expected = []
    for row in [packet["candidate"], *packet["prv_candidates"]]:
        if row["magpsf"] is None:
            expected.append((0.0, 10 ** ((23.9 - row["diffmaglim"]) / 2.5) / 5))
        else:
            flux = 10 ** ((23.9 - row["magpsf"]) / 2.5)
            sign = {"t": 1, "1": 1, "f": -1, "0": -1}[row["isdiffpos"]]
            expected.append((sign * flux, flux * row["sigmapsf"] * np.log(10) / 2.5))
    mine = rows.object_id == "ZTF25acldfsf"
    np.testing.assert_allclose(rows.flux[mine], [flux for flux, _ in expected], rtol=1e-12)
    np.testing.assert_allclose(rows.flux_err[mine], [error for _, error in expected], rtol=1e-12)
