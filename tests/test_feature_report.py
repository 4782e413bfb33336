"""What the report says of the feature families: missing values, odd objects, telling features."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from simulated_objects import joined, odd_objects, transients
from toy import write_toy_set

from tde.evaluation.ranking import mutual_information, quantile_bins, rank_family, relevance, telling_features
from tde.features.table import Column
from tde.lightcurves import write_shard
from tde.report import odd_objects as odd
from tde.report.missing_tables import missing_sheet
from tde.report.missing_values import columns_to_look_at, feature_values, missing_per_object, missing_rates

NAN = np.nan
VALUES = np.array([[1.0, NAN, NAN, 5.0], [2.0, NAN, NAN, 5.0], [3.0, NAN, 1.0, NAN], [4.0, NAN, 2.0, 5.0]])
"""Columns: never, always, half and a quarter missing; the last is constant."""


class TestMissing:
    def test_rates_count_what_the_table_holds(self):
        rates = missing_rates(VALUES)
        assert rates == {
            "columns": 4, "objects": 4, "missing_share": 7 / 16, "never_missing": 1, "mostly_missing": 1,
            "always_missing": 1, "constant": 1, "infinite_values": 0,
        }  # fmt: skip
        assert missing_rates(np.where(VALUES == 2.0, np.inf, VALUES))["infinite_values"] == 2

    def test_no_objects_have_no_rate(self):
        assert np.isnan(missing_rates(np.empty((0, 3)))["missing_share"])
        assert missing_rates(np.empty((0, 3)))["constant"] == 0

    def test_share_of_an_object_is_over_all_families(self):
        np.testing.assert_allclose(missing_per_object([VALUES, VALUES[:, :1]]), [2 / 5, 2 / 5, 2 / 5, 1 / 5])

    def test_columns_to_look_at_are_named_with_the_reason(self):
        test = VALUES.copy()
        test[:, 2] = NAN
        rows = columns_to_look_at({"train": VALUES, "test": test}, ["a", "b", "c", "d"])
        assert [(row["column"], row["why"]) for row in rows] == [
            ("b", "always missing"), ("c", "always missing"), ("d", "constant"),
        ]  # fmt: skip
        assert (rows[1]["train"], rows[1]["test"]) == (0.5, 1.0)

    def test_a_table_comes_without_its_identifiers(self):
        names, values = feature_values(pa.table({"object_id": ["x", "y"], "a": [1.0, NAN]}))
        assert names == ["a"]
        np.testing.assert_array_equal(values, [[1.0], [NAN]])

    def test_tables_show_families_reasons_and_columns(self):
        rates = [{"family": "domain", "set": "train", **missing_rates(VALUES)}]
        found = {reason: np.array([reason == "one_band"] * 4) for reason in odd.REASONS}
        counts = [{"set": "train", **row} for row in odd.count_odd_objects(found, np.full(4, 0.5))]
        columns = [{"family": "domain", **row} for row in columns_to_look_at({"train": VALUES}, list("abcd"))]
        text = missing_sheet(rates=rates, odd=counts, columns=columns, sets=["train"]).markdown(2)
        assert "| domain | train | 4 | 4 | 43.8% | 1 | 1 | 1 | 1 | 0 |" in text
        assert "| one band | 4 | 50.0% |" in text
        assert "| domain | b | always missing | 100.0% |" in text


EXPECTED = {
    "one band": {"one_band"},
    "one point": {"one_point", "few_points", "one_band"},
    "two points": {"few_points"},
    "no points": {"no_observation"},
    "one time": {"one_time"},
    "constant flux": {"constant_flux"},
    "zero flux": {"constant_flux", "no_positive_flux"},
    "no positive flux": {"no_positive_flux"},
    "a million sigma": {"large_significance"},
    "z not known": {"z_missing"},
    "z = 0": {"z_at_floor"},
    "ebv not known": set(),
    "each time twice": set(),
}


class TestOddObjects:
    @pytest.mark.parametrize("name", EXPECTED)
    def test_each_reason_is_found(self, name):
        lightcurves = odd_objects()[name]
        found = odd.odd_objects(lightcurves, 1e-3)
        assert set(found) == set(odd.REASONS)
        reasons = {reason for reason, where in found.items() if where[0]}
        reasons -= {"two points": {"one_band"}, "one point": {"no_positive_flux"}}.get(name, set())  # as it happens
        assert reasons == EXPECTED[name]

    def test_errors_over_ten_decades(self):
        lightcurves = transients(1, 1)
        lightcurves.flux_err[:2] = 1e-7, 1e3 * 1.001
        assert odd.odd_objects(lightcurves, 1e-3)["wide_errors"][0]
        lightcurves.flux_err[0] = 1e-5
        assert not odd.odd_objects(lightcurves, 1e-3)["wide_errors"][0]

    def test_ordinary_objects_have_no_reason(self):
        assert not any(where.any() for where in odd.odd_objects(transients(2, 20), 1e-3).values())

    def test_counts_go_with_the_missing_share(self):
        lightcurves = joined([odd_objects()["no points"], odd_objects()["one point"], transients(3, 2)])
        counts = odd.count_odd_objects(odd.odd_objects(lightcurves, 1e-3), np.array([1.0, 0.8, 0.1, 0.0]))
        rows = {row["reason"]: row for row in counts}
        assert (rows["all objects"]["objects"], rows["odd for any reason"]["objects"]) == (4, 2)
        assert rows["one point"]["missing_share"] == 0.8
        assert rows["odd for any reason"]["missing_share"] == pytest.approx(0.9)
        assert rows["redshift missing"]["missing_share"] is None


def test_missing_values_from_files(tmp_path):
    """The script joins families, sets and splits whatever the order of the objects."""
    from tabulate_missing import main

    lightcurves = joined([odd_objects()["no points"], transients(4, 3)])
    names = lightcurves.object_id
    splits, of_split = ["split_01", "split_02"], [np.array([2, 0]), np.array([1, 3])]
    order = np.array([2, 1, 0, 3])  # of the log: splits mixed
    where = {int(i): split for split, members in zip(splits, of_split, strict=True) for i in members}
    pq.write_table(
        pa.table(
            {
                "object_id": names[order], "shard": [where[int(i)] for i in order], "z": lightcurves.z[order],
                "distance_modulus": lightcurves.distance_modulus[order], "ebv": lightcurves.ebv[order],
            }
        ),
        tmp_path / "objects.parquet",
    )  # fmt: skip
    for split, members in zip(splits, of_split, strict=True):
        write_shard(tmp_path / f"{split}.parquet", lightcurves.select(members))
    values = np.where(order == 0, NAN, 1.0)
    pq.write_table(pa.table({"object_id": names[order], "a": values}), tmp_path / "features.parquet")
    outputs = {name: str(tmp_path / f"{name}.csv") for name in ("rates", "odd", "columns")}
    outputs |= {"data": str(tmp_path / "page.json"), "page": str(tmp_path / "page.html")}
    main(
        features=[str(tmp_path / "features.parquet")], objects=[str(tmp_path / "objects.parquet")],
        shards=[str(tmp_path / f"{split}.parquet") for split in splits], families=["family"], sets=["train"],
        outputs=outputs,
    )  # fmt: skip
    assert "train,no observation,1,1.0" in (tmp_path / "odd.csv").read_text()
    assert "train,all objects,4,0.25" in (tmp_path / "odd.csv").read_text()
    assert "family,a,constant,0.25" in (tmp_path / "columns.csv").read_text()


class TestRanking:
    def test_a_feature_that_decides_has_the_entropy_of_the_labels(self):
        positive = np.arange(1000) % 4 == 0
        found = relevance(positive + 0.01 * np.arange(1000) / 1000, positive)
        assert found.share == pytest.approx(1.0, abs=0.01)
        assert found.information == pytest.approx(0.811, abs=0.02)
        assert found.auc == 1.0

    def test_independent_features_scatter_about_zero(self):
        """The mean over many is within three errors of 0: the bias is gone, missing values or not."""
        rng = np.random.default_rng(3)
        positive = rng.random(800) < 0.08
        values = rng.standard_normal((800, 200))
        values[rng.random(values.shape) < 0.2] = NAN
        information = [mutual_information(quantile_bins(column), positive)[0] for column in values.T]
        assert abs(np.mean(information)) < 3 * np.std(information) / np.sqrt(200)

    def test_that_a_value_is_missing_counts(self):
        positive = np.arange(400) % 5 == 0
        found = relevance(np.where(positive, NAN, np.arange(400.0)), positive)
        assert found.share > 0.9
        assert np.isnan(found.auc)
        assert found.missing == pytest.approx(0.2)

    def test_order_of_values_is_all_that_counts(self):
        rng = np.random.default_rng(4)
        values, positive = rng.standard_normal(500), rng.random(500) < 0.2
        assert relevance(np.exp(values), positive) == relevance(values, positive)
        assert relevance(-values, positive).auc == pytest.approx(1 - relevance(values, positive).auc)

    def test_bins_are_even_and_ties_stay_together(self):
        assert set(np.bincount(quantile_bins(np.random.default_rng(5).permutation(100) / 7))) == {5}
        tied = quantile_bins(np.repeat([0.0, 1.0], [90, 10]))
        assert len(np.unique(tied[:90])) == 1
        assert tied[0] != tied[-1]
        assert np.all(quantile_bins(np.full(7, NAN)) == -1)
        assert relevance(np.full(50, 3.0), np.arange(50) < 5).information == 0.0

    def test_families_are_ranked_with_unit_and_meaning(self):
        positive = np.arange(600) % 6 == 0
        rng = np.random.default_rng(6)
        values = np.column_stack([rng.standard_normal(600), positive + 0.2 * rng.standard_normal(600)])
        declared = [Column("noise", "mag", "nothing"), Column("signal", "d", "all there is")]
        first, second = rank_family(values, declared, positive)
        assert (first["feature"], first["rank"], first["unit"], first["meaning"]) == ("signal", 1, "d", "all there is")
        assert second["feature"] == "noise"

    def test_pages_show_the_first_of_each_family(self):
        measured = {
            "information": 0.1,
            "share": 0.25,
            "auc": NAN,
            "missing": 0.0,
            "unit": "",
            "meaning": "m",
            "label": "l",
        }
        rows = [{"family": "f", "rank": k, "feature": f"x{k}", **measured} for k in range(1, 9)]
        table = telling_features(rows)
        assert [row["rank"] for row in table.rows] == [1, 2, 3, 4, 5]
        assert "| f | x1 | 0.100 | 25% | – | 0.0% |  | m | l |" in table.markdown()

    def test_other_objects_than_the_training_set_are_refused(self, tmp_path):
        from rank_features import main

        write_toy_set(tmp_path)
        with pytest.raises(ValueError, match="not the objects"):
            main(
                features=[str(tmp_path / "first_test.parquet")], families={"domain": {}},
                training=str(tmp_path / "training.parquet"), table="", data="", page="",
            )  # fmt: skip
