"""A simulated data set in files, made once for each test file that uses it."""

import pandas as pd
import pytest

from tde.photometry import BANDS, dereddening_factor
from tde.simulation.data_set import redraw, simulate

N_OBJECTS, N_SPLITS, SEED = 1200, 4, 7


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    path = tmp_path_factory.mktemp("simulated")
    simulate(path, N_OBJECTS, N_SPLITS, SEED)
    return path


@pytest.fixture(scope="module")
def truth(directory):
    return pd.read_csv(directory / "truth.csv")


@pytest.fixture(scope="module")
def observed(directory, truth):
    """All observations as the files hold them, with the truth of their objects and de-reddened fluxes."""
    paths = sorted(directory.glob("split_*/*_full_lightcurves.csv"))
    rows = pd.concat([pd.read_csv(path) for path in paths], ignore_index=True)
    rows.columns = ["object_id", "mjd", "flux", "flux_err", "band"]
    rows["band"] = rows["band"].map(BANDS.index)
    rows = rows.merge(truth, on="object_id", validate="many_to_one")
    rows["phase"] = (rows["mjd"] - rows["peak_mjd"]) / (1.0 + rows["z_true"])
    factor = dereddening_factor(rows["band"].to_numpy(), rows["ebv"].to_numpy())
    return rows.assign(intrinsic=rows["flux"] * factor, intrinsic_err=rows["flux_err"] * factor)


@pytest.fixture(scope="module")
def drawn(truth):
    """Every fourth object, made again from the truth table."""
    return list(redraw(truth.iloc[::4].to_dict("records"), SEED, N_OBJECTS))
