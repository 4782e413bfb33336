"""Light curves in JSON: Lasair, AMPEL, ALeRCE, Fink, manyTDE and the open catalogues."""

import json

import numpy as np
import pytest
from source_batches import compressed_once_and_twice, fuzz, refusal, rows_of, sample, truncated

from tde.sources.head import Head
from tde.sources.readers import alerce_json, ampel_json, fink_api, lasair_json, manytde_json, open_catalogue

LASAIR, AMPEL, ALERCE = lasair_json.FORMAT, ampel_json.FORMAT, alerce_json.FORMAT
FINK, MANYTDE, OPEN = fink_api.FORMAT, manytde_json.FORMAT, open_catalogue.FORMAT
ALL = (LASAIR, AMPEL, ALERCE, FINK, MANYTDE, OPEN)

BIG = 313637921267122191


def candidate(k, mag=19.0, sign="t", fid=1, error=0.1, limit=20.5):
    return {
        "jd": 2460000.5 + k, "fid": fid, "magpsf": mag, "sigmapsf": error, "isdiffpos": sign, "diffmaglim": limit,
        "ra": 150.0, "dec": 2.5, "candid": 3367463101415010117 + k,
    }  # fmt: skip


def source(k, flux=-1500.0, band="r", old=False, **others):
    names = ("midPointTai", "psFlux", "psFluxErr", "filterName") if old else (
        "midpointMjdTai", "psfFlux", "psfFluxErr", "band"
    )  # fmt: skip
    return dict(zip(names, (61000.0 + k, flux, 120.0, band), strict=True)) | {"diaSourceId": k} | others


def lasair_document():
    return {
        "diaObject": {"diaObjectId": BIG, "ra": 9.0, "decl": -44.0},
        "diaSourcesList": [source(0), source(1, float("nan")), source(2, None), source(3, band=None)],
        "diaForcedSourcesList": [source(4, 75.25, "y")],
        "diaNondetectionLimitsList": [],
        "ebv": 0.0625,
    }


def ampel_light_curve():
    def point(content):
        inside = {"__jsonclass__": ["types.MappingProxyType", content]}
        return {"__jsonclass__": ["ampel.base.PlainPhotoPoint.PlainPhotoPoint"], "content": inside}

    points = [point(candidate(0)), point(candidate(1, sign="f", fid=2))]
    limits = [point({"jd": 2460002.5, "fid": 2, "diffmaglim": 20.5})]
    return {name: {"__jsonclass__": ["builtins.tuple", each]} for name, each in
            (("ppo_list", points), ("ulo_list", limits))}  # fmt: skip


DOCUMENTS = {
    "lasair_json": lasair_document(),
    "ampel_json": [
        {"objectId": "ZTF20abcdefg", "candidate": candidate(0), "prv_candidates": [candidate(1), candidate(2, None)]}
    ],
    "alerce_json": {
        "detections": [{"mjd": 60000.0, "fid": 1, "magpsf": 19.0, "sigmapsf": 0.1, "isdiffpos": -1, "oid": "ZTF1"}],
        "non_detections": [{"mjd": 60001.0, "fid": 2, "diffmaglim": 20.5}],
        "forced_photometry": [{"mjd": 60002.0, "fid": 3, "mag": 18.5, "e_mag": 0.1, "isdiffpos": 1}],
    },
    "fink_api": [
        {"i:objectId": "ZTF1", "i:jd": 2460000.5, "i:fid": 1, "i:magpsf": 19.0, "i:sigmapsf": 0.1,
         "i:isdiffpos": "t", "d:tag": "valid", "i:ra": 1.0, "i:dec": 2.0},
        {"i:objectId": "ZTF1", "i:jd": 2460001.5, "i:fid": 2, "i:diffmaglim": 20.5, "d:tag": "upperlim"},
        {"i:objectId": "ZTF1", "i:jd": 2460002.5, "i:fid": 2, "i:magpsf": 19.0, "i:sigmapsf": 0.1,
         "i:isdiffpos": "t", "d:tag": "badquality"},
    ],
    "manytde_json": {
        "name": "AT2020xyz", "z": 0.05, "ra": 1.0, "dec": 2.0, "extinction": {"e_bv": 0.125},
        "lightcurve": {
            "header": ["mjd", "filter", "flux_Jy", "e_flux_Jy"],
            "data": [[59000.0, "g.ztf", 1e-4, 1e-6], [59001.0, "UVW2.uvot", -2e-5, 1e-6], [59002.0, "W1.wise", 1.0, 1]],
        },
    },
    "open_catalogue": {
        "SN2020abc": {
            "name": "SN2020abc", "redshift": [{"value": "0.0625", "source": "1"}], "ebv": [{"value": "0.03"}],
            "claimedtype": [{"value": "TDE"}],
            "photometry": [
                {"time": "59000.5", "band": "g", "magnitude": "19.0", "e_magnitude": "0.1", "system": "AB"},
                {"time": "59001.5", "band": "r", "magnitude": "20.5", "upperlimit": True, "instrument": "ZTF-Cam"},
                {"time": "59002.5", "band": "B", "magnitude": "18.0", "e_magnitude": "0.1", "system": "Vega"},
                {"time": ["59003.25", "59003.75"], "band": "o", "magnitude": "18.5", "e_magnitude": "0.1",
                 "survey": "ATLAS"},
                {"time": "59004.5", "band": "r", "magnitude": "18.5", "e_magnitude": "0.1"},
                {"time": "59005.5", "band": "UVW2", "magnitude": "18.5", "e_magnitude": "0.1", "system": "AB",
                 "instrument": "UVOT", "telescope": "Swift"},
                {"time": "59006.5", "frequency": "15.7", "fluxdensity": "1.0"},
            ],
        }
    },
}  # fmt: skip

