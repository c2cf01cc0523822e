"""The laboratory: data sets, metrics, baselines and offline runs that judge the recommender; nothing here serves anyone."""

import warnings

from catalog import __version__ as __version__

# A library that learns brings tqdm, which asks in every notebook for widgets that nothing here shows.
warnings.filterwarnings("ignore", "IProgress not found")
