"""Hand the submission in at Kaggle, if the user said yes; say what would be done otherwise."""

import shlex

from tde.errors import InputError
from tde.kaggle.kaggle_submission import check_form, command, submit
from tde.runlog import run_log
from tde.tables import write_atomically


def main(*, submission: str, sample: str, confirm: bool, message: str, receipt: str) -> None:
    n_selected = check_form(submission, sample)
    print(f"{submission} has the form of {sample}; {n_selected} objects are called TDE")
    print(f"Command: {shlex.join(command(submission, message))}")
    if not confirm:
        raise InputError(
            "nothing was sent: submit.confirm is false. To send it: snakemake --cores 1 submit"
            " --config 'submit={confirm: true}'"
        )
    words = submit(submission, message)
    print(words)
    write_atomically(receipt, lambda name: name.write_text(words + "\n", encoding="utf-8"))


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            submission=snakemake.input.submission,
            sample=snakemake.input.sample,
            confirm=snakemake.params.confirm,
            message=snakemake.params.message,
            receipt=snakemake.output.receipt,
        )
