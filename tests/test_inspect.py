"""The target inspect: a table, a picture and counts, on the screen and in files."""

import csv
import json

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from workspace import ROOT

import inspect_lightcurves
from tde.sources.inspection import OBJECT_COLUMNS

EXAMPLES = ROOT / "docs/parts/examples"


@pytest.fixture
def inspect(tmp_path, capfd):
    """Inspect some files; gives what was printed, and the folder of results."""

    def act(*files, **block):
        out = tmp_path / "inspect"
        out.mkdir(exist_ok=True)
        inspect_lightcurves.main(
            lightcurves=[str(file) for file in files],
            objects=[],
            block={"lightcurves": [str(file) for file in files], **block},
            summary=str(out / "summary.md"),
            table=str(out / "objects.csv"),
            report=str(out / "reading.json"),
            picture=str(out / "light_curves.png"),
        )
        return (out / "summary.md").read_text(), out

    return act


def test_what_is_in_a_file_is_said_and_drawn(inspect):
    text, out = inspect(EXAMPLES / "detections.csv", EXAMPLES / "non_detections.csv")
    assert "| alerce_csv | 2     |" in text
    assert "1 objects; 28 rows read, 28 used" in text
    assert "MJD 59000" in text
    rows = list(csv.DictReader((out / "objects.csv").open()))
    assert list(rows[0]) == list(OBJECT_COLUMNS)
    assert (rows[0]["object_id"], rows[0]["points"]) == ("ZTF20example", "28")
    assert "upper_limits" in rows[0]["flags"]
    report = json.loads((out / "reading.json").read_text())
    assert report["rows by band"] == {"ztf:g": 14, "ztf:r": 14}
    picture = np.asarray(Image.open(out / "light_curves.png").convert("RGB"))
    colours = {tuple(colour) for colour in picture.reshape(-1, 3)}
    assert {(0, 128, 96), (209, 73, 91)} <= colours  # g and r are drawn


def test_objects_without_observations_and_odd_names_are_shown(inspect, tmp_path):
    frame = pd.DataFrame({"object_id": ["$x|^2$"] * 3, "mjd": [60000.0, 60001.0, 60002.0], "band": ["g", "r", "q"]})
    frame.assign(flux=[5.0, 6.0, 7.0], flux_err=0.5).to_csv(tmp_path / "new.csv", index=False)
    text, _ = inspect(tmp_path / "new.csv")
    assert "left out: band q" in text
    assert "$x\\|^2$" in text
    frame.assign(flux=np.nan, flux_err=0.5).to_csv(tmp_path / "new.csv", index=False)
    text, out = inspect(tmp_path / "new.csv")
    assert "no_observations" in text
    assert (out / "light_curves.png").stat().st_size > 0
