"""Training on labelled light curves in any format: from files and labels to a bundle, and what is refused."""

import json
import re
import sys

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml
from labelled_survey import KINDS, SIBLINGS, write_labels, write_survey
from test_sources_judge import light_curve, written
from workspace import ROOT, Workspace, few_families

import classify_test
from tde.collection.listing import listing_digest
from tde.collection.object_labels import Labels, type_name
from tde.collection.sets import SetFiles, read_sets
from tde.collection.training_table import training_table
from tde.errors import InputError
from tde.evaluation.classes import CLASSES, five_class
from tde.lightcurves import read_shards, write_shard
from tde.predict.bundle import read_bundle
from tde.sources.input_files import files_of, without_table
from tde.tables import read_parquet, write_parquet
from tde.workflow.configuration.collection_settings import Collection
from tde.workflow.configuration.problems import read_block

PAGE = (ROOT / "docs/how-to/own-training-set.md").read_text(encoding="utf-8")
SETTINGS = re.search(r"^```yaml (\S+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
COMMANDS = re.findall(r"^\.venv/bin/(snakemake .*)$", PAGE, re.MULTILINE)
RESULTS = "results/my_survey"

CLASSES_GIVEN = {"TDE": "TDE", "SN Ia": "Ia", "SN II": "CC", "bogus": None}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A workspace in which the commands of the page have run as they are written."""
    workspace = Workspace.create(tmp_path_factory.mktemp("collection") / "workspace")
    workspace.configure(few_families)
    workspace.configure(lambda config: config["predict"].update(bundle=""))  # that of the collection
    write_survey(workspace.path)
    (workspace.path / SETTINGS[1]).write_text(SETTINGS[2])
    workspace.said = [workspace.run("bash", "-c", command).stdout for command in COMMANDS]
    return workspace


class TestRun:
    def test_what_has_a_label_is_learnt_from_and_the_rest_classified(self, trained):
        training = read_parquet(trained.path / RESULTS / "training.parquet").to_pylist()
        counts = {label: sum(row["spec_type"] == label for row in training) for label in ("TDE", "SN Ia", "SN II")}
        assert counts == {"TDE": KINDS["TDE"] + KINDS["TDE-H"], "SN Ia": KINDS["SN Ia"], "SN II": KINDS["SN II"]}
        listed = pd.read_csv(trained.path / "labels.csv", keep_default_na=False)
        candidates = pd.read_csv(trained.path / RESULTS / "candidates/candidates.csv")
        assert set(candidates["object_id"]) == set(listed[listed["type"].isin(["", "bogus"])]["object_id"])
        assert not (trained.path / RESULTS / "submission.csv").exists()

    def test_objects_of_one_event_are_in_one_fold(self, trained):
        training = read_parquet(trained.path / RESULTS / "training.parquet")
        parents = training["parent"].to_numpy()
        assert np.bincount(parents).max() == SIBLINGS
        folds = read_parquet(trained.path / RESULTS / "folds.parquet").to_pandas().query("kind == 'parent'")
        parent = dict(zip(training["object_id"].to_pylist(), parents, strict=True))
        assert (folds.groupby(["repeat", folds["object_id"].map(parent)])["fold"].agg(np.ptp) == 0).all()

    def test_the_bundle_holds_the_collection_and_classifies_other_files(self, trained):
        loaded = read_bundle(trained.path / RESULTS / "bundle")
        assert loaded.manifest["dataset"] == "my_survey"
        assert loaded.population["classes"] == {"AGN": 0, "Ia": 18, "CC": 12, "SLSN": 0, "TDE": 16}
        assert loaded.manifest["unfinished"] is not None  # views were drawn and learnt from
        found = pd.read_csv(trained.path / "results/predict/tonight/predictions.csv").set_index("object_id")
        assert found.loc["ZTF220000", "p_TDE"] > max(found.loc["ZTF220001", "p_TDE"], found.loc["ZTF220002", "p_TDE"])

    def test_report_and_last_words_tell_of_it(self, trained):
        report = (trained.path / RESULTS / "report/report.html").read_text()
        assert re.search(r"46 training objects, 16 of them .*\samong 8 objects without\s+a label", report, re.DOTALL)
        assert "test objects" not in report
        assert "Report         results/my_survey/report/report.html" in trained.said[1]
        assert "Submission" not in trained.said[1]

    def test_scores_are_better_than_chance(self, trained):
        metrics = json.loads((trained.path / RESULTS / "blends/blend/metrics.json").read_text())
        assert metrics["parent"]["mean"]["average_precision"] > 0.6

    def test_where_all_objects_have_a_label_the_page_says_so(self, trained, tmp_path):
        base = trained.path / RESULTS
        nothing = np.empty(0, dtype=np.int64)
        objects, features = read_parquet(base / "objects/test.parquet"), {}
        shard = read_shards([str(base / "shards/test/split_01.parquet")], objects).select(nothing)
        write_shard(tmp_path / "split_01.parquet", shard)
        write_parquet(tmp_path / "objects.parquet", objects.slice(0, 0))
        for family in ("gp2d", "shape"):
            features[family] = str(tmp_path / f"{family}.parquet")
            write_parquet(features[family], read_parquet(base / f"features/{family}/test.parquet").slice(0, 0))
        same = {
            "bundle": str(base / "bundle"),
            "objects": str(tmp_path / "objects.parquet"),
            "shards": [str(tmp_path / "split_01.parquet")],
        }
        predictions = str(tmp_path / "predictions.parquet")
        classify_test.main(**same, features=[*features.values()], families=[*features], curves=[], output=predictions)
        outputs = {key: str(tmp_path / f"candidates.{key}") for key in ("table", "parquet", "votable", "page")}
        told = {
            **same, "predictions": predictions, "reading": None, "summary": None, "history": None, "title": "t",
            "dataset": "d", "choose": "f1", "n_candidates": 5, "compiled": "results/compiled/all_families", **outputs,
        }  # fmt: skip
        # in a process of its own: one process takes compiled code from one folder
        said = "import json, sys; import write_candidates; write_candidates.main(**json.loads(sys.argv[1]))"
        trained.run(sys.executable, "-c", said, json.dumps(told), PYTHONPATH="scripts")
        page = (tmp_path / "candidates.page").read_text()
        assert "There is nothing to classify: all objects have a label" in page

    def test_nothing_is_left_to_do_and_a_submission_cannot_be_asked_for(self, trained):
        assert "Nothing to be done" in trained.snakemake("-n", "--configfile", SETTINGS[1]).stdout
        asked = trained.snakemake("-n", "--configfile", SETTINGS[1], "--", "submission", check=False)
        assert "my_survey: a collection has no sample_submission.csv" in asked.stdout + asked.stderr

    def test_the_slurm_profile_plans_the_new_jobs_in_groups(self, trained):
        """Groups that wait for each other in a circle would end the plan."""
        plan = trained.planned_rules("--profile", "profiles/slurm", "--configfile", SETTINGS[1], "--forceall")
        groups = yaml.safe_load((ROOT / "profiles/slurm/config.yaml").read_text())["groups"]
        assert {"read_collection", "label_objects"} <= plan & set(groups)

    def test_a_changed_label_reruns_folds_and_models_but_no_features(self, trained, tmp_path):
        workspace = trained.copy(tmp_path / "workspace")
        table = pd.read_csv(workspace.path / "labels.csv", keep_default_na=False)
        first = table.index[table["type"] == "SN Ia"][0]
        table.loc[first, "type"] = "SN II"
        write_labels(table, workspace.path)
        rules = workspace.planned_rules("--configfile", SETTINGS[1])
        assert {"label_objects", "make_folds", "cross_validate", "fit_model", "save_bundle", "write_report"} <= rules
        features = {"read_collection", "fit_curves", "compute_features", "gather_features", "compute_views"}
        assert features & rules == set()
        table.loc[first, "type"] = ""  # it is not learnt from any more
        write_labels(table, workspace.path)
        assert features <= workspace.planned_rules("--configfile", SETTINGS[1])

    def test_other_classes_for_the_labels_read_nothing_again(self, trained, tmp_path):
        workspace = trained.copy(tmp_path / "workspace")
        changed = SETTINGS[2].replace("SN II: CC", "SN II: SLSN")
        (workspace.path / SETTINGS[1]).write_text(changed)
        rules = workspace.planned_rules("--configfile", SETTINGS[1])
        assert "label_objects" in rules
        assert not {"read_collection", "fit_curves"} & rules

    def test_sets_weigh_as_told_and_are_scored_apart(self, trained, tmp_path):
        """Of two sets one hardly counts: predictions follow, and nothing is read again."""
        workspace = trained.copy(tmp_path / "workspace")
        before = read_parquet(workspace.path / RESULTS / "models/all_lgbm/oof.parquet")
        table = pd.read_csv(workspace.path / "labels.csv", keep_default_na=False)
        table["set"] = np.where(table["event"] != "", "early", "late")
        write_labels(table, workspace.path)
        told = SETTINGS[2].replace("    group: event", "    group: event\n    set: set\n    weights: {early: 0.05}", 1)
        (workspace.path / SETTINGS[1]).write_text(told)
        wanted = f"{RESULTS}/report/strata.csv"
        rules = workspace.planned_rules("--configfile", SETTINGS[1], "--", wanted)
        assert "label_objects" in rules
        assert not {"read_collection", "fit_curves", "compute_features"} & rules
        workspace.snakemake("--cores", "2", "--configfile", SETTINGS[1], "--", wanted)
        training = read_parquet(workspace.path / RESULTS / "training.parquet").to_pandas()
        weight = training.groupby("set")["weight"].agg(["min", "max"])
        assert weight.loc["early", "max"] == pytest.approx(0.05 * weight.loc["late", "min"])
        scores = pd.read_csv(workspace.path / wanted).query("folds == 'parent'").set_index("quantity")
        assert (
            scores.loc[["set early", "set late"], "objects"].tolist()
            == training["set"].value_counts()[["early", "late"]].tolist()
        )
        after = read_parquet(workspace.path / RESULTS / "models/all_lgbm/oof.parquet")
        assert not np.allclose(before["p_TDE"].to_numpy(), after["p_TDE"].to_numpy())


@pytest.fixture
def survey(tmp_path):
    """A small table of light curves and one of objects, and the block that names them."""
    names = [f"o{k}" for k in range(8)]
    curves = pd.concat([light_curve(name, seed=k) for k, name in enumerate(names)])
    written(curves, tmp_path / "curves.csv")
    labels = ["TDE", "TDE", "TDE", "SN Ia", "SN Ia", "SN Ia", "", "SN Ia?"]
    table = pd.DataFrame({"object_id": names, "type": labels, "z": 0.1, "ebv": 0.02, "event": ""})
    written(table, tmp_path / "labels.csv")
    block = {
        "files": [str(tmp_path / "curves.csv")],
        "objects": str(tmp_path / "labels.csv"),
        "label": "type",
        "classes": CLASSES_GIVEN,
    }
    return Survey(tmp_path, table, block)


class Survey:
    """The files of a collection, which tests change, and what comes of them."""

    def __init__(self, folder, table, block):
        self.folder, self.table, self.block = folder, table, block

    def labels(self, **block):
        written(self.table, self.folder / "labels.csv")
        return Labels(read_block(Collection, self.block | block, "datasets.mine"), "mine")

    def read(self, n_shards=1, **block):
        """Both sets' object tables, and what was read."""
        names = [f"split_01-{k}" for k in range(1, n_shards + 1)]
        sets = {
            name: SetFiles(
                str(self.folder / f"{name}.parquet"), [str(self.folder / f"{name}/{each}.parquet") for each in names]
            )
            for name in ("train", "test")
        }
        labels = self.labels(**block)
        found = read_sets(labels, labels.collection.files, sets, learnt_from="train")
        return {name: pq.read_table(place.objects).to_pylist() for name, place in sets.items()}, found

    def training(self, n_folds=3, **block):
        self.read(**block)
        objects = pq.read_table(self.folder / "train.parquet")
        return training_table(self.labels(**block), objects, n_folds)


class TestSets:
    def test_objects_are_divided_by_their_labels(self, survey):
        sets, found = survey.read()
        assert [row["object_id"] for row in sets["train"]] == [f"o{k}" for k in range(6)]
        assert [row["object_id"] for row in sets["test"]] == ["o6", "o7"]
        assert found.counts["train"]["objects"] == 6

    def test_a_shard_may_be_empty_and_all_rows_arrive(self, survey):
        sets, found = survey.read(n_shards=3)
        assert [row["shard"] for row in sets["train"]] == [f"split_01-{k}" for k in (1, 1, 2, 2, 3, 3)]
        paths = sorted((survey.folder / "train").glob("*.parquet")) + sorted((survey.folder / "test").glob("*.parquet"))
        rows = [pq.read_table(path).num_rows for path in paths]
        assert sum(rows) == found.report["rows read"]
        assert rows.count(0) == 1  # two objects, three shards

    def test_what_is_listed_without_a_light_curve_is_left_out_and_counted(self, survey):
        survey.table.loc[len(survey.table)] = ["elsewhere", "TDE", 0.1, 0.02, ""]
        sets, found = survey.read()
        assert len(sets["train"]) == 6
        assert found.counts["train"]["without any observation, left out"] == 1

    def test_what_is_in_no_table_is_classified(self, survey):
        survey.table = survey.table[survey.table["object_id"] != "o5"]
        sets, _ = survey.read()
        assert {row["object_id"]: row["flags"] for row in sets["test"]}["o5"].startswith("not_in_table")

    def test_an_unknown_extinction_is_the_median_of_the_others(self, survey):
        survey.table["ebv"] = [0.1, 0.2, 0.6, *[np.nan] * 5]
        sets, _ = survey.read()
        assert [row["ebv"] for row in sets["train"]] == [0.1, 0.2, 0.6, 0.2, 0.2, 0.2]
        assert ["ebv_missing" in row["flags"] for row in sets["train"]] == [False] * 3 + [True] * 3

    def test_without_any_redshift_or_extinction_all_are_flagged(self, survey):
        survey.table = survey.table.drop(columns=["z", "ebv"])
        sets, _ = survey.read(object_columns={"z": "", "ebv": ""})
        assert all(np.isnan(row["z"]) and row["ebv"] == 0.0 for row in sets["train"])
        assert all({"z_missing", "ebv_missing"} <= set(row["flags"].split(";")) for row in sets["train"])

    def test_labels_in_the_files_do_as_well(self, survey):
        example = ROOT / "docs/parts/examples"
        files = [str(example / f"plasticc_{name}.csv") for name in ("light_curves", "metadata")]
        sets, _ = survey.read(files=files, objects="", label="")
        (row,) = sets["train"]
        assert (row["object_id"], row["label"], row["z"], row["ebv"]) == ("615", "TDE", 0.31, 0.017)


class TestLabels:
    @pytest.mark.parametrize(
        ("label", "name", "type_"),
        [
            ("SN Ia-91bg-like", "Ia", "SN Ia-91bg-like"),
            ("IIn", "CC", "SN IIn"),
            ("TDE-H-He", "TDE", "TDE"),
            ("quasar", "AGN", "AGN"),
            ("SN IIn", "SLSN", "SLSN"),
            ("SLSN-II", "SLSN", "SLSN-II"),
        ],
    )
    def test_a_label_that_is_a_type_of_its_class_stays(self, label, name, type_):
        assert type_name(label, name) == type_
        assert five_class(type_) == name

    @pytest.mark.parametrize("name", CLASSES)
    def test_every_class_has_a_type(self, name):
        assert five_class(type_name("?", name)) == name

    def test_numbers_are_labels_too(self, survey):
        survey.table["type"] = [1, 1, 1, 0, 0, 0, -9, -9]
        labels = survey.labels(classes={"1": "TDE", "0": "Ia", "-9": None})
        assert [labels.spec_type(name) for name in ("o0", "o3", "o6")] == ["TDE", "SN Ia", None]

    def test_events_are_groups_and_others_alone(self, survey):
        survey.table["event"] = ["a", "a", "", "b", "a", "", "", ""]
        assert survey.training(n_folds=2, group="event")["parent"].to_pylist() == [0, 0, 1, 2, 0, 3]
        assert survey.training()["parent"].to_pylist() == list(range(6))


class TestReading:
    def test_the_table_may_lie_among_the_light_curves(self, survey):
        files = files_of(str(survey.folder))
        assert {file.name for file in files} == {"curves.csv", "labels.csv"}
        assert [file.name for file in without_table(files, survey.block["objects"])] == ["curves.csv"]
        assert without_table(files, "") == files
        sets, found = survey.read(files=[str(file) for file in files])
        assert found.report["files"] == [str(survey.folder / "curves.csv")]
        assert len(sets["train"]) == 6

    def test_only_what_reading_needs_is_in_the_digest(self, survey):
        def digest(**block):
            written(survey.table, survey.folder / "labels.csv")
            return listing_digest(survey.block | block, "mine")

        before = digest()
        survey.table.loc[0, "type"] = "SN Ia"
        assert digest() == before
        assert digest(classes=CLASSES_GIVEN | {"SN Ia": "CC"}) == before
        assert digest(classes=CLASSES_GIVEN | {"SN Ia": None}) != before
        survey.table.loc[0, "z"] = 0.2
        assert digest() != before
        survey.table.loc[0, "z"] = 0.1
        survey.table.loc[0, "type"] = ""
        assert digest() != before
        survey.table.loc[0, "type"] = "nova"
        assert "nova" in digest()  # the job that reads the table says so too
        assert digest(objects="", label="") == ""


class TestRefused:
    """Bad input ends in one line with file, row or label, what was found and what is allowed."""

    def test_a_label_without_a_class(self, survey):
        survey.table.loc[4, "type"] = "nova"
        words = r"labels\.csv: line 6: type is 'nova'; allowed: the labels of datasets\.mine\.classes \('TDE', 'SN Ia'"
        with pytest.raises(InputError, match=words):
            survey.read()

    def test_a_label_in_the_files_without_a_class(self, survey):
        example = ROOT / "docs/parts/examples"
        files = [str(example / f"plasticc_{name}.csv") for name in ("light_curves", "metadata")]
        words = r"object '615' in the files of light curves: the label is 'TDE'; allowed: the labels of datasets\.mine"
        with pytest.raises(InputError, match=words):
            survey.read(files=files, objects="", label="", classes={"flare": "TDE", "SN Ia": "Ia"})

    def test_a_class_with_fewer_events_than_folds(self, survey):
        words = r"datasets\.mine\.classes: Ia \('SN Ia'\) has 3 events .* and folds\.n_folds is 5; allowed: at least as"
        survey.block["classes"] = {"SN Ia": "Ia", "TDE": "TDE"}
        survey.table.loc[6:, "type"] = "TDE"
        with pytest.raises(InputError, match=words):
            survey.training(n_folds=5)
        survey.table["event"] = [*"aaabcdaa"]
        with pytest.raises(InputError, match=r"TDE \('TDE'\) has 1 events"):
            survey.training(n_folds=3, group="event")

    def test_no_label_at_all(self, survey):
        survey.table["type"] = ""
        with pytest.raises(InputError, match=r"datasets\.mine: none of 8 objects has a label and a light curve"):
            survey.read()

    def test_a_weight_of_no_set(self, survey):
        survey.table["set"] = ["near", "far"] * 4
        training = survey.training(set="set", weights={"near": 3.0})
        assert training["weight"].to_pylist() == pytest.approx([1.5, 0.5] * 3)
        with pytest.raises(
            InputError, match=r"mine\.weights: 'middle' is no set .*; allowed: 'far', 'near', the names"
        ):
            survey.training(set="set", weights={"middle": 3.0})

    def test_a_column_that_is_not_there(self, survey):
        with pytest.raises(InputError, match=r"labels\.csv: .*missing column 'kind'.* datasets\.mine\.label$"):
            survey.read(label="kind")

    def test_messages_of_readers_name_the_keys_of_the_collection(self, survey):
        survey.table = survey.table.rename(columns={"z": "redshift"})
        with pytest.raises(InputError, match=r"name the columns in datasets\.mine\.object_columns"):
            survey.read()

    @pytest.mark.parametrize(
        ("block", "words"),
        [
            (
                {"classes": {"TDE": "TDE"}},
                "datasets.mine.classes: got labels of TDE; allowed: of TDE and another",
            ),
            ({"classes": {"SN Ia": "Ia", "SN II": "CC"}}, "datasets.mine.classes: got labels of CC, Ia; allowed"),
            ({"classes": {"SN Ia": "Ib"}}, "datasets.mine.classes.SN Ia: got 'Ib'; allowed: 'AGN', 'Ia', 'CC'"),
            ({"classes": {15: "TDE"}}, "datasets.mine.classes: got the name 15; allowed: text"),
            ({"objects": ""}, "datasets.mine.label: got 'type', a column of objects, which is not set; allowed: both"),
            ({"set": "survey", "objects": "", "label": ""}, "datasets.mine.set: got 'survey', a column of objects"),
            ({"weights": {"near": 2.0}}, "datasets.mine.weights: got weights of sets, and no column in set"),
            ({"set": "event", "weights": {"near": 0.0}}, "datasets.mine.weights.near: got 0.0; allowed"),
            ({"lables": "type"}, "datasets.mine.lables: unknown key; did you mean label?"),
            ({"columns": {"value": "totFlux"}}, "datasets.mine.columns.value: got 'totFlux', a total flux"),
        ],
    )
    def test_settings(self, survey, block, words):
        with pytest.raises(InputError, match=re.escape(words)):
            survey.labels(**block)
