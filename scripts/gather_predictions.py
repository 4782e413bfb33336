"""Put the predictions of all chunks together, count flags, and score them where the truth is known."""

import numpy as np
import pyarrow as pa

from tde.predict.bundle import read_manifest
from tde.predict.decision import Choice, within_budget
from tde.predict.measured import HEADER, measured
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
    table: str,
    text: str,
    summary: str,
    scores: str,
    history: str | None,
    history_text: str | None,
) -> None:
    together = pa.concat_tables([read_parquet(path) for path in parts]).combine_chunks()
    label = together["label"].to_numpy()
    predictions = together.drop_columns("label")
    if not isinstance(choose, str) and "budget" in choose:
        predictions = within_budget(predictions, int(choose["budget"]))
    write_parquet(table, predictions)
    write_csv(text, predictions.column_names, table_rows(predictions))
    if history is not None and history_text is not None:
        told = pa.concat_tables([read_parquet(path) for path in histories])
        write_parquet(history, told)
        write_csv(history_text, told.column_names, table_rows(told))
    manifest = read_manifest(bundle)
    flags = count_flags(flag_mask(given) for given in predictions["flags"].to_pylist())
    selected = int(np.sum(predictions["is_TDE"].to_numpy()))
    counts = read_json(reading)
    content = {
        "files_refused": len(counts["files refused"]),
        "objects": predictions.num_rows,
        "called_TDE": selected,
        "chosen_by": choose,
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
            table=snakemake.output.table,
            text=snakemake.output.text,
            summary=snakemake.output.summary,
            scores=snakemake.output.scores,
            history=snakemake.output.get("history"),
            history_text=snakemake.output.get("history_text"),
        )
