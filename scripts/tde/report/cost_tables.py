"""The tables of time and memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from tde.pages.columns import TableColumn
from tde.pages.printed_table import Table
from tde.pages.sheet import Sheet
from tde.workflow.benchmarks import FAMILY_RULES, RuleCost, family_totals

COST_COLUMNS = (
    TableColumn("jobs", "integer", format=","),
    TableColumn("median_s", "float", "median", "s", ".1f"),
    TableColumn("total_s", "float", "total", "s", ".1f"),
    TableColumn("cpu_s", "float", "CPU", "s", ".1f"),
    TableColumn("max_memory_mb", "float", "max memory", "MB", ".0f"),
)

FAMILY_COLUMNS = (
    TableColumn("family"),
    *(TableColumn(rule, "float", rule, "s", ".1f") for rule in FAMILY_RULES),
    TableColumn("total_s", "float", "in all", "s", ".1f"),
    TableColumn("share", "float", format=".0%"),
    TableColumn("cpu_s", "float", "CPU", "s", ".1f"),
)

FAMILY_NOTES = (
    "Wall time of all jobs added up: on several cores they run side by side. Code is compiled once for all data sets;"
    " a run that found it ready shows – there.",
)


def cost_sheet(rules: Sequence[RuleCost], of_families: Sequence[RuleCost]) -> Sheet:
    """Time and memory by rule, by family, and by both.

    Parameters
    ----------
    rules, of_families : sequence of RuleCost
        Of `tde.workflow.benchmarks.rule_costs` and `family_costs`.
    """
    rule, family = TableColumn("rule"), TableColumn("family")
    unnamed = TableColumn("family", shown=False)
    tables = [
        Table("Rules", [rule, unnamed, *COST_COLUMNS], map(asdict, rules)),
        Table("Where the time of the feature families goes", FAMILY_COLUMNS, family_totals(of_families), FAMILY_NOTES),
        Table("Rules by feature family", [family, rule, *COST_COLUMNS], map(asdict, of_families)),
    ]
    return Sheet("Time and memory per rule and feature family", tables)
