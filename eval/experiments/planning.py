"""Planning an experiment: what it can find, and how long it takes, by what listeners of the log did."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, nan, sqrt
from pathlib import Path
from statistics import NormalDist
from typing import Final

import numpy as np

from eval.experiments.comparing import ALPHA, LEAST_UNITS, boundary, ratio
from eval.experiments.trial import Metric, read_trial
from eval.measures.significance import POWER
