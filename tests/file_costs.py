"""What each test file costs: the processor time of its tests and of the processes that they start and await.

Jobs of a batch system are no children of the tests: what they take is not in the sums.
"""

import os
from collections import Counter

import pytest

N_SHOWN = 10


class FileCosts:
    """A plugin: every report carries its processor time, and a table of files stands at the end."""

    def __init__(self):
        self.before = 0.0

    def pytest_runtest_logstart(self):
        self.before = processor_seconds()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self):
        report = yield
        now = processor_seconds()
        report.processor_seconds, self.before = now - self.before, now
        return report

    def pytest_terminal_summary(self, terminalreporter):
        """Sums over all tests; reports of other test processes carry their times along."""
        processor, wall = Counter(), Counter()
        for reports in terminalreporter.stats.values():
            for report in reports:
                if hasattr(report, "processor_seconds"):
                    file = report.nodeid.partition("::")[0]
                    processor[file] += report.processor_seconds
                    wall[file] += report.duration
        terminalreporter.section(f"{N_SHOWN} files that cost most")
        terminalreporter.write_line(f"{processor.total():8.0f} s of processor time in {len(processor)} files")
        for file, seconds in processor.most_common(N_SHOWN):
            terminalreporter.write_line(f"{seconds:8.0f} s in {wall[file]:5.0f} s: {file}")


def processor_seconds():
    """User and system time of this process and of its ended children."""
    return sum(os.times()[:4])
