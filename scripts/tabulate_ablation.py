"""Tabulate what each family of features is worth to a model."""

from tde.evaluation.ablation import ablation_rows, ablation_table
from tde.pages.sheet import Sheet
from tde.runlog import run_log
from tde.tables import read_json, write_rows, write_text


def main(*, metrics: list[str], model: str, table: str, data: str, text: str, page: str) -> None:
    rows = ablation_rows([read_json(path) for path in metrics])
    write_rows(table, rows)
    shown = ablation_table(model, rows)
    sheet = Sheet(shown.title, [shown])
    sheet.write(data=data, page=page)
    write_text(text, shown.markdown(2))
    print(shown.markdown(2))


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            metrics=list(snakemake.input.metrics),
            model=snakemake.params.model,
            table=snakemake.output.table,
            data=snakemake.output.data,
            text=snakemake.output.text,
            page=snakemake.output.page,
        )
