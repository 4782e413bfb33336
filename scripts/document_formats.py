"""Write the page of formats: document_formats.py formats.md folder-of-examples."""

import sys
from pathlib import Path

from tde.sources.format_page import format_page


def main(*, page: str, examples: str) -> None:
    Path(page).write_text(format_page(Path(examples)), encoding="utf-8")


if __name__ == "__main__":
    main(page=sys.argv[1], examples=sys.argv[2])
