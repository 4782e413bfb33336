"""Put a night's predictions together, carry the list on, and say what changed."""

from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa

from tde.errors import InputError
from tde.nights.first_cut import WORDS
from tde.nights.morning_list import KINDS, STANDING, morning_list
from tde.predict.bundle import read_held_out, read_manifest
from tde.predict.decision import Choice, within_budget
from tde.predict.histories import AGE
from tde.predict.under_prior import PriorAsked, settle_prior, under
from tde.runlog import run_log
from tde.tables import read_json, read_parquet, table_rows, write_csv, write_json, write_parquet
from tde.workflow.configuration.nights_settings import MorningList
from tde.workflow.configuration.problems import read_block


def main(
    *,
    parts: list[str],
    cuts: list[str],
    before: list[str],
    reading: str,
    bundle: str,
    night: str,
    choose: Choice,
    prior: PriorAsked,
    limits: dict[str, Any],
    table: str,
    text: str,
    changes: str,
    changes_text: str,
    standing: str,
    summary: str,
) -> None:
    predictions = pa.concat_tables([read_parquet(path) for path in parts]).sort_by("object_id").combine_chunks()
    predictions = _under(prior, bundle, choose, predictions).drop_columns(AGE)
    if not isinstance(choose, str) and "budget" in choose:
        predictions = within_budget(predictions, int(choose["budget"]))
    write_parquet(table, predictions.drop_columns("label"))
    write_csv(text, predictions.column_names, table_rows(predictions))
    old = read_parquet(before[0]) if before else STANDING.empty_table()
    morning = morning_list(old, predictions, night, read_block(MorningList, limits, "nights.morning"))
    write_parquet(standing, morning.standing)
    write_parquet(changes, morning.changes)
    write_csv(changes_text, morning.changes.column_names, table_rows(morning.changes))
    write_json(summary, _summary(night, predictions, morning.changes, cuts, read_json(reading), read_manifest(bundle)))
    print(f"{night}: {predictions.num_rows} objects classified; {dict(Counter(morning.changes['kind'].to_pylist()))}")


def _under(prior: PriorAsked, bundle: str, choose: Choice, predictions: pa.Table) -> pa.Table:
    """Predictions under the rates of the classes that are given."""
    if prior == "training":
        return predictions
    if prior == "estimated":
        raise InputError(
            "predict.prior: got 'estimated'; allowed for nights: training or the rate of each class, for what is"
            " estimated anew each night would move objects that nobody has observed"
        )
    held_out = read_held_out(bundle)
    settled = settle_prior(prior, read_manifest(bundle)["classes"], held_out, predictions)
    return under(settled, held_out, choose, predictions)


def _summary(
    night: str,
    predictions: pa.Table,
    changes: pa.Table,
    cuts: list[str],
    reading: dict[str, Any],
    manifest: dict[str, Any],
) -> dict[str, Any]:
    counted = [read_json(path) for path in cuts]
    kinds = Counter(changes["kind"].to_pylist())
    left_out = {words: sum(each["left out"][key] for each in counted) for key, words in WORDS.items()}
    return {
        "night": night,
        "objects touched": sum(each["touched"] for each in counted),
        "left out by the first cut": left_out,
        "objects classified": predictions.num_rows,
        "called TDE": int(np.sum(predictions["is_TDE"].to_numpy())),
        "changes": {f"{kind}: {words}": kinds[kind] for kind, words in KINDS.items()},
        "threshold of whole light curves": manifest["threshold"]["threshold"],
        "trained on": manifest["dataset"],
        "reading": reading,
    }


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            parts=snakemake.input.parts,
            cuts=snakemake.input.cuts,
            before=snakemake.input.before,
            reading=snakemake.input.reading,
            bundle=snakemake.input.bundle,
            night=snakemake.wildcards.night,
            choose=snakemake.params.choose,
            prior=snakemake.params.prior,
            limits=snakemake.params.limits,
            table=snakemake.output.table,
            text=snakemake.output.text,
            changes=snakemake.output.changes,
            changes_text=snakemake.output.changes_text,
            standing=snakemake.output.standing,
            summary=snakemake.output.summary,
        )