FAINT, BRIGHT = 10 ** (0.4 * (23.9 - 19.0)), 10 ** (0.4 * (23.9 - 18.5))
LIMIT = 10 ** (0.4 * (23.9 - 20.5)) / 5
RELATIVE = 0.1 * np.log(10) / 2.5


def write(path, document):
    path.write_text(json.dumps(document))
    return path


@pytest.fixture(params=ALL, ids=lambda each: each.key)
def written(request, tmp_path):
    return request.param, write(tmp_path / "object.json", DOCUMENTS[request.param.key])


def test_each_document_is_of_one_format(written):
    own, path = written
    assert [each.key for each in ALL if each.recognises(Head(path))] == [own.key]


def test_documents_cut_off_or_compressed(written):
    truncated(*written)
    compressed_once_and_twice(*written)


def test_damaged_documents(written):
    fuzz(*written)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"null", b"[1]", b"\xff\xfe{}", b'{"a": 1}', b"[" * 100_000])
def test_other_documents_are_no_light_curves(tmp_path, content):
    path = tmp_path / "other.json"
    path.write_bytes(content)
    for each in ALL:
        assert not each.recognises(Head(path))
        assert str(path) in refusal(each, path)


def test_lasair(tmp_path):
    rows = rows_of(LASAIR, write(tmp_path / "a.json", lasair_document()))
    assert set(rows.object_id) == {str(BIG)}
    np.testing.assert_allclose(rows.flux, [-1.5, np.nan, np.nan, -1.5, 0.07525], rtol=1e-15)
    np.testing.assert_allclose(rows.flux_err, 0.12, rtol=1e-15)
    assert rows.kind.tolist() == [0, 0, 0, 0, 1]
    assert rows.reasons() == {"no band": 1}
    assert rows.objects[str(BIG)]["ebv"] == 0.0625
    assert rows.objects[str(BIG)]["dec"] == -44.0


