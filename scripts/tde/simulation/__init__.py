"""Simulated light curves in MALLORN's layout, with known truth.

Reading order: `population` (who is there), `intrinsic` (one curve per real event),
`colours` (six bands from one curve), `observe` (what Rubin records), `siblings`
(which objects make the data set), `write` (files), `data_set` (all of it).
`validate` compares two data sets.
"""
