"""Light curves in Parquet (and CSV of the same services): Fink, nested catalogues, Rubin's forced sources."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from source_batches import compressed_once_and_twice, fuzz, refusal, rows_of, sample, truncated

from tde.sources.head import Head
from tde.sources.readers import fink_api, fink_parquet, nested_parquet, rubin_forced

FINK, API, NESTED, FORCED = fink_parquet.FORMAT, fink_api.FORMAT, nested_parquet.FORMAT, rubin_forced.FORMAT
ALL = (FINK, API, FORCED, NESTED)

BIG = 170028485706776685
FAINT = 10 ** (0.4 * (23.9 - 19.0))
RELATIVE = 0.1 * np.log(10) / 2.5
UJY_27_5 = 10 ** (0.4 * (23.9 - 27.5))


def listed(**others):
    return pa.table({
        "objectId": ["ZTF1", "ZTF2"],
        "cjd": [[2460000.5, 2460001.5], [2460002.5]],
        "cmagpsf": [[19.0, None], [19.0]],
        "csigmapsf": [[0.1, None], [0.1]],
        "cfid": [[1, 2], [2]],
        "ra": [1.0, 2.0],
        "dec": [3.0, 4.0],
    } | others)  # fmt: skip


def elasticc_source(k, flux, band="Y"):
    return {
        "diaSourceId": k, "diaObjectId": BIG, "midPointTai": 60000.0 + k, "filterName": band, "psFlux": flux,
        "psFluxErr": 4.0,
    }  # fmt: skip


def nested_alerts():
    return pa.table({
        "diaSource": [elasticc_source(0, 100.0), elasticc_source(1, -50.0, "u")],
        "prvDiaSources": [[elasticc_source(2, 25.0)], None],
        "prvDiaForcedSources": [None, [elasticc_source(3, -12.5, "g"), elasticc_source(4, 6.25, "g")]],
        "diaObject": [{
            "diaObjectId": BIG + k, "ra": 1.0, "decl": 2.0, "mwebv": 0.25, "z_final": 0.7, "hostgal_zspec": -9.0,
            "hostgal_zphot": 0.5, "hostgal_zphot_err": 0.125,
        } for k in (0, 1)],
    })  # fmt: skip


def forced_lists(**others):
    return {
        "visit": [1, 2], "band": ["g", "y"], "psfDiffFlux": [-1500.0, 75.25], "psfDiffFluxErr": [120.0, 120.0],
        "psfFlux": [9e5, 9e5], "midpointMjdTai": [61000.0, 61001.0], "psfDiffFlux_flag": [False, True],
    } | others  # fmt: skip


def hats(**others):
    source = {"diaSourceId": [7], "midpointMjdTai": [61002.0], "band": ["r"], "psfFlux": [500.0], "psfFluxErr": [5.0],
              "scienceFlux": [9e5]}  # fmt: skip
    return pa.table({
        "diaObjectId": [BIG], "ra": [10.0], "dec": [-30.0], "diaSource": [source],
        "diaObjectForcedSource": [forced_lists()],
    } | others)  # fmt: skip


def forced_table(n=3, **others):
    return pa.table({
        "diaObjectId": [BIG, BIG, 0][:n], "visit": [2025110300243, 2025110300244, 5][:n], "detector": [1, 2, 3][:n],
        "band": ["g", "y", "r"][:n], "psfDiffFlux": [-1500.0, 75.25, 1.0][:n], "psfDiffFluxErr": [120.0] * n,
        "psfFlux": [9e5] * n, "psfDiffFlux_flag": [False] * n, "coord_ra": [10.0] * n, "coord_dec": [-30.0] * n,
    } | others)  # fmt: skip


VISITS = pa.table({
    "visit": [2025110300244, 2025110300243, 9], "expMidptMJD": [60983.25, 60983.125, 60000.0], "band": ["y", "g", "r"],
})  # fmt: skip

FINK_ROWS = pa.table({
    "i:objectId": ["ZTF1", "ZTF1", "ZTF2"], "i:jd": [2460000.5, 2460001.5, 2460002.5], "i:fid": [1, 2, 2],
    "i:magpsf": [19.0, None, 19.0], "i:sigmapsf": [0.1, None, 0.1], "i:isdiffpos": ["t", None, "f"],
    "i:diffmaglim": [20.5, 20.5, 20.5], "i:ra": [1.0, None, 3.0], "i:dec": [2.0, None, 4.0],
    "d:tag": ["valid", "upperlim", "badquality"],
})  # fmt: skip

TABLES = {"fink_parquet": nested_alerts, "fink_api": lambda: FINK_ROWS, "nested_parquet": hats,
          "rubin_forced": lambda: forced_table(expMidptMJD=[61000.0, 61001.0, 61002.0])}  # fmt: skip


def write(path, table):
    pq.write_table(table, path)
    return path


@pytest.fixture(params=ALL, ids=lambda each: each.key)
def written(request, tmp_path):
    return request.param, write(tmp_path / "curves.parquet", TABLES[request.param.key]())


def test_each_table_is_of_one_format(written):
    own, path = written
    assert [each.key for each in ALL if each.recognises(Head(path))] == [own.key]


def test_tables_cut_off_or_compressed(written):
    truncated(*written)
    compressed_once_and_twice(*written)


def test_damaged_tables(written):
    fuzz(*written)


def test_tables_without_rows_are_refused(tmp_path):
    for each in ALL:
        path = write(tmp_path / "none.parquet", TABLES[each.key]().slice(0, 0))
        assert refusal(each, path) == f"{path}: row 1: there is none in the file"


def test_lists_of_fink(tmp_path):
    rows = rows_of(FINK, write(tmp_path / "a.parquet", listed()))
    assert rows.object_id.tolist() == ["ZTF1", "ZTF1", "ZTF2"]
    np.testing.assert_allclose(rows.flux, [FAINT, np.nan, FAINT], rtol=1e-14)
    np.testing.assert_allclose(rows.flux_err, [FAINT * RELATIVE, np.nan, FAINT * RELATIVE], rtol=1e-14)
    assert rows.band.tolist() == ["ztf:g", "ztf:r", "ztf:r"]
    assert rows.mjd.tolist() == [60000.0, 60001.0, 60002.0]
    assert rows.row.tolist() == [1, 1, 2]
    assert rows.objects["ZTF2"]["dec"] == 4.0
    assert len(rows.notes) == 1
    assert "taken as brighter" in rows.notes.pop()


def test_lists_of_fink_with_signs_and_limits(tmp_path):
    more = {"cisdiffpos": [["f", None], ["1"]], "cdiffmaglim": [[20.5, 20.5], [20.5]]}
    rows = rows_of(FINK, write(tmp_path / "a.parquet", listed(**more)))
    np.testing.assert_allclose(rows.flux, [-FAINT, 0.0, FAINT], rtol=1e-14)
    assert rows.kind.tolist() == [0, 2, 0]
    assert rows.notes == set()


def test_lists_of_different_lengths(tmp_path):
    path = write(tmp_path / "a.parquet", listed(cfid=[[1, 2], [2, 1]]))
    assert refusal(FINK, path) == f"{path}: row 2: fid has 2 elements; allowed: 1, as jd has"


def test_nested_alerts_of_fink(tmp_path):
    rows = rows_of(FINK, write(tmp_path / "a.parquet", nested_alerts()))
    assert rows.object_id.tolist() == [str(BIG), str(BIG + 1), str(BIG), str(BIG + 1), str(BIG + 1)]
    np.testing.assert_allclose(rows.flux, np.array([100.0, -50.0, 25.0, -12.5, 6.25]) * UJY_27_5, rtol=1e-14)
    np.testing.assert_allclose(rows.flux_err, 4.0 * UJY_27_5, rtol=1e-14)
    assert rows.kind.tolist() == [0, 0, 0, 1, 1]
    assert rows.band.tolist() == ["lsst:y", "lsst:u", "lsst:y", "lsst:g", "lsst:g"]
    assert rows.objects[str(BIG)] == {"z": 0.5, "z_err": 0.125, "ebv": 0.25, "ra": 1.0, "dec": 2.0, "label": None}


def test_nested_alerts_of_rubin_are_in_nano_jansky(tmp_path):
    new = {"midPointTai": "midpointMjdTai", "psFlux": "psfFlux", "psFluxErr": "psfFluxErr", "filterName": "band"}
    table = pa.table({"diaSource": [{new.get(k, k): v for k, v in elasticc_source(0, -100.0).items()}]})
    np.testing.assert_allclose(rows_of(FINK, write(tmp_path / "a.parquet", table)).flux, [-0.1], rtol=1e-15)


@pytest.mark.parametrize("ending", ["parquet", "csv", "json"])
def test_rows_of_finks_interface(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    if ending == "parquet":
        write(path, FINK_ROWS)
    elif ending == "csv":
        pa.csv.write_csv(FINK_ROWS, path)
    else:
        path.write_text(json.dumps(FINK_ROWS.to_pylist()))
    rows = rows_of(API, path)
    assert rows.object_id.tolist() == ["ZTF1", "ZTF1", "ZTF2"]
    np.testing.assert_allclose(rows.flux, [FAINT, 0.0, -FAINT], rtol=1e-14)
    assert rows.kind.tolist() == [0, 2, 0]
    assert rows.reasons() == {"d:tag is badquality": 1}
    assert (rows.objects["ZTF1"]["ra"], rows.objects["ZTF2"]["dec"]) == (1.0, 4.0)


def test_nested_catalogues(tmp_path):
    rows = rows_of(NESTED, write(tmp_path / "a.parquet", hats()))
    assert rows.object_id.tolist() == [str(BIG)] * 3
    np.testing.assert_allclose(rows.flux, [-1.5, 0.07525, 0.5], rtol=1e-15)
    np.testing.assert_allclose(rows.flux_err, [0.12, 0.12, 0.005], rtol=1e-15)
    assert rows.kind.tolist() == [1, 1, 0]
    assert rows.band.tolist() == ["lsst:g", "lsst:y", "lsst:r"]
    assert rows.reasons() == {"psfDiffFlux_flag is set": 1}
    assert rows.objects[str(BIG)]["ra"] == 10.0


@pytest.mark.parametrize("form", ["list of structs", "lists"])
def test_other_forms_of_nesting(tmp_path, form):
    lists = forced_lists()
    if form == "lists":
        table = pa.table({"diaObjectId": [BIG]} | {name: [values] for name, values in lists.items()})
    else:
        cells = [dict(zip(lists, each, strict=True)) for each in zip(*lists.values(), strict=True)]
        table = pa.table({"diaObjectId": [BIG], "forced": [cells]})
    rows = rows_of(NESTED, write(tmp_path / "a.parquet", table))
    np.testing.assert_allclose(rows.flux, [-1.5, 0.07525], rtol=1e-15)
    assert rows.kinds() == {"forced": 2}


def test_photometry_of_the_whole_light_is_refused(tmp_path):
    total = {"hmjd": [59000.0], "mag": [18.0], "magerr": [0.1]}
    path = write(tmp_path / "a.parquet", pa.table({"objectid": [5], "lc": [total]}))
    assert refusal(NESTED, path).startswith(f"{path}: hmjd, mag is photometry of the whole light")
    direct = {name: values for name, values in forced_lists().items() if "Diff" not in name}
    path = write(tmp_path / "b.parquet", pa.table({"objectId": [5], "objectForcedSource": [direct]}))
    assert refusal(NESTED, path).startswith(f"{path}: psfFlux is photometry of the whole light")


def test_forced_sources_and_visits(tmp_path):
    table, visits = write(tmp_path / "forced.parquet", forced_table()), write(tmp_path / "visits.parquet", VISITS)
    rows = rows_of(FORCED, table, visits)
    assert rows.object_id.tolist() == [str(BIG), str(BIG), ""]
    np.testing.assert_allclose(rows.flux, [-1.5, 0.07525, 0.001], rtol=1e-15)
    np.testing.assert_array_equal(rows.mjd, [60983.125, 60983.25, np.nan])
    assert rows.band.tolist() == ["lsst:g", "lsst:y", "lsst:r"]
    assert rows.kinds() == {"forced": 3}
    assert rows.reasons() == {"visit is not in the table of visits": 1}
    assert rows.objects[str(BIG)]["dec"] == -30.0
    message = refusal(FORCED, table)
    assert message.startswith(f"{table}: row 1: no time; give this table together with Rubin's table of visits")
    assert refusal(FORCED, visits).startswith(f"{visits}: holds visits alone")


def test_forced_sources_in_csv(tmp_path):
    table, visits = tmp_path / "forced.csv", tmp_path / "visits.csv"
    pa.csv.write_csv(forced_table(psfDiffFlux=[-1500.0, None, 1.0]), table)
    pa.csv.write_csv(VISITS, visits)
    rows = rows_of(FORCED, visits, table)
    assert rows.object_id.tolist()[:2] == [str(BIG)] * 2
    np.testing.assert_allclose(rows.flux, [-1.5, np.nan, 0.001], rtol=1e-15)
    assert rows.row.tolist() == [2, 3, 4]
    table.write_text(table.read_text().replace("2025110300244", "tonight"))
    message = refusal(FORCED, table, visits)
    assert message.startswith(f"{table}: ")
    assert "tonight" in message


def test_ids_of_other_types(tmp_path):
    time = {"expMidptMJD": [61000.0, 61001.0]}
    texts = forced_table(2, diaObjectId=["0012", "12 "], **time)
    assert rows_of(FORCED, write(tmp_path / "t.parquet", texts)).object_id.tolist() == ["0012", "12"]
    small = forced_table(2, diaObjectId=[12.0, None], **time)
    rows = rows_of(FORCED, write(tmp_path / "s.parquet", small))
    assert rows.object_id.tolist() == ["12", ""]
    assert rows.reasons() == {"no object id": 1}
    path = write(tmp_path / "l.parquet", forced_table(2, diaObjectId=[12.0, float(BIG)], **time))
    assert refusal(FORCED, path).startswith(f"{path}: row 2: diaObjectId is 1.7")
    unsigned = forced_table(2, diaObjectId=pa.array([2**64 - 1, 5], pa.uint64()), **time)
    assert rows_of(FORCED, write(tmp_path / "u.parquet", unsigned)).object_id[0] == str(2**64 - 1)
    coded = forced_table(2, diaObjectId=pa.array(["a", "b"]).dictionary_encode(), **time)
    assert rows_of(FORCED, write(tmp_path / "d.parquet", coded)).object_id.tolist() == ["a", "b"]


def test_a_column_of_another_type_or_name(tmp_path):
    time = {"expMidptMJD": [61000.0, 61001.0]}
    texts = write(tmp_path / "a.parquet", forced_table(2, psfDiffFluxErr=["120", "wide"], **time))
    assert refusal(FORCED, texts) == f"{texts}: row 2: psfDiffFluxErr is 'wide'; allowed: a number or nothing"
    missing = write(tmp_path / "b.parquet", forced_table(2, **time).drop_columns("band"))
    assert refusal(FORCED, missing).startswith(f"{missing}: row 1: no field band; found: ")


def test_an_all_null_column_is_no_value(tmp_path):
    path = write(tmp_path / "a.parquet", forced_table(2, psfDiffFlux=pa.nulls(2), expMidptMJD=[61000.0, 61001.0]))
    assert np.isnan(rows_of(FORCED, path).flux).all()


def test_text_that_is_no_utf8(tmp_path):
    wrong = pa.array([b"caf\xe9", b"b"]).view(pa.string())
    path = write(tmp_path / "a.parquet", forced_table(2, diaObjectId=wrong, expMidptMJD=[61000.0, 61001.0]))
    assert refusal(FORCED, path).startswith(f"{path}: row 1: damaged or cut off (ArrowInvalid: ")


def test_pieces_are_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr("tde.sources.parsing.table_pieces.NESTED_ROWS", 2)
    path = write(tmp_path / "a.parquet", pa.concat_tables([listed()] * 5))
    batches = list(FINK.read([path]))
    assert [len(batch.mjd) for batch in batches] == [3] * 5
    assert batches[-1].row[-1] == 10


# --- real files --------------------------------------------------------------------------------------------------


def test_real_lists_of_fink():
    path = sample("fink_parquet/agn_example.parquet")
    rows = rows_of(FINK, path)
    assert rows.kinds() == {"detection": 68}
    assert rows.bands() == {"ztf:g": 35, "ztf:r": 33}
    assert set(rows.objects) == set(rows.object_id) == {"ZTF19aapwyda", "ZTF19aanojfm"}
    assert np.isnan(rows.flux).sum() == 45
    its = pq.read_table(path).to_pylist()[0]
    expected = [np.nan if mag is None else 10 ** ((23.9 - mag) / 2.5) for mag in its["cmagpsf"]]
    mine = rows.object_id == "ZTF19aapwyda"
    np.testing.assert_allclose(rows.flux[mine], expected, rtol=1e-12)
    np.testing.assert_array_equal(rows.mjd[mine], np.array(its["cjd"]) - 2400000.5)


def test_real_nested_alerts_of_fink():
    path = sample("fink_parquet/elasticc_sample_seed0.parquet")
    rows = rows_of(FINK, path)
    assert rows.kinds() == {"detection": 1925, "forced": 4468}
    assert rows.bands() == {
        "lsst:r": 1531,
        "lsst:i": 1496,
        "lsst:z": 1248,
        "lsst:y": 1148,
        "lsst:g": 637,
        "lsst:u": 333,
    }
    assert len(rows.objects) == len(set(rows.object_id)) == 89
    alert = next(row for row in pq.read_table(path).to_pylist() if row["diaObject"]["diaObjectId"] == 11901802)
    listed_rows = [alert["diaSource"], *alert["prvDiaSources"], *alert["prvDiaForcedSources"]]
    mine = rows.object_id == "11901802"
    np.testing.assert_allclose(rows.flux[mine], [row["psFlux"] * 10**-1.44 for row in listed_rows], rtol=1e-12)
    np.testing.assert_allclose(rows.flux_err[mine], [row["psFluxErr"] * 10**-1.44 for row in listed_rows], rtol=1e-12)


def test_real_nested_catalogues_hold_no_differences():
    for name in ("nested", "vsx-x-ztfdr22_lc-m31"):
        path = sample(f"nested_parquet/{name}.parquet")
        assert NESTED.recognises(Head(path))
        assert str(path) in refusal(NESTED, path)


def test_a_real_list_of_names_is_no_light_curve():
    assert not any(each.recognises(Head(sample("tns_bts/tns_raw.parquet"))) for each in ALL)
