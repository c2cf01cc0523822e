"""The exported encoder, shared by the tests that encode with the real model."""

from pathlib import Path

import pytest

from recommender.indexes.encoders import OnnxEncoder
from tests.homes import exported_encoder


@pytest.fixture(scope="session")
def encoder_folder() -> Path:
    return exported_encoder()


@pytest.fixture(scope="session")
def encoder(encoder_folder: Path) -> OnnxEncoder:
    return OnnxEncoder(encoder_folder)
