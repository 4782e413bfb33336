"""Redshifts of hosts from a catalogue by position: which galaxy counts, what is given, what is refused."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from alert_files import BIG, rubin_alert_of, rubin_schema, write_avro

from tde.errors import InputError
from tde.sources.host_catalogue import hosts_at
from tde.workflow.configuration.reading_settings import Catalogue

ARCSEC = 1 / 3600
RA, DEC = 10.5, -30.25
"""Where the made-up Rubin object is."""


def galaxies(path, **columns):
    """A catalogue: one galaxy without a redshift 0.3 arcsec away, others 1 and 1.5 arcsec away, one far off."""
    table = {
        "ra": [RA, RA, RA, RA + 1], "dec": [DEC + step * ARCSEC for step in (0.3, -1.0, 1.5, 0.0)],
        "z": [-999.0, 0.25, 0.5, 0.75], "z_err": [0.1, 0.0625, 0.125, -1.0], **columns,
    }  # fmt: skip
    if path.suffix == ".parquet":
        pq.write_table(pa.table(table), path)
    else:
        pd.DataFrame(table).to_csv(path, index=False)
    return {"file": str(path), "z_err": "z_err"}


@pytest.mark.parametrize("name", ["g.csv", "g.parquet"])
def test_the_nearest_galaxy_with_a_redshift_counts(tmp_path, name):
    found = hosts_at(np.array([RA, RA + 1, RA + 2]), np.full(3, DEC), Catalogue(**galaxies(tmp_path / name)))
    np.testing.assert_array_equal(found.z, [0.25, 0.75, np.nan])
    np.testing.assert_array_equal(found.z_err, [0.0625, np.nan, np.nan])
    np.testing.assert_allclose(found.arcsec, [1.0, 0.0, np.nan], atol=1e-6)


def test_distances_are_on_the_sky(tmp_path):
    """Near the pole, and across 0 h: a second of arc in right ascension shrinks with the cosine of the declination."""
    block = galaxies(tmp_path / "g.csv", ra=[359.9999, 0, 0, 0], dec=[60.0, 0, 0, 0], z=[0.1] * 4)
    near = hosts_at(np.array([0.0001]), np.array([60.0]), Catalogue(**block))
    np.testing.assert_allclose(near.arcsec, 0.36, rtol=1e-3)
    assert np.isnan(hosts_at(np.array([0.0001]), np.array([60.0]), Catalogue(**block, radius=0.3)).z[0])


def test_objects_without_a_redshift_get_it_and_others_keep_theirs(tmp_path, road):
    alerts = write_avro(tmp_path / "a.avro", rubin_schema(), [rubin_alert_of(BIG), rubin_alert_of(BIG + 1, 3)])
    objects = tmp_path / "objects.csv"
    objects.write_text(f"object_id,z\n{BIG + 1},0.125\n{BIG},\n")
    block = {"catalogue": galaxies(tmp_path / "g.csv"), "object_columns": {"ebv": ""}}
    curves = road(alerts, objects, **block)
    assert "z_from_catalogue" in curves[str(BIG)].flags
    assert "z_from_catalogue" not in curves[str(BIG + 1)].flags
    told = {row["object_id"]: (row["z"], row["host_arcsec"]) for row in road.objects.to_pylist()}
    assert [told[str(BIG + k)][0] for k in (0, 1)] == [0.25, 0.125]
    np.testing.assert_allclose([each[1] for each in told.values()], 1.0, atol=1e-6)
    road(alerts, objects, object_columns={"ebv": ""})
    assert "host_arcsec" not in road.objects.column_names


@pytest.mark.parametrize(
    ("keys", "columns", "words"),
    [
        ({"z": "photoz"}, {}, r"missing column.*photoz.*name the columns in predict\.catalogue"),
        ({}, {"dec": [91.5] * 4}, r"line 2: dec is 91\.5; allowed: degrees from -90 to 90"),
        ({"file": "none.csv"}, {}, r"predict\.catalogue\.file: got 'none\.csv'; allowed"),
    ],
)
def test_mistakes(tmp_path, keys, columns, words):
    with pytest.raises(InputError, match=words):
        hosts_at(np.array([RA]), np.array([DEC]), Catalogue(**galaxies(tmp_path / "g.csv", **columns) | keys))
