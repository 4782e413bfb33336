"""Weigh training objects by how much they look like the test set, from features alone."""

from typing import Any

import pyarrow as pa

from tde.models.adversarial import adversarial_probability, adversarial_weights
from tde.models.block import parse_block
from tde.models.features import check_same_columns, family_tables, read_features
from tde.runlog import run_log
from tde.tables import write_json, write_parquet


def main(
    *,
    train: list[str],
    test: list[str],
    families: list[str],
    model: dict[str, Any],
    name: str,
    output_weights: str,
    output_report: str,
) -> None:
    block = parse_block(name, model)
    # families that learn from labels have no place here
    wanted = [family for family in block.features if family in families]
    columns = (block.include, block.exclude, block.labels)
    known = read_features(family_tables(families, train), wanted, None, *columns)
    new = read_features(family_tables(families, test), wanted, None, *columns)
    check_same_columns(known, new)
    probability, auc = adversarial_probability(known.values, new.values)
    weights = adversarial_weights(probability)
    write_parquet(output_weights, pa.table({"object_id": pa.array(known.object_id, pa.string()), "weight": weights}))
    write_json(output_report, {"auc": auc, "mean_weight": float(weights.mean())})
    print(
        f"{name}: train and test are told apart with AUC {auc:.3f}; weights {weights.min():.2f} ... {weights.max():.2f}"
    )


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            train=snakemake.input.train,
            test=snakemake.input.test,
            families=snakemake.params.families,
            model=snakemake.params.model,
            name=snakemake.wildcards.model,
            output_weights=snakemake.output.weights,
            output_report=snakemake.output.report,
        )
