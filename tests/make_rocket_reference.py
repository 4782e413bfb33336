"""Write tests/data/minirocket_aeon.npz: what another library's MiniRocket makes of some series.

Run once, in an environment of its own, because that library pins older versions of numba and NumPy::

    python3 -m venv somewhere && somewhere/bin/pip install aeon==1.6.0
    somewhere/bin/python tests/make_rocket_reference.py
"""

from pathlib import Path

import numpy as np
from aeon.transformations.collection.convolution_based import MiniRocket


def main() -> None:
    """Transform random walks of one band and of four."""
    rng = np.random.default_rng(1)
    content = {}
    for name, n_bands in (("one", 1), ("four", 4)):
        series = rng.normal(size=(12, n_bands, 100)).cumsum(axis=2).astype(np.float32)
        transformer = MiniRocket(n_kernels=840, random_state=0)
        values = np.asarray(transformer.fit_transform(series), dtype=np.float32)
        content[f"{name}_series"], content[f"{name}_values"] = series, values
        for k, part in enumerate(transformer.parameters):
            content[f"{name}_parameter_{k}"] = np.asarray(part)
    folder = Path(__file__).parent / "data"
    folder.mkdir(exist_ok=True)
    np.savez_compressed(folder / "minirocket_aeon.npz", **content)


if __name__ == "__main__":
    main()
