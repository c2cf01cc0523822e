"""The graph that serving runs: transformer, mean pooling and normalisation in one ONNX file. Imports torch."""

import logging
import warnings
from pathlib import Path
from typing import Any

import torch
from sentence_transformers import SentenceTransformer
from torch import Tensor, nn


class _Pooled(nn.Module):
    def __init__(self, transformer: Any) -> None:
        super().__init__()
        self.transformer = transformer

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        hidden = self.transformer(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        weights = attention_mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1e-9)
        return nn.functional.normalize(mean, dim=1)


def write_graph(model: SentenceTransformer, path: Path) -> None:
    """Write `model` (a transformer with mean pooling) to `path`; both axes of its inputs may vary."""
    pooled = _Pooled(model[0].auto_model).eval()
    # Two tensors: the exporter takes one that is passed twice for one input.
    ids, mask = torch.full((2, 8), 1037, dtype=torch.int64), torch.ones((2, 8), dtype=torch.int64)
    axes = {0: torch.export.Dim("texts"), 1: torch.export.Dim("tokens", max=512)}
    logging.disable(logging.WARNING)  # The exporter warns of torchvision, which nothing here needs.
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # And of its own renamed axes and of PyTorch's own deprecations.
            program = torch.onnx.export(
                pooled,
                (ids, mask),
                dynamo=True,
                verbose=False,
                input_names=["input_ids", "attention_mask"],
                output_names=["vectors"],
                dynamic_shapes=({**axes}, {**axes}),
            )
    finally:
        logging.disable(logging.NOTSET)
    if program is None:
        raise RuntimeError("the exporter returned nothing")
    program.save(str(path), external_data=False)
