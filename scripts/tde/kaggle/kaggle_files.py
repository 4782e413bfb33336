"""Fetch the MALLORN files with the official Kaggle client and the user's own token."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from tde.errors import InputError

COMPETITION = "mallorn-astronomical-classification-challenge"

HOW_TO = f"""The MALLORN files are not here and no Kaggle token was found. Do one of these:
  - if you have the files, name their directory: --config dataset=mallorn mallorn_dir=/path/to/mallorn
    (or set the environment variable MALLORN_DATA);
  - or let the workflow download them:
      1. log in to Kaggle and accept the rules of the competition {COMPETITION};
      2. in your Kaggle settings, under API, create a token;
      3. put it into the environment variable KAGGLE_API_TOKEN or the file ~/.kaggle/access_token
         (an older kaggle.json goes to ~/.kaggle/kaggle.json);
      4. run the same command again."""


def has_token() -> bool:
    """Whether there is a Kaggle token in one of the usual places."""
    pair = os.environ.get("KAGGLE_USERNAME") and os.environ.get("KAGGLE_KEY")
    return bool(os.environ.get("KAGGLE_API_TOKEN") or pair) or any(place.is_file() for place in _token_files())


def download(directory: Path) -> None:
    """Download and unpack the competition's files.

    Parameters
    ----------
    directory : path
        Where train_log.csv and the split folders are put.

    Raises
    ------
    InputError
        If there is no token, or the client fails; its message is passed on.
    """
    if not has_token():
        raise InputError(HOW_TO)
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=directory) as folder:
        # The client reads the token itself; it never passes through here.
        command = [sys.executable, "-m", "kaggle", "competitions", "download", "-c", COMPETITION, "-p", folder]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        archive = Path(folder) / f"{COMPETITION}.zip"
        if run.returncode or not archive.is_file():
            words = _without_token((run.stdout + run.stderr).strip())
            raise InputError(f"Kaggle's client could not download {COMPETITION}; it says:\n{words}")
        _unpack(archive, directory)


def _without_token(words: str) -> str:
    """What the client said, with the token masked in case it was printed."""
    secrets = [os.environ.get(name, "") for name in ("KAGGLE_API_TOKEN", "KAGGLE_KEY")]
    for place in _token_files():
        if place.is_file():
            text = place.read_text(encoding="utf-8", errors="replace")
            secrets += [text.strip(), *re.findall(r'"([^"]{8,})"', text)]  # JSON: keys are words of its own
    for secret in sorted(secrets, key=len, reverse=True):
        if secret:
            words = words.replace(secret, "***")
    return words


def _token_files() -> list[Path]:
    home = Path("~/.kaggle").expanduser()
    config = Path(os.environ.get("KAGGLE_CONFIG_DIR") or home)
    return [home / "access_token", home / "credentials.json", config / "kaggle.json"]


def _unpack(archive: Path, directory: Path) -> None:
    """Unpack the CSV files; names that point outside the directory are refused."""
    with zipfile.ZipFile(archive) as files:
        for name in files.namelist():
            target = (directory / name).resolve()
            if not target.is_relative_to(directory.resolve()):
                raise InputError(f"{archive.name}: the entry {name!r} points outside the download folder")
            if target.suffix == ".csv":
                files.extract(name, directory)
