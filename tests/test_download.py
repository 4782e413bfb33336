"""Kaggle's files: what to do without a token, and a token that never reaches a log."""

import zipfile

import pytest

from tde.errors import InputError
from tde.kaggle.kaggle_files import _unpack, download, has_token


@pytest.fixture
def home(tmp_path, monkeypatch):
    for name in ("KAGGLE_API_TOKEN", "KAGGLE_USERNAME", "KAGGLE_KEY", "KAGGLE_CONFIG_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def test_without_a_token_it_says_exactly_what_to_do(home):
    with pytest.raises(InputError, match="mallorn_dir=/path/to/mallorn") as error:
        download(home / "raw")
    assert "accept the rules" in str(error.value)
    assert "KAGGLE_API_TOKEN" in str(error.value)
    assert not (home / "raw").exists()


@pytest.mark.parametrize("place", [".kaggle/access_token", ".kaggle/kaggle.json", ".kaggle/credentials.json"])
def test_token_files_are_seen(home, place):
    assert not has_token()
    (home / ".kaggle").mkdir()
    (home / place).write_text("x")
    assert has_token()


def test_token_in_the_environment_is_seen(home, monkeypatch):
    monkeypatch.setenv("KAGGLE_USERNAME", "someone")
    assert not has_token()
    monkeypatch.setenv("KAGGLE_KEY", "x")
    assert has_token()


def test_a_failing_client_is_quoted_and_the_token_is_not(home, monkeypatch):
    """No network or a wrong token: the client's own words, never the token."""
    secret = "not-a-real-token-0123456789"
    monkeypatch.setenv("KAGGLE_API_TOKEN", secret)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")  # nothing listens there: no request leaves this machine
    with pytest.raises(InputError, match="could not download") as error:
        download(home / "raw")
    assert secret not in str(error.value)
    assert not list((home / "raw").iterdir())


def test_archives_cannot_write_outside_their_folder(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("train_log.csv", "object_id\n")
        archive.writestr("../evil.csv", "x\n")
    with pytest.raises(InputError, match=r"'\.\./evil\.csv' points out"):
        _unpack(tmp_path / "a.zip", tmp_path / "raw")
    assert not (tmp_path / "evil.csv").exists()


def test_archives_give_their_tables_only(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("split_01/train_full_lightcurves.csv", "object_id\n")
        archive.writestr("setup.py", "raise SystemExit\n")
    _unpack(tmp_path / "a.zip", tmp_path / "raw")
    assert [path.name for path in (tmp_path / "raw").rglob("*.*")] == ["train_full_lightcurves.csv"]
