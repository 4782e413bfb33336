"""When the true TDEs of a replay were found, and how many spectra that took."""

from collections import Counter

from tde.nights.list_worth import BUDGETS, FOUND_HEADER, budget_rows, found_tdes
from tde.nights.night_results import night_results
from tde.runlog import run_log
from tde.tables import read_parquet, write_rows, write_text


def main(
    *,
    truth: str,
    nights: list[str],
    predictions: list[str],
    cuts: list[list[str]],
    found: str,
    budgets: str,
    page: str,
) -> None:
    table = read_parquet(truth)
    tdes = [row["object_id"] for row in table.to_pylist() if row["spec_type"] == "TDE"]
    said = night_results(nights, predictions, cuts)
    rows = found_tdes(tdes, said.touched, said.classified, said.called, said.left_out)
    write_rows(found, rows, FOUND_HEADER)
    by_budget = budget_rows([row["object_id"] for row in rows], said.called)
    write_rows(budgets, by_budget)
    write_text(page, words(rows, by_budget, nights))
    print(f"{found}: {sum(row['listed'] is not None for row in rows)} of {len(rows)} TDEs entered the list")


def words(rows: list[dict], budgets: list[dict], nights: list[str]) -> str:
    """The result in Markdown."""
    listed = [row for row in rows if row["listed"]]
    cut = Counter(row["cut_by"] for row in rows if row["cut_by"])
    lost = ", ".join(f"{reason.replace('_', ' ')} {n}" for reason, n in sorted(cut.items())) or "none"
    lines = [
        f"{len(nights)} nights from {nights[0]} to {nights[-1]}; alerts of {len(rows)} true TDEs came,"
        f" {len(listed)} of them entered the list. The first cut alone kept from it: {lost}.",
        "",
        "| spectra a night | spectra taken | TDEs among them | of all | purity | completeness |",
        "|---:|---:|---:|---:|---:|---:|",
    ]
    for row in budgets:
        shares = (f"{row[key]:.2f}" if row[key] is not None else "–" for key in ("purity", "completeness"))
        counts = (str(row[key]) for key in ("spectra_a_night", "spectra", "found", "n_TDE"))
        lines.append(f"| {' | '.join([*counts, *shares])} |")
    heads = [f"night of the spectrum at {budget}" for budget in BUDGETS]
    lines += ["", f"| TDE | first alert | on the list | days | rank then | {' | '.join(heads)} |"]
    lines.append("|---|---|---|---:|---:|---|---|---|")
    keys = ("object_id", "first_alert", "listed", "days_to_list", "rank_when_listed")
    for row in rows:
        cells = [row[key] for key in (*keys, *(f"spectrum_at_{budget}" for budget in BUDGETS))]
        lines.append(f"| {' | '.join('–' if cell is None else str(cell) for cell in cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        n_nights = len(snakemake.params.nights)
        counts = list(snakemake.input.cuts)
        n_parts = len(counts) // n_nights
        main(
            truth=f"{snakemake.input.made}/truth.parquet",
            nights=snakemake.params.nights,
            predictions=snakemake.input.predictions,
            cuts=[counts[k * n_parts : (k + 1) * n_parts] for k in range(n_nights)],
            found=snakemake.output.found,
            budgets=snakemake.output.budgets,
            page=snakemake.output.page,
        )
