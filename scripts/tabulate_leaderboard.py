"""Put all models and blends side by side: scores, paired differences, agreement, published figures."""

from typing import Any

from tde.evaluation.agreement import agreement_matrix, selections
from tde.evaluation.comparison import compare
from tde.evaluation.leaderboard import leaderboard_markdown, leaderboard_rows
from tde.evaluation.leaderboard_page import comparison_cells, leaderboard_page
from tde.evaluation.objects import read_training_objects
from tde.evaluation.predictions import out_of_fold
from tde.evaluation.published import published_cells
from tde.runlog import run_log
from tde.tables import read_json, read_parquet, write_atomically, write_rows


def main(
    oof: list[str],
    metrics: list[str],
    names: list[str],
    reference: str,
    reported: dict[str, dict[str, Any]],
    training_objects: str,
    output_table: str,
    output_comparison: str,
    output_agreement: str,
    output_text: str,
) -> None:
    training = read_training_objects(training_objects)
    scores = {name: read_json(path) for name, path in zip(names, metrics, strict=True)}
    rows = leaderboard_rows(scores)
    write_rows(output_table, rows)
    by_kind: dict[str, dict] = {}
    for name, path in zip(names, oof, strict=True):
        for part in out_of_fold(read_parquet(path), training.object_id):
            by_kind.setdefault(part.kind, {})[name] = part
    differences = [
        {"model": name, "folds": kind, "score": score, **values}
        for kind, parts in by_kind.items()
        for name, part in parts.items()
        if name != reference
        for score, values in compare(part, parts[reference], training.positive, training.parents).items()
    ]
    write_rows(output_comparison, differences)
    selected = {name: selections(part, training.positive) for name, part in by_kind["random"].items()}
    shared = agreement_matrix(selected)
    write_rows(output_agreement, shared)
    page = leaderboard_page(
        leaderboard_markdown(rows), reference, comparison_cells(differences), shared, published_cells(reported, scores)
    )
    write_atomically(output_text, lambda path: path.write_text(page, encoding="utf-8"))
    print(page)


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            list(snakemake.input.oof),
            list(snakemake.input.metrics),
            list(snakemake.params.names),
            snakemake.params.reference,
            snakemake.params.reported,
            snakemake.input.training,
            snakemake.output.table,
            snakemake.output.comparison,
            snakemake.output.agreement,
            snakemake.output.text,
        )
