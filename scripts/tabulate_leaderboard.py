"""Put all models and blends side by side: scores, paired differences, agreement, published figures."""

from typing import Any

from tde.evaluation.agreement import agreement_matrix, selections
from tde.evaluation.comparison import compare
from tde.evaluation.leaderboard import leaderboard_table
from tde.evaluation.leaderboard_page import agreement_table, comparison_table
from tde.evaluation.objects import read_training_objects
from tde.evaluation.predictions import out_of_fold
from tde.evaluation.published import published_table
from tde.pages.sheet import Sheet
from tde.runlog import run_log
from tde.tables import read_json, read_parquet, write_rows, write_text


def main(
    *,
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
    leaderboard = leaderboard_table("All models and blends", scores)
    leaderboard.write_csv(output_table)
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
    published = published_table(reported, scores)
    tables = [leaderboard, comparison_table(reference, differences), agreement_table(shared)]
    page = Sheet("Leaderboard", [*tables, *([published] if published.rows else [])]).markdown(2)
    write_text(output_text, page)
    print(page)


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            oof=list(snakemake.input.oof),
            metrics=list(snakemake.input.metrics),
            names=list(snakemake.params.names),
            reference=snakemake.params.reference,
            reported=snakemake.params.reported,
            training_objects=snakemake.input.training,
            output_table=snakemake.output.table,
            output_comparison=snakemake.output.comparison,
            output_agreement=snakemake.output.agreement,
            output_text=snakemake.output.text,
        )
