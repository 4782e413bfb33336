"""Put the predictions of all chunks together, count flags, and score them where the truth is known."""

import numpy as np
import pyarrow as pa

from tde.predict.bundle import read_held_out, read_manifest
from tde.predict.decision import Choice, within_budget
from tde.predict.histories import AGE, decided_anew
from tde.predict.measured import HEADER, measured
from tde.predict.under_prior import PriorAsked, expected, settle_prior, under
from tde.runlog import run_log
from tde.sources.flags import FLAGS, count_flags, flag_mask
from tde.tables import read_json, read_parquet, table_rows, write_csv, write_json, write_parquet, write_rows


def main(
    *,
    parts: list[str],
    histories: list[str],
    bundle: str,
    reading: str,
    choose: Choice,
    prior: PriorAsked,
    table: str,
    text: str,
    summary: str,
    scores: str,
    history: str | None,
    history_text: str | None,
) -> None:
    predictions = pa.concat_tables([read_parquet(path) for path in parts]).combine_chunks()
    told = pa.concat_tables([read_parquet(path) for path in histories]).combine_chunks() if histories else None
    manifest = read_manifest(bundle)
    settled = None
    if prior != "training":
        held_out = read_held_out(bundle)
        settled = settle_prior(prior, manifest["classes"], held_out, predictions)
        predictions = under(settled, held_out, choose, predictions)
        if told is not None:
            told = under(settled, held_out, choose, told)
            predictions = decided_anew(predictions, told)
    label = predictions["label"].to_numpy()
    predictions = predictions.drop_columns(["label", AGE])
    if not isinstance(choose, str) and "budget" in choose:
        predictions = within_budget(predictions, int(choose["budget"]))
    write_parquet(table, predictions)
    write_csv(text, predictions.column_names, table_rows(predictions))
    if told is not None and history is not None and history_text is not None:
        told = told.drop_columns(AGE)
        write_parquet(history, told)
        write_csv(history_text, told.column_names, table_rows(told))
    flags = count_flags(flag_mask(given) for given in predictions["flags"].to_pylist())
    selected = int(np.sum(predictions["is_TDE"].to_numpy()))
    counts = read_json(reading)
    content = {
        "files_refused": len(counts["files refused"]),
        "objects": predictions.num_rows,
        "called_TDE": selected,
        "chosen_by": choose,
        "prior": {"asked": prior, **(settled.content() if settled else {})},
        "expected": expected(predictions, settled),
        "threshold": manifest["threshold"]["threshold"],
        "trained_on": manifest["dataset"],
        "promised": manifest["scores"],
        "reading": counts,
        "flags": {name: {"objects": count, "meaning": FLAGS[name]} for name, count in flags.items()},
    }
    write_json(summary, content)
    write_rows(scores, measured(predictions, label), HEADER)
    print(f"{table}: {selected} of {predictions.num_rows} objects are called TDE")
    for name, count in flags.items():
        print(f"  {name}: {count} objects; {FLAGS[name]}")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            parts=snakemake.input.parts,
            histories=snakemake.input.get("histories", []),
            bundle=snakemake.input.bundle,
            reading=snakemake.input.reading,
            choose=snakemake.params.choose,
            prior=snakemake.params.prior,
            table=snakemake.output.table,
            text=snakemake.output.text,
            summary=snakemake.output.summary,
            scores=snakemake.output.scores,
            history=snakemake.output.get("history"),
            history_text=snakemake.output.get("history_text"),
        )
