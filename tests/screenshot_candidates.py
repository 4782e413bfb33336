"""Take the pictures of the README: python tests/screenshot_candidates.py candidates.html docs."""

import sys
from pathlib import Path

from browser import Browser

SIZES = {"candidates_list": (1280, 820), "candidates_detail": (1280, 1500)}


def main(page: str, folder: str) -> None:
    """Take pictures of the list and of the third candidate."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    for name, (width, height) in SIZES.items():
        with Browser(width, height) as browser:
            browser.resize(width, height)
            browser.open(page)
            if name == "candidates_detail":
                browser.click("#candidates tbody tr:nth-child(3) td.p_TDE")
            browser.screenshot(Path(folder) / f"{name}.png")
            problems = browser.errors()
            if problems:
                raise SystemExit("\n".join(problems))


if __name__ == "__main__":
    main(*sys.argv[1:])
