"""Put one part of the nights of a month together: each observation once, in one file."""

from tde.nights.night_state import read_state, write_state
from tde.runlog import run_log


def main(*, rows: list[str], objects: list[str], compact_rows: str, compact_objects: str) -> None:
    state = read_state(rows, objects)
    write_state(state.rows, state.objects, compact_rows, compact_objects)
    print(f"{compact_rows}: {state.rows.num_rows} rows of {len(rows)} nights put together")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            rows=snakemake.input.rows,
            objects=snakemake.input.objects,
            compact_rows=snakemake.output.rows,
            compact_objects=snakemake.output.objects,
        )
