"""The sentence encoder in torch, all-MiniLM-L6-v2: frozen, with a low-rank product on each linear map of its upper layers."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor, nn

LAYERS, WIDTH, ATTENTIONS = 6, 384, 12
ATTENDING = ("attention.self.query", "attention.self.key", "attention.self.value")
ATTENDED, WIDENING, NARROWING = "attention.output.dense", "intermediate.dense", "output.dense"
MAPS = (*ATTENDING, ATTENDED, WIDENING, NARROWING)
EPSILON = 1e-12
HIDDEN = -1e9
DROPPED = 0.1
MAX_TOKENS = 64


class Product(nn.Module):
    """What is added to one linear map: inputs by rank, rank by outputs; nothing at first."""

    def __init__(self, inputs: int, outputs: int, rank: int) -> None:
        super().__init__()
        self.a = nn.Parameter(torch.randn(inputs, rank) / math.sqrt(inputs))
        self.b = nn.Parameter(torch.zeros(rank, outputs))

    def forward(self, x: Tensor) -> Tensor:
        return F.dropout(x, DROPPED, self.training) @ self.a @ self.b


class Encoder(nn.Module):
    """The encoder with frozen weights, and products on the maps of its layers from `first` on."""

    def __init__(self, weights: dict[str, Tensor], first: int, rank: int) -> None:
        super().__init__()
        self.weights, self.first = weights, first
        self.products = nn.ModuleDict()
        for number in range(first, LAYERS):
            for name in MAPS:
                outputs, inputs = weights[f"encoder.layer.{number}.{name}.weight"].shape
                self.products[_key(f"encoder.layer.{number}.{name}")] = Product(inputs, outputs, rank)

    def lower(self, ids: Tensor, here: Tensor) -> Tensor:
        """Return the states below the first changed layer, for tokens that are `here` and no padding."""
        words = self.weights["embeddings.word_embeddings.weight"][ids]
        places = self.weights["embeddings.position_embeddings.weight"][: ids.shape[1]]
        x = self._norm(words + places + self.weights["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        return self._layers(x, here, range(self.first))

    def upper(self, states: Tensor, here: Tensor) -> Tensor:
        """Return unit vectors, the mean over the tokens."""
        x = self._layers(states, here, range(self.first, LAYERS))
        counted = here.float()[:, :, None]
        return F.normalize((x * counted).sum(1) / counted.sum(1), dim=-1)

    def adapter(self) -> dict[str, Tensor]:
        """Return the products in half precision, by the names of the maps that they are added to."""
        return {
            f"{_name(key)}.{side}": getattr(product, side).detach().half().contiguous()
            for key, product in self.products.items()
            for side in ("a", "b")
        }

    def _layers(self, x: Tensor, here: Tensor, numbers: range) -> Tensor:
        hidden = torch.where(here, 0.0, HIDDEN)[:, None, None, :]
        for number in numbers:
            x = self._layer(x, hidden, f"encoder.layer.{number}")
        return x

    def _layer(self, x: Tensor, hidden: Tensor, layer: str) -> Tensor:
        size, length, _ = x.shape
        query, key, value = (self._parted(self._linear(x, f"{layer}.{name}"), size, length) for name in ATTENDING)
        seen = F.scaled_dot_product_attention(query, key, value, attn_mask=hidden).transpose(1, 2).reshape(size, length, WIDTH)
        x = self._norm(x + self._linear(seen, f"{layer}.{ATTENDED}"), f"{layer}.attention.output.LayerNorm")
        wide = F.gelu(self._linear(x, f"{layer}.{WIDENING}"))
        return self._norm(x + self._linear(wide, f"{layer}.{NARROWING}"), f"{layer}.output.LayerNorm")

    @staticmethod
    def _parted(x: Tensor, size: int, length: int) -> Tensor:
        return x.view(size, length, ATTENTIONS, WIDTH // ATTENTIONS).transpose(1, 2)

    def _linear(self, x: Tensor, name: str) -> Tensor:
        y = F.linear(x, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"])
        return y + self.products[_key(name)](x) if _key(name) in self.products else y

    def _norm(self, x: Tensor, name: str) -> Tensor:
        return F.layer_norm(x, (WIDTH,), self.weights[f"{name}.weight"], self.weights[f"{name}.bias"], EPSILON)


def _key(name: str) -> str:
    """Return the name as torch takes it: without points."""
    return name.replace(".", "/")


def _name(key: str) -> str:
    return key.replace("/", ".")


def read_weights(folder: Path, sha256: str) -> dict[str, Tensor]:
    """Return the published weights. Raises SystemExit where they are others."""
    path = folder / "model.safetensors"
    if hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
        raise SystemExit(f"{path} is not the published file: run `make setup` and rows.py again.")
    return {name.removeprefix("bert."): value for name, value in load_file(path).items()}


def read_tokenizer(folder: Path) -> Tokenizer:
    """Return the encoder's tokenizer."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer
