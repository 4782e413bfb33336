"""The report on one page, and what a run was made with."""
