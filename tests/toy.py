"""A small training set with known structure, for the tests of evaluation and models."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

NOTHING_LEARNT = {"random": {}, "parent": {}}
"""No family that is fitted inside the folds."""

SPEC_TYPES = ("AGN", "SN Ia", "SN II", "SLSN-I", "TDE")


def toy_features(n=300, seed=0, separation=3.0, children=3):
    """Features, class codes and parents: classes are shifted along their own axis, some values are NaN."""
    rng = np.random.default_rng(seed)
    codes = np.repeat(rng.choice(5, n // children, p=[0.4, 0.25, 0.15, 0.05, 0.15]), children)
    X = rng.normal(size=(len(codes), 8))
    X[np.arange(len(codes)), codes] += separation
    X[rng.random(X.shape) < 0.05] = np.nan
    return X, codes, np.arange(len(codes)) // children


def write_toy_set(folder, n=300, n_test=60, seed=0):
    """A training table and two feature families of a training and a test set."""
    X, codes, parents = toy_features(n, seed)
    ids = np.array([f"train_{i:04d}" for i in range(len(X))])
    X_test, codes_test, _ = toy_features(n_test, seed + 1)
    test_ids = np.array([f"test_{i:04d}" for i in range(len(X_test))])
    folder.mkdir(parents=True, exist_ok=True)
    spec_types = [SPEC_TYPES[c] for c in codes]
    training = {"object_id": ids, "spec_type": spec_types, "parent": parents}
    pq.write_table(pa.table(training), folder / "training.parquet")
    for name, rows, names in (("train", X, ids), ("test", X_test, test_ids)):
        for family, columns in (("first", slice(0, 4)), ("second", slice(4, 8))):
            table = {"object_id": names, **{f"x{j}": column for j, column in enumerate(rows[:, columns].T)}}
            pq.write_table(pa.table(table), folder / f"{family}_{name}.parquet")
    (folder / "sample_submission.csv").write_text(
        "object_id,prediction\n" + "".join(f"{name},0\n" for name in test_ids[::-1])
    )
    return ids, codes, parents, test_ids, codes_test
