"""What reading the light curves takes from the table of objects: another label alone is no reason to read again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tde.collection.object_labels import Labels
from tde.errors import InputError
from tde.sources.object_table import read_object_table
from tde.workflow.configuration.collection_settings import Collection
from tde.workflow.configuration.problems import read_block


def listing_digest(block: Mapping[str, Any], name: str) -> str:
    """Checksum of names, redshifts, E(B-V), positions, and of which objects have a label, but not of the labels.

    Parameters
    ----------
    block : mapping
        The collection's block of config.yaml.
    name : str
        Its key under ``datasets``.

    Returns
    -------
    str
        Empty if there is no table; the complaint if it cannot be read, which the job that reads it will make.
    """
    collection = read_block(Collection, block, f"datasets.{name}")
    if not collection.objects:
        return ""
    try:
        labels = Labels(collection, name)
        columns = collection.as_predict().object_columns
        objects = read_object_table(Path(collection.objects).expanduser(), columns, assumed_ebv=0.0)
        labelled = [labels.spec_type(name) is not None for name in objects.object_id]
    except InputError as error:
        return str(error)
    told = list(zip(objects.object_id, labelled, objects.known, strict=True))
    return hashlib.sha256(repr(told).encode()).hexdigest()
