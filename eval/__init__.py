"""The laboratory: data sets, metrics, baselines and offline runs that judge the recommender; nothing here serves anyone."""
