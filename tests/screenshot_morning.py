"""Take the picture of the last of morning pages: python tests/screenshot_morning.py morning.html ... picture.png."""

import sys

from browser import Browser

WIDTH, HEIGHT = 1280, 900


def main(pages: list[str], picture: str) -> None:
    """What one sees first."""
    with Browser(WIDTH, HEIGHT) as browser:
        browser.resize(WIDTH, HEIGHT)
        browser.open(max(pages))
        browser.screenshot(picture)
        problems = browser.errors()
        if problems:
            raise SystemExit("\n".join(problems))


if __name__ == "__main__":
    main(sys.argv[1:-1], sys.argv[-1])
