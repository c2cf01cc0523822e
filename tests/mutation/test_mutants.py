"""The mistakes that are tried, and how a trial ends."""

from enum import Enum
from pathlib import Path

import pytest

from tests.mutation.mutants import mutants
from tests.mutation.trial import Outcome, Subject, TrialError, outcome


class Lamp(Enum):
    OFF = 0
    DIM = 1
    BRIGHT = 2


WRITTEN: dict[str, set[str]] = {
    "x < y": {"x <= y", "x >= y"},
    "x is None": {"x is not None"},
    "0 <= x < y": {"2 <= x < y", "-2 <= x < y", "0 < x < y", "0 > x < y", "0 <= x <= y", "0 <= x >= y"},
    "x and (y or z)": {"((y or z))", "(x)", "x and ((z))", "x and ((y))"},
    "x | y": {"x", "y"},
    "not x": {"x"},
    "x + y": {"x - y"},
    "x = True": {"x = False"},
    "x = 'on'": {"x = 'onx'"},
    "f'{x} on {1}'": {'""'},
    "x if y else z": {"x if True else z", "x if False else z"},
    "(x, y)": set(),
    "(x, *y, z)": {"(*(), *y, z)", "(x, *(), z)", "(x, *y, *())"},
    "{x: y, **z}": {"{**{}, **z}"},
    "[x for x in y if x]": {"[x for x in y if True]"},
    "max(x, y, key=z)": {"min(x, y, key=z)", "max(x, y)", "pass"},
    "sorted(x)": {"list(x)", "pass"},
    "x.strip()": {"x", "pass"},
    "Lamp.DIM": {"Lamp.OFF"},
    "Lamp.OFF": {"Lamp.BRIGHT"},
    "LIT": {"Lamp.OFF"},
    "x += y": {"pass"},
    "x.on = y": {"pass"},
    "x = y": set(),
    "print(x)": {"pass"},
    "x: 'Lamp' = y": set(),
    "Lamps = dict[str, Lamp | None]": set(),
    "@cached(1)\ndef on(x: 'int' = y) -> 'int':\n    'Turns it on.'\n    return x": set(),
    "if x:\n    raise y": {"if True:\n    raise y", "if False:\n    raise y", "if x:\n    pass"},
    "for x in y:\n    continue": {"for x in ():\n    continue", "for x in y:\n    pass"},
    "print('é'); x = 1": {"print('éx'); x = 1", "pass; x = 1", "print('é'); x = 3", "print('é'); x = -1"},
    "def on():\n    return 1": {"def on():\n    return 2", "def on():\n    return 0"},
}


@pytest.mark.parametrize(("source", "written"), WRITTEN.items(), ids=WRITTEN.keys())
def test_each_place_is_written_otherwise_in_turn(source: str, written: set[str]) -> None:
    names = {"Lamp": Lamp, "LIT": Lamp.DIM}
    assert {mutant.text(source) for mutant in mutants(source, names)} == written


def test_a_mutant_says_where_it_is_and_what_it_changes() -> None:
    (mutant,) = mutants("def lit(x):\n    return not (\n        x\n    )\n", {})
    assert (mutant.line, mutant.code, str(mutant)) == (2, "return not (", "not ( x ) -> x")


LAMP = "def lit(hour):\n    while hour > 24:\n        hour -= 24\n    return hour >= 18\n"
TEST_OF_LAMP = (
    "from lamp import lit\n\ndef test_the_lamp_is_lit_in_the_evening():\n    assert lit(20) and not lit(32)\n"
)
ENDS = {
    Outcome.SURVIVED: LAMP,
    Outcome.KILLED: LAMP.replace(">=", "<"),
    Outcome.CANNOT_BE_IMPORTED: LAMP + "lit(hour)",
    Outcome.ENDLESS: LAMP.replace("-=", "+="),
}


@pytest.mark.parametrize(("ends", "text"), ENDS.items(), ids=[one.name.lower() for one in ENDS])
def test_a_trial_ends_as(tmp_path: Path, ends: Outcome, text: str) -> None:
    (tmp_path / "lamp.py").write_text(LAMP)
    (tmp_path / "test_lamp.py").write_text(TEST_OF_LAMP)
    subject = Subject("lamp", tmp_path / "lamp.py", (str(tmp_path / "test_lamp.py"),))
    assert outcome(subject, text, longest=1 if ends is Outcome.ENDLESS else 120) is ends


def test_tests_that_cannot_be_run_are_no_outcome(tmp_path: Path) -> None:
    (tmp_path / "lamp.py").write_text(LAMP)
    with pytest.raises(TrialError, match="try pytest with these files"):
        outcome(Subject("lamp", tmp_path / "lamp.py", (str(tmp_path / "test_gone.py"),)), LAMP, longest=120)
