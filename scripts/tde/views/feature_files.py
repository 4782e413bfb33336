"""Features of many light curves, left in their files until a matrix of some of them is wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tde.tables import read_parquet


@dataclass(frozen=True)
class FeatureFiles:
    """Tables of features, whose rows follow one another from file to file.

    Attributes
    ----------
    files : dict
        Parquet files of each family.
    """

    files: Mapping[str, Sequence[str]]

    def schemas(self) -> dict[str, pa.Schema]:
        """What the tables of each family hold."""
        return {family: pq.read_schema(paths[0]) for family, paths in self.files.items()}

    def beginning(self) -> FeatureFiles:
        """Those of the first file of each family."""
        return FeatureFiles({family: paths[:1] for family, paths in self.files.items()})

    def matrix(self, names: Sequence[str], n: int, out: np.ndarray | None = None) -> np.ndarray:
        """Columns ``family.column``, shape (n, len(names)).

        Parameters
        ----------
        names : sequence of str
        n : int
            Rows of all files together.
        out : ndarray, shape (n, len(names)), optional
            Where they are written; a new array otherwise.
        """
        X = np.empty((n, len(names))) if out is None else out
        for family, paths in self.files.items():
            places = {name.partition(".")[2]: j for j, name in enumerate(names) if name.partition(".")[0] == family}
            first = 0
            for path in paths if places else []:
                table = read_parquet(path, list(places))
                for column, j in places.items():
                    X[first : first + len(table), j] = table[column].to_numpy()
                first += len(table)
        return X
