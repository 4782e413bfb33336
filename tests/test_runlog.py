"""The log of a job holds all that the job writes, whoever writes it."""

import os
import signal
import subprocess
import sys

import pytest

from tde.errors import InputError
from tde.runlog import run_log


@pytest.fixture(autouse=True)
def own_handler_of_sigterm():
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def test_words_of_the_job_its_libraries_and_its_workers_are_in_the_log(tmp_path, capfd):
    path = tmp_path / "logs" / "rule.log"
    with run_log(path):
        print("job")
        os.write(2, b"library\n")
        subprocess.run([sys.executable, "-c", "import sys; print('worker', file=sys.stderr)"], check=True)
    print("after")
    assert path.read_text(encoding="utf-8").split() == ["job", "library", "worker"]
    assert capfd.readouterr() == ("after\n", "")


@pytest.mark.parametrize(("error", "shown"), [(InputError("new.csv: empty"), False), (ValueError("wrong"), True)])
def test_a_bad_input_is_a_message_and_a_bug_a_traceback(tmp_path, error, shown):
    path = tmp_path / "rule.log"
    with pytest.raises(SystemExit), run_log(path):
        raise error
    text = path.read_text(encoding="utf-8")
    assert str(error) in text
    assert ("Traceback" in text) == shown
