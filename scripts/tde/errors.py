"""Errors that the user can put right."""

from __future__ import annotations


class InputError(ValueError):
    """Something in the user's files or settings is wrong.

    The message is all the user sees: it names the file, the line or object or key,
    what was found and what is allowed. Anything else that goes wrong is a defect
    of the workflow and keeps its traceback.
    """
