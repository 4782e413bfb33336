"""Write what there is to say about config.yaml: document_config.py configuration.md config.schema.json."""

import json
import sys
from pathlib import Path

from tde.workflow.configuration.json_schema import json_schema
from tde.workflow.configuration.key_page import key_page
from tde.workflow.configuration.whole import Configuration


def main(*, page: str, schema: str) -> None:
    Path(page).write_text(key_page(), encoding="utf-8")
    Path(schema).write_text(json.dumps(json_schema(Configuration), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(page=sys.argv[1], schema=sys.argv[2])
