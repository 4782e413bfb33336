"""Alert packets with the fields of the surveys' schemas, for the tests of readers."""

import fastavro

SCHEMA_NAME = "lsst.v10_0.alert"

BIG = 170028485706776685
"""An id that float64 cannot hold."""


def nullable(kind):
    return ["null", kind]


def record(name, fields):
    return {"type": "record", "name": name, "fields": [{"name": key, "type": kind} for key, kind in fields.items()]}


def rubin_schema(name=SCHEMA_NAME, flux="psfFlux", id_type="long"):
    space = name.rpartition(".")[0]
    common = {
        "diaObjectId": nullable(id_type), "visit": "long", "midpointMjdTai": "double", flux: nullable("float"),
        "psfFluxErr": nullable("float"), "band": nullable("string"), "scienceFlux": nullable("float"),
        "timeWithdrawnMjdTai": nullable("double"),
    }  # fmt: skip
    source = record(f"{space}.diaSource", {
        "diaSourceId": "long", **common, "isNegative": nullable("boolean"), "psfFlux_flag": nullable("boolean"),
        "pixelFlags_bad": nullable("boolean"),
    })  # fmt: skip
    forced = record(f"{space}.diaForcedSource", {"diaForcedSourceId": "long", **common})
    its = record(f"{space}.diaObject", {"diaObjectId": id_type, "ra": "double", "dec": "double"})
    return record(name, {
        "diaSourceId": "long", "diaSource": source,
        "prvDiaSources": nullable({"type": "array", "items": f"{space}.diaSource"}),
        "prvDiaForcedSources": nullable({"type": "array", "items": forced}), "diaObject": nullable(its),
        "cutoutDifference": nullable("bytes"),
    })  # fmt: skip


def rubin_source(k, object_id=BIG, flux=-1500.0, flux_err=120.0, band="r", **others):
    return {
        "diaSourceId": k, "diaForcedSourceId": k, "diaObjectId": object_id, "visit": 2025 + k,
        "midpointMjdTai": 61000.0 + k, "psfFlux": flux, "psfFluxErr": flux_err, "band": band, "scienceFlux": 9e5,
        "timeWithdrawnMjdTai": None, "isNegative": False, "psfFlux_flag": False, "pixelFlags_bad": None, **others,
    }  # fmt: skip


def rubin_alert_of(object_id, first=0, **others):
    return {
        "diaSourceId": first,
        "diaSource": rubin_source(first, object_id),
        "prvDiaSources": [rubin_source(first + 1, object_id, flux=2500.5, band="g")],
        "prvDiaForcedSources": [rubin_source(first + 2, object_id, flux=75.25, band="y")],
        "diaObject": {"diaObjectId": object_id, "ra": 10.5, "dec": -30.25} if object_id else None,
        "cutoutDifference": b"image",
        **others,
    }


def write_avro(path, schema, records, codec="deflate", **options):
    with path.open("wb") as file:
        fastavro.writer(file, fastavro.parse_schema(schema), records, codec=codec, **options)
    return path


def elasticc_schema(name="elasticc.v0_9.alert", host="hostgal_zphot"):
    common = {"ccdVisitId": "long", "midPointTai": "double", "filterName": "string"}
    flux = {"psFlux": "float", "psFluxErr": "float"}
    space = name.rpartition(".")[0]
    source = record(f"{space}.diaSource", {"diaSourceId": "long", "diaObjectId": "long", **common, **flux})
    forced = record(f"{space}.diaForcedSource", {"diaForcedSourceId": "long", "diaObjectId": "long", **common, **flux})
    limits = record(f"{space}.diaNondetectionLimit", {**common, "diaNoise": "float"})
    its = record(f"{space}.diaObject", {
        "diaObjectId": "long", "ra": "double", "decl": "double", "mwebv": "float", "z_final": "float",
        "hostgal_zspec": "float", "hostgal_zspec_err": "float", host: "float", f"{host}_err": "float",
    })  # fmt: skip
    return record(name, {
        "alertId": "long", "diaSource": source, "diaObject": its,
        "prvDiaSources": nullable({"type": "array", "items": f"{space}.diaSource"}),
        "prvDiaForcedSources": nullable({"type": "array", "items": forced}),
        "prvDiaNondetectionLimits": nullable({"type": "array", "items": limits}),
    })  # fmt: skip


def elasticc_source(k, flux, band="Y"):
    return {
        "diaSourceId": k, "diaForcedSourceId": k, "diaObjectId": 91, "ccdVisitId": k, "midPointTai": 60000.0 + k,
        "filterName": band, "psFlux": flux, "psFluxErr": 4.0, "diaNoise": 2.0,
    }  # fmt: skip


def elasticc_record(zspec=-9.0):
    return {
        "alertId": 1,
        "diaSource": elasticc_source(0, 100.0),
        "prvDiaSources": [elasticc_source(1, 50.0, "u")],
        "prvDiaForcedSources": [elasticc_source(2, -25.0, "g")],
        "prvDiaNondetectionLimits": [elasticc_source(3, 0.0, "i")],
        "diaObject": {
            "diaObjectId": 91, "ra": 1.0, "decl": 2.0, "mwebv": 0.25, "z_final": 0.7, "hostgal_zspec": zspec,
            "hostgal_zspec_err": -9.0, "hostgal_zphot": 0.5, "hostgal_zphot_err": 0.125,
        },
    }  # fmt: skip


def ztf_schema(mag="magpsf"):
    row = {
        "jd": "double", "fid": "int", "candid": nullable("long"), "isdiffpos": nullable("string"),
        mag: nullable("float"), "sigmapsf": nullable("float"), "diffmaglim": nullable("float"),
        "rb": nullable("float"), "ra": nullable("double"), "dec": nullable("double"),
    }  # fmt: skip
    forced = {
        "jd": "double", "fid": "int", "field": "int", "rcid": "int", "magzpsci": nullable("float"),
        "forcediffimflux": nullable("float"), "forcediffimfluxunc": nullable("float"),
        "procstatus": nullable("string"), "diffmaglim": nullable("float"),
    }  # fmt: skip
    return record("ztf.alert", {
        "objectId": "string", "candid": "long", "candidate": record("ztf.candidate", row),
        "prv_candidates": nullable({"type": "array", "items": record("ztf.prv_candidate", row)}),
        "fp_hists": nullable({"type": "array", "items": record("ztf.fp_hist", forced)}),
    })  # fmt: skip


def ztf_row(k, mag=19.0, sign="t", fid=1, error=0.1, limit=20.5):
    return {
        "jd": 2460000.5 + k, "fid": fid, "candid": k, "isdiffpos": sign, "magpsf": mag, "sigmapsf": error,
        "diffmaglim": limit, "rb": 0.1, "ra": 150.0, "dec": 2.5,
    }  # fmt: skip


def forced_row(k, flux, status="0", zero_point=26.0):
    return {
        "jd": 2460000.5 + k, "fid": 2, "field": 500, "rcid": 12, "magzpsci": zero_point, "forcediffimflux": flux,
        "forcediffimfluxunc": 8.0, "procstatus": status, "diffmaglim": 20.0,
    }  # fmt: skip


def ztf_record(name="ZTF20abcdefg", previous=(), forced=None):
    return {
        "objectId": name,
        "candid": 1,
        "candidate": ztf_row(0),
        "prv_candidates": list(previous),
        "fp_hists": forced,
    }
