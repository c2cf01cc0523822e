"""Notebooks as jupytext percent sources, numbered in the order of reading; `jupytext --to ipynb` opens them anywhere."""
