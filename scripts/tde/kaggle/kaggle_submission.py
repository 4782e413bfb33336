"""Submit to Kaggle with the official client and the user's own token."""

from __future__ import annotations

import csv
import shutil
import subprocess
from pathlib import Path

from tde.errors import InputError
from tde.kaggle.kaggle_files import COMPETITION, has_token

CLIENT = "kaggle"


def check_form(submission: Path | str, sample: Path | str) -> int:
    """Check that a submission has the form of the sample, and return the number of objects called TDE.

    Raises
    ------
    InputError
        For another header, other objects or another order, or a prediction that is not 0 or 1.
    """
    with Path(submission).open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    with Path(sample).open(encoding="utf-8-sig", newline="") as file:
        wanted = list(csv.reader(file))
    if not rows or rows[0] != wanted[0]:
        raise InputError(f"{submission}: header is {rows[0] if rows else ''}; allowed: {wanted[0]}")
    if len(rows) != len(wanted):
        raise InputError(f"{submission}: {len(rows) - 1} objects; allowed: the {len(wanted) - 1} of {sample}")
    for line, (row, expected) in enumerate(zip(rows[1:], wanted[1:], strict=True), start=2):
        if len(row) != 2 or row[0] != expected[0]:
            raise InputError(f"{submission}: line {line}: object {row[:1]}; allowed: {expected[0]!r}, as in {sample}")
        if row[1] not in ("0", "1"):
            raise InputError(f"{submission}: line {line}: prediction is {row[1]!r}; allowed: 0 or 1")
    return sum(row[1] == "1" for row in rows[1:])


def command(submission: Path | str, message: str) -> list[str]:
    """The client's command that sends a file."""
    return [CLIENT, "competitions", "submit", "-c", COMPETITION, "-f", str(submission), "-m", message]


def submit(submission: Path | str, message: str) -> str:
    """Send a submission and return what the client says.

    Raises
    ------
    InputError
        If there is no client or token, or the client fails; its message is passed on.
    """
    if shutil.which(CLIENT) is None:
        raise InputError(f"the client {CLIENT!r} is not on PATH; it is part of the workflow's environment: .venv/bin")
    if not has_token():
        raise InputError(
            "no Kaggle token was found; create one in your Kaggle settings, under API, and put it into the environment"
            " variable KAGGLE_API_TOKEN or the file ~/.kaggle/access_token"
        )
    run = subprocess.run(command(submission, message), capture_output=True, text=True, check=False)
    words = (run.stdout + run.stderr).strip()
    if run.returncode:
        raise InputError(f"Kaggle's client could not submit {submission}; it says:\n{words}")
    return words
