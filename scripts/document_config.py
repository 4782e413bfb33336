"""Bring the README's table of keys up to date: document_config.py README.md config.schema.yaml."""

import sys
from pathlib import Path

import yaml

from tde.workflow.configuration_table import replace_table


def main(readme: str, schema: str) -> None:
    path = Path(readme)
    text = replace_table(path.read_text(encoding="utf-8"), yaml.safe_load(Path(schema).read_text(encoding="utf-8")))
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
