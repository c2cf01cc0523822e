from eval.counts import count_plot
from eval.plots import BLUE, GREY

COUNTS = {"in the catalog": 12, "strict": 7, "human_only": 0}


def bars(judged: str | None = None) -> list[dict[str, object]]:
    plot = count_plot(COUNTS, "Tracks permitted", judged).to_dict()
    (rows,) = plot["datasets"].values() if "datasets" in plot else (plot["data"]["values"],)
    return list(rows)


def test_every_count_has_a_bar_in_the_order_given() -> None:
    assert {row["name"]: row["tracks"] for row in bars()} == COUNTS
    assert count_plot(COUNTS, "").to_dict()["layer"][0]["encoding"]["y"]["sort"] == list(COUNTS)


def test_the_one_that_is_judged_stands_out() -> None:
    assert [row["colour"] for row in bars("strict")] == [GREY, BLUE, GREY]
    assert [row["colour"] for row in bars()] == [BLUE, BLUE, BLUE]


def test_nothing_counted_is_an_empty_plot() -> None:
    assert count_plot({}, "Withheld").to_dict()["title"]["text"] == "Withheld"
