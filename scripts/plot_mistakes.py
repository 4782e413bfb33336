"""Draw the light curves of the blend's most confident mistakes, and list them."""

from tde.evaluation.looks import looks_like
from tde.evaluation.mistakes import confident_mistakes
from tde.evaluation.objects import read_training_objects
from tde.evaluation.predictions import out_of_fold
from tde.lightcurves import read_shards
from tde.plots.mistake_gallery import plot_mistakes
from tde.runlog import run_log
from tde.tables import read_parquet, write_rows


def main(
    *,
    oof: str,
    training_objects: str,
    objects: str,
    shards: list[str],
    features: dict[str, str],
    figure: str,
    table: str,
) -> None:
    training = read_training_objects(training_objects)
    types = read_parquet(training_objects, ["spec_type"])["spec_type"].to_pylist()
    lightcurves = read_shards(shards, read_parquet(objects))
    # Folds by parent: an object whose siblings were learnt is no test of understanding.
    by_kind = {part.kind: part for part in out_of_fold(read_parquet(oof), training.object_id)}
    mistakes = confident_mistakes(by_kind["parent"], training.positive)
    tables = {family: read_parquet(path) for family, path in features.items()}
    columns = {f"{family}.{name}": of[name].to_numpy() for family, of in tables.items() for name in of.column_names}
    looks = looks_like(columns, len(lightcurves))
    plot_mistakes(lightcurves, types, looks.tolist(), mistakes, figure)
    rows = [
        {
            "object_id": training.object_id[mistake.index],
            "spec_type": types[mistake.index],
            "p_TDE": mistake.probability,
            "mistake": "missed TDE" if mistake.missed else "false alarm",
            "looks_like": looks[mistake.index],
            "z": lightcurves.z[mistake.index],
            "n_points": int(lightcurves.offsets[mistake.index + 1] - lightcurves.offsets[mistake.index]),
        }
        for mistake in mistakes
    ]
    write_rows(table, rows, ["object_id", "spec_type", "p_TDE", "mistake", "looks_like", "z", "n_points"])


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            oof=snakemake.input.oof,
            training_objects=snakemake.input.training,
            objects=snakemake.input.objects,
            shards=list(snakemake.input.shards),
            features=dict(zip(snakemake.params.families, snakemake.input.features, strict=True)),
            figure=snakemake.output.figure,
            table=snakemake.output.table,
        )