def test_lasairs_old_names_and_ids_as_numbers(tmp_path):
    document = {
        "diaObject": {"diaObjectId": BIG, "ra": 0.0, "decl": 0.0},
        "diaSourcesList": [source(0, old=True)],
        "diaForcedSourcesList": [source(1, -7.5, "y", old=True)],
    }
    rows = rows_of(LASAIR, write(tmp_path / "a.json", document))
    np.testing.assert_allclose(rows.flux, [-1.5, -0.0075], rtol=1e-15)
    assert rows.band.tolist() == ["lsst:r", "lsst:y"]
    assert rows.objects == {}
    document["diaObject"]["diaObjectId"] = float(BIG)
    message = refusal(LASAIR, write(tmp_path / "b.json", document))
    assert f"{tmp_path / 'b.json'}: record 1: diaObjectId is 3.13" in message
    assert "lost digits" in message


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"diaSourcesList": [source(0, "bright")]}, "psfFlux is 'bright'; allowed: a number or nothing"),
        ({"diaSourcesList": [source(0, True)]}, "psfFlux is True; allowed: a number or nothing"),
        ({"diaSourcesList": [source(0, [1.0])]}, "psfFlux is [1.0]; allowed: a number or nothing"),
        ({"diaSourcesList": [5]}, "diaSourcesList holds 5; allowed: rows with fields"),
        ({"diaSourcesList": {"a": 1}}, "diaSourcesList is {'a': 1}; allowed: a list of rows"),
        ({"diaSourcesList": [{"mjd": 1.0}], "diaForcedSourcesList": []}, "no field psfFlux or psFlux; found: 'mjd'"),
        ({"diaObject": 7}, "diaObject is 7; allowed: fields"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, change, expected):
    path = write(tmp_path / "a.json", lasair_document() | change)
    assert refusal(LASAIR, path) == f"{path}: record 1: {expected}"


def test_one_document_a_line(tmp_path):
    path = tmp_path / "a.jsonl"
    documents = [{"objectId": name, "candidates": [candidate(0)]} for name in ("ZTF1", "ZTF2")]
    path.write_text("\n".join(map(json.dumps, documents)))
    rows = rows_of(LASAIR, path)
    assert rows.object_id.tolist() == ["ZTF1", "ZTF2"]
    assert rows.row.tolist() == [1, 2]


def test_candidates_of_ztf(tmp_path):
    document = {"objectId": "ZTF1", "candidate": candidate(0, sign="f"), "prv_candidates": [candidate(1, None)]}
    rows = rows_of(LASAIR, write(tmp_path / "a.json", document))
    np.testing.assert_allclose(rows.flux, [-FAINT, 0.0], rtol=1e-14)
    np.testing.assert_allclose(rows.flux_err, [FAINT * RELATIVE, LIMIT], rtol=1e-14)
    assert rows.kinds() == {"detection": 1, "limit": 1}
    assert rows.mjd.tolist() == [60000.0, 60001.0]


def test_ampel(tmp_path):
    path = write(tmp_path / "lightcurve.ZTF18abmjvpb.json", ampel_light_curve())
    rows = rows_of(AMPEL, path)
    assert set(rows.object_id) == {"ZTF18abmjvpb"}
    np.testing.assert_allclose(rows.flux, [FAINT, -FAINT, 0.0], rtol=1e-14)
    np.testing.assert_allclose(rows.flux_err, [FAINT * RELATIVE] * 2 + [LIMIT], rtol=1e-14)
    assert rows.band.tolist() == ["ztf:g", "ztf:r", "ztf:r"]
    rows = rows_of(AMPEL, write(tmp_path / "alerts.json", DOCUMENTS["ampel_json"]))
    assert rows.kinds() == {"detection": 2, "limit": 1}


def test_alerce(tmp_path):
    rows = rows_of(ALERCE, write(tmp_path / "a.json", DOCUMENTS["alerce_json"]))
    assert set(rows.object_id) == {"ZTF1"}
    np.testing.assert_allclose(rows.flux, [-FAINT, 0.0, BRIGHT], rtol=1e-14)
    assert rows.kind.tolist() == [0, 2, 1]
    assert rows.band.tolist() == ["ztf:g", "ztf:r", "ztf:i"]
    assert rows.mjd.tolist() == [60000.0, 60001.0, 60002.0]


def test_fink(tmp_path):
    rows = rows_of(FINK, write(tmp_path / "a.json", DOCUMENTS["fink_api"]))
    np.testing.assert_allclose(rows.flux, [FAINT, 0.0, FAINT], rtol=1e-14)
    assert rows.kind.tolist() == [0, 2, 0]
    assert rows.reasons() == {"d:tag is badquality": 1}
    assert rows.objects["ZTF1"]["ra"] == 1.0
    lsst = [{f"r:{name}": value for name, value in (source(k) | {"diaObjectId": BIG}).items()} for k in range(2)]
    rows = rows_of(FINK, write(tmp_path / "b.json", lsst))
    assert set(rows.object_id) == {str(BIG)}
    np.testing.assert_allclose(rows.flux, -1.5, rtol=1e-15)
    assert rows.kinds() == {"detection": 2}
    forced = [row | {"r:diaForcedSourceId": 5} for row in lsst]
    assert rows_of(FINK, write(tmp_path / "c.json", forced)).kinds() == {"forced": 2}


