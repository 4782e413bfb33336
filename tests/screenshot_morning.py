"""Take the picture of a morning page: python tests/screenshot_morning.py morning.html docs/morning.png."""

import sys

from browser import Browser

WIDTH, HEIGHT = 1280, 900


def main(page: str, picture: str) -> None:
    """What one sees first."""
    with Browser(WIDTH, HEIGHT) as browser:
        browser.resize(WIDTH, HEIGHT)
        browser.open(page)
        browser.screenshot(picture)
        problems = browser.errors()
        if problems:
            raise SystemExit("\n".join(problems))


if __name__ == "__main__":
    main(*sys.argv[1:])
