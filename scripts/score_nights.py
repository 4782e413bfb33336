"""What the list of each night was worth, by the spectroscopic classes that have come back."""

from tde.nights.list_worth import SCORES_HEADER, scores_by_night
from tde.nights.night_results import night_results
from tde.nights.returned_classes import read_classes
from tde.runlog import run_log
from tde.tables import write_rows


def main(*, classes: str, nights: list[str], predictions: list[str], cuts: list[list[str]], scores: str) -> None:
    known = read_classes(classes)
    said = night_results(nights, predictions, cuts)
    seen = sorted({name for names in said.touched.values() for name in names})
    rows = scores_by_night(said.called, known.is_tde, known.dates, seen)
    write_rows(scores, rows, SCORES_HEADER)
    met = len(set(seen) & set(known.is_tde))
    print(f"{scores}: classes of {len(known.is_tde)} objects, {met} of which had alerts")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        n_nights = len(snakemake.params.nights)
        counts = list(snakemake.input.cuts)
        n_parts = len(counts) // n_nights
        main(
            classes=snakemake.input.classes[0],
            nights=snakemake.params.nights,
            predictions=snakemake.input.predictions,
            cuts=[counts[k * n_parts : (k + 1) * n_parts] for k in range(n_nights)],
            scores=snakemake.output.scores,
        )