def test_manytde(tmp_path):
    document = DOCUMENTS["manytde_json"]
    rows = rows_of(MANYTDE, write(tmp_path / "a.json", document))
    np.testing.assert_allclose(rows.flux, [100.0, -20.0, 1e6], rtol=1e-14)
    np.testing.assert_allclose(rows.flux_err, [1.0, 1.0, 1e6], rtol=1e-14)
    assert rows.band.tolist() == ["ztf:g", "uvot:uvw2", "wise:w1"]
    assert rows.kinds() == {"forced": 3}
    assert rows.objects == {
        "AT2020xyz": {"z": 0.05, "z_err": None, "ebv": 0.125, "ra": 1.0, "dec": 2.0, "label": "TDE"}
    }
    short = json.loads(json.dumps(document))
    short["lightcurve"]["data"][1] = [59001.0, "g.ztf"]
    path = write(tmp_path / "b.json", short)
    assert refusal(MANYTDE, path) == f"{path}: row 2: is [59001.0, 'g.ztf']; allowed: 4 cells, as in the header"


def test_open_catalogues(tmp_path):
    rows = rows_of(OPEN, write(tmp_path / "a.json", DOCUMENTS["open_catalogue"]))
    assert set(rows.object_id) == {"SN2020abc"}
    np.testing.assert_allclose(rows.flux[[0, 1, 3, 5]], [FAINT, 0.0, BRIGHT, BRIGHT], rtol=1e-14)
    np.testing.assert_allclose(rows.flux_err[[0, 1]], [FAINT * RELATIVE, LIMIT * 5 / 3], rtol=1e-14)
    assert rows.band[[0, 1, 3, 5]].tolist() == ["sdss:g", "ztf:r", "atlas:o", "uvot:uvw2"]
    assert rows.reasons() == {"magnitude system is not AB or not given": 3}
    assert rows.kind[:4].tolist() == [0, 2, 0, 0]
    assert rows.mjd[3] == 59003.5
    its = rows.objects["SN2020abc"]
    assert (its["z"], its["ebv"], its["label"]) == (0.0625, 0.03, "TDE")


