"""Counts for the end of the test run: cases tried, processes killed, files compared."""

from collections import Counter

import pytest

PREFIX = "count: "


@pytest.fixture
def count(request):
    """Add to one of the counts that are printed after all tests: ``count("files compared", 90)``."""

    def add(what, number=1):
        request.node.user_properties.append((PREFIX + what, number))

    return add


def pytest_terminal_summary(terminalreporter):
    """Sums over all tests; reports of other test processes carry their counts along."""
    totals = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", "") == "call":
                for name, number in report.user_properties:
                    if name.startswith(PREFIX):
                        totals[name.removeprefix(PREFIX)] += number
    if totals:
        terminalreporter.section("counts")
        for name, number in sorted(totals.items()):
            terminalreporter.write_line(f"{number:8,d} {name}")
