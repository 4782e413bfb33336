"""config.yaml as it is shipped, changed in one place, and what is said of it."""

from copy import deepcopy
from pathlib import Path

import pytest
import yaml

from tde.errors import InputError
from tde.workflow.configuration.check import checked

ROOT = Path(__file__).resolve().parent.parent
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))


def changed(path, value, config=CONFIG):
    config = deepcopy(config)
    *parents, last = path.split(".")
    node = config
    for key in parents:
        node = node.setdefault(key, {})
    node[last] = value
    return config


def complaints(config):
    with pytest.raises(InputError) as error:
        checked(config)
    return str(error.value).splitlines()