# --- real files --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("each", "name", "object_id", "kinds", "bands"),
    [
        (LASAIR, "lasair_json/313637921267122191.json", "313637921267122191", {"detection": 8},
         {"lsst:i": 6, "lsst:g": 2}),
        (LASAIR, "lasair_json/1248930859944248426.json", "1248930859944248426", {"detection": 8, "forced": 3},
         {"lsst:i": 5, "lsst:r": 4, "lsst:y": 1, "lsst:z": 1}),
        (LASAIR, "lasair_json/1250030371572026200.json", "1250030371572026200", {"detection": 5, "forced": 4},
         {"lsst:r": 6, "lsst:y": 1, "lsst:z": 1, "lsst:g": 1}),
        (LASAIR, "lasair_json/1250953961339360185.json", "1250953961339360185", {"detection": 6, "forced": 7},
         {"lsst:r": 5, "lsst:i": 4, "lsst:z": 2, "lsst:y": 1, "lsst:g": 1}),
        (LASAIR, "lasair_json/1252765956501932725.json", "1252765956501932725", {"detection": 5, "forced": 4},
         {"lsst:i": 4, "lsst:r": 3, "lsst:y": 1, "lsst:u": 1}),
        (LASAIR, "lasair_json/SNIbc_312228.json", "12345678", {"detection": 57},
         {"lsst:r": 10, "lsst:g": 10, "lsst:i": 10, "lsst:z": 10, "lsst:y": 10, "lsst:u": 7}),
        (LASAIR, "lasair_json/cand_and_noncand.json", "ZTF17aacmaht", {"detection": 35, "limit": 19},
         {"ztf:g": 29, "ztf:r": 25}),
        (AMPEL, "ampel_json/lightcurve.ZTF18abmjvpb.json", "ZTF18abmjvpb", {"detection": 10, "limit": 1},
         {"ztf:r": 10, "ztf:g": 1}),
        (AMPEL, "ampel_json/ZTF20achpcvt.json", "ZTF20achpcvt", {"detection": 276, "limit": 91},
         {"ztf:r": 188, "ztf:g": 153, "ztf:i": 26}),
        (MANYTDE, "manytde_json/ASASSN-14ae.json", "ASASSN-14ae", {"forced": 194},
         {"uvot:uvm2": 35, "uvot:uvw1": 33, "uvot:uvw2": 31, "uvot:u": 27, "uvot:b": 26, "wise:w1": 21,
          "wise:w2": 21}),
        (MANYTDE, "manytde_json/AT2018zr.json", "AT2018zr", {"forced": 269},
         {"uvot:uvw2": 50, "uvot:u": 49, "uvot:uvw1": 48, "uvot:b": 48, "uvot:uvm2": 46, "ztf:r": 16, "ztf:g": 12}),
        (MANYTDE, "manytde_json/AT2018dyb.json", "AT2018dyb", {"forced": 329},
         {"uvot:uvw2": 71, "uvot:uvw1": 71, "uvot:uvm2": 70, "uvot:u": 68, "uvot:b": 49}),
        (MANYTDE, "manytde_json/AT2017eqx.json", "AT2017eqx", {"forced": 71},
         {"uvot:uvw2": 14, "uvot:uvw1": 14, "uvot:uvm2": 13, "uvot:u": 10, "sdss:g": 9, "sdss:r": 6, "uvot:b": 5}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_real_documents(each, name, object_id, kinds, bands):
    path = sample(name)
    rows = rows_of(each, path)
    assert [other.key for other in ALL if other.recognises(Head(path))] == [each.key]
    assert set(rows.object_id) == {object_id}
    assert rows.kinds() == kinds
    assert rows.bands() == bands
    assert rows.reasons() == {}
    assert np.isfinite(rows.flux).all()
    assert np.isfinite(rows.flux_err).all()


def test_a_real_lasair_object_by_hand():
    path = sample("lasair_json/1250953961339360185.json")
    document = json.loads(path.read_text())
    listed = [*document["diaSourcesList"], *document["diaForcedSourcesList"]]
    rows = rows_of(LASAIR, path)
    np.testing.assert_allclose(rows.flux, [row["psFlux"] / 1000 for row in listed], rtol=3e-16)
    np.testing.assert_allclose(rows.flux_err, [row["psFluxErr"] / 1000 for row in listed], rtol=3e-16)
    assert rows.mjd.tolist() == [row["midPointTai"] for row in listed]


@pytest.mark.parametrize(("each", "name"), [
    (LASAIR, "lasair_json/cand_and_noncand.json"), (AMPEL, "ampel_json/ZTF20achpcvt.json")
])  # fmt: skip
def test_real_candidates_by_hand(each, name):
    path = sample(name)
    document = json.loads(path.read_text())
    alert = document[0] if isinstance(document, list) else document
    expected = []
    for row in [alert["candidate"], *alert["prv_candidates"]]:
        if row.get("magpsf") is None:
            expected.append((0.0, 10 ** ((23.9 - row["diffmaglim"]) / 2.5) / 5))
        else:
            flux = 10 ** ((23.9 - row["magpsf"]) / 2.5)
            sign = {"t": 1, "1": 1, "f": -1, "0": -1}[row["isdiffpos"]]
            expected.append((sign * flux, flux * row["sigmapsf"] * np.log(10) / 2.5))
    rows = rows_of(each, path)
    np.testing.assert_allclose(rows.flux, [flux for flux, _ in expected], rtol=1e-12)
    np.testing.assert_allclose(rows.flux_err, [error for _, error in expected], rtol=1e-12)


def test_a_real_tde_by_hand():
    path = sample("manytde_json/AT2018zr.json")
    document = json.loads(path.read_text())
    rows = rows_of(MANYTDE, path)
    np.testing.assert_allclose(rows.flux, [row[2] * 1e6 for row in document["lightcurve"]["data"]], rtol=3e-16)
    np.testing.assert_allclose(rows.flux_err, [row[3] * 1e6 for row in document["lightcurve"]["data"]], rtol=3e-16)
    assert rows.objects["AT2018zr"]["z"] == 0.071
    assert rows.objects["AT2018zr"]["ebv"] == document["extinction"]["e_bv"]
