"""Fixtures: the chosen objects, simulated and MALLORN's, with their tables."""

import os

import pytest
from threadpoolctl import threadpool_limits

from recomputed.feature_tables import FeatureTables
from recomputed.joint_process import curves_of
from recomputed.raw import read_chosen, with_gaps

SOURCES = ("simulated", "mallorn")


def _objects(source, tmp_path_factory):
    if source == "mallorn":
        if not os.environ.get("MALLORN_DATA"):
            pytest.skip("MALLORN_DATA is not set: the real files are not here")
        return with_gaps(read_chosen(os.environ["MALLORN_DATA"]))
    from tde.simulation.data_set import simulate

    directory = tmp_path_factory.mktemp("simulated")
    simulate(directory, 300, 1, 7)
    return with_gaps(read_chosen(directory))


@pytest.fixture(scope="module", params=SOURCES)
def tables(request, tmp_path_factory):
    """Feature tables of a dozen simulated objects, or of MALLORN's where they are here."""
    found = FeatureTables(_objects(request.param, tmp_path_factory))
    with threadpool_limits(1, user_api="blas"):  # matrices are small: more threads only wait for each other
        yield found


@pytest.fixture(scope="module")
def curves(tables):
    """Posterior curves of the objects' six bands."""
    return curves_of(tables)
