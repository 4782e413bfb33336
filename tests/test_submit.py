"""Handing in at Kaggle: form, consent, and the client's own words, with a stand-in client on PATH."""

import os
import stat

import pytest

from tde.errors import InputError
from tde.kaggle.kaggle_submission import check_form

RESULTS = "results/simulated"

CLIENT = """#!/bin/sh
echo "$@" > "$HOME/called_with.txt"
if [ -n "$REFUSE" ]; then echo "403 - you have not accepted the rules" >&2; exit 1; fi
echo "Successfully submitted"
"""


@pytest.fixture
def files(tmp_path):
    (tmp_path / "sample.csv").write_text("object_id,prediction\na,0\nb,0\n")
    return tmp_path


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("object_id,p\na,0\nb,1\n", "header"),
        ("object_id,prediction\na,0\n", "1 objects; allowed: the 2"),
        ("object_id,prediction\nb,0\na,1\n", "line 2: object"),
        ("object_id,prediction\na,0\nb,0.7\n", "line 3: prediction is '0.7'; allowed: 0 or 1"),
    ],
)
def test_another_form_than_the_samples_is_refused(files, text, words):
    (files / "submission.csv").write_text(text)
    with pytest.raises(InputError, match=words):
        check_form(files / "submission.csv", files / "sample.csv")


def test_selected_objects_are_counted(files):
    (files / "submission.csv").write_text("object_id,prediction\na,1\nb,0\n")
    assert check_form(files / "submission.csv", files / "sample.csv") == 1


class TestTarget:
    @pytest.fixture
    def ready(self, quick, tmp_path):
        workspace = quick.copy(tmp_path / "workspace")
        (workspace.path / "bin").mkdir()
        client = workspace.path / "bin/kaggle"
        client.write_text(CLIENT)
        client.chmod(client.stat().st_mode | stat.S_IEXEC)
        path = f"{workspace.path / 'bin'}:{os.environ['PATH']}"

        def submit(*config, **environment):
            arguments = ("--config", *config) if config else ()
            return workspace.snakemake(
                "--cores",
                "1",
                "submit",
                *arguments,
                check=False,
                PATH=path,
                KAGGLE_API_TOKEN="not-a-token",
                **environment,
            )

        return workspace, submit

    def test_is_part_of_no_other_target(self, quick):
        assert "submit_predictions" not in quick.planned_rules("--forceall", "all")

    def test_sends_only_after_a_yes_and_quotes_the_client(self, ready):
        workspace, submit = ready
        refused = submit()
        assert refused.returncode != 0
        log = (workspace.path / "logs/simulated/submit_predictions.log").read_text()
        assert "nothing was sent: submit.confirm is false" in log
        assert "kaggle competitions submit -c mallorn" in log
        assert not (workspace.path / "called_with.txt").exists()

        failed = submit("submit={confirm: true}", REFUSE="1")
        assert failed.returncode != 0
        log = (workspace.path / "logs/simulated/submit_predictions.log").read_text()
        assert "you have not accepted the rules" in log
        assert "not-a-token" not in log + failed.stderr

        sent = submit("submit={confirm: true, message: second try}")
        assert sent.returncode == 0, sent.stderr
        called = (workspace.path / "called_with.txt").read_text()
        assert "-f results/simulated/submission.csv -m second try" in called
        assert "Successfully submitted" in (workspace.path / RESULTS / "submitted.txt").read_text()
