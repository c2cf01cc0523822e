"""Runs in MLflow, whose store here is a file."""

import math
import sys
from pathlib import Path

import mlflow
import pytest

from eval.__main__ import DONE, FAILED, main
from eval.reporting.results import Run
from tests.eval.planted_runs import ABOUT, HALF, MADE, RUN, planted

# MLflow's own tables are declared in a way that this SQLAlchemy will give up.
pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy:sqlalchemy.exc.SADeprecationWarning")


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with a run, and what MLflow is told of where runs go."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/runs.db")
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "ranker")
    RUN.write(tmp_path / "after")
    return tmp_path


def test_a_run_is_logged_with_what_it_was_made_from_every_mean_with_its_interval_and_its_files(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (desk / "after" / "report.html").write_text("a page")
    (desk / "after" / "notes.txt").write_text("nobody's business")
    assert main(["log", "after"]) == DONE
    (found,) = mlflow.search_runs(experiment_names=["ranker"], output_format="list")
    assert capsys.readouterr().out == f"the run is in MLflow as {found.info.run_id}\n"
    assert found.info.status == "FINISHED"
    assert (
        found.data.params.items()
        >= {
            "policy": "strict",
            "ranked": "1200",
            "settings/hybrid": "dense=1.0",
            "settings/bm25": "k1 0.9",
        }.items()
    )
    assert found.data.tags.items() >= {**ABOUT["identity"], **MADE}.items()
    assert found.data.tags["mlflow.source.git.commit"] == MADE["commit"]
    assert "permitted in DE under strict" in found.data.tags["mlflow.note.content"]
    value = Run.read(desk / "after").value("bm25", "macro/ndcg@10")
    logged = [found.data.metrics[f"bm25/macro/ndcg_at_10{end}"] for end in ("", "_low", "_high")]
    assert logged == pytest.approx([value.value, value.low, value.high])
    assert found.data.metrics["hybrid-without-names/coverage_at_10"] == 0.5
    assert math.isnan(found.data.metrics["bm25/wishes_at_10"])
    kept = Path(mlflow.artifacts.download_artifacts(run_id=found.info.run_id, dst_path=str(desk)))
    names = {path.name for path in (desk / "after").iterdir()} - {"notes.txt"}
    assert names < {path.name for path in kept.iterdir()}
    assert (kept / "metrics.json").read_bytes() == (desk / "after" / "metrics.json").read_bytes()


def test_a_notebook_logs_a_run_inside_the_one_it_is_in_and_names_are_made_such_as_mlflow_takes() -> None:
    run = planted({"popularity+bm25": {"ndcg@10": HALF}}, about={"systems": {"popularity+bm25": "added"}})
    with mlflow.start_run() as outer:
        inner = mlflow.get_run(run.to_mlflow())
    assert inner.data.tags["mlflow.parentRunId"] == outer.info.run_id
    assert inner.data.metrics["popularity_bm25/ndcg_at_10"] == 0.5
    assert inner.data.params["settings/popularity_bm25"] == "added"


def test_what_mlflow_does_not_take_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "smoke://signals")
    assert main(["log", "after"]) == FAILED
    assert "python -m eval: MLflow did not take the run: " in capsys.readouterr().err.splitlines()[-1]


def test_where_mlflow_is_not_installed_the_remedy_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "eval.reporting.mlflow_log", raising=False)
    monkeypatch.setitem(sys.modules, "mlflow", None)
    assert main(["log", "after"]) == FAILED
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.endswith("needs mlflow, which is not installed; run `pip install --constraint constraints.txt --editable '.[mlflow]'`")  # fmt: skip
