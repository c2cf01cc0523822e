"""What a recommendation costs, measured: `make bench`, or `python -m tests.benchmarks --help`. Never part of a test run."""
