"""A run in MLflow, beside whatever else a team tracks there."""

import re
from pathlib import Path
from tempfile import TemporaryDirectory

import mlflow

from eval.reporting.results import Run


def log_run(run: Run, page: Path | None) -> str:
    """Log a run with its files, and the `page` of it if it is there, to MLflow's current store and experiment; return its id.

    Parameters are what was run and how each system was set, tags what it was made from, and metrics each system's means with
    the ends of their intervals, as `hybrid/ndcg_at_10`, `_low` and `_high`. Raises RuntimeError where MLflow does not take it.
    """
    values = {
        _named(f"{system}/{name}{suffix}"): value
        for system, measures in run.values.items()
        for name, one in measures.items()
        for suffix, value in (("", one.value), ("_low", one.low), ("_high", one.high))
    }
    tags = {
        **run.about.get("identity", {}),
        **run.made,
        "mlflow.note.content": "\n\n".join([*run.description(), *run.warnings()]),
        # Not those of the process that logs, which MLflow would put here.
        "mlflow.source.name": run.made.get("command"),
        "mlflow.source.git.commit": run.made.get("commit"),
    }
    try:
        with mlflow.start_run(nested=True, tags=tags) as active, TemporaryDirectory() as folder:
            mlflow.log_params(
                {
                    **{name: value for name, value in run.about.items() if isinstance(value, str | int)},
                    **{_named(f"settings/{name}"): text for name, text in run.about["systems"].items()},
                }
            )
            mlflow.log_metrics(values)
            run.write(Path(folder))
            mlflow.log_artifacts(folder)
            if page is not None and page.exists():
                mlflow.log_artifact(str(page))
            return str(active.info.run_id)
    except mlflow.MlflowException as error:
        raise RuntimeError(f"MLflow did not take the run: {error}") from error


def _named(name: str) -> str:
    """Return a name as MLflow takes it: `ndcg_at_10` for ndcg@10, as it calls its own, and _ for other signs."""
    return re.sub(r"[^\w\-. :/]", "_", name.replace("@", "_at_"))
