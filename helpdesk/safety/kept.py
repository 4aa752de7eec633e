"""What the safety net keeps in its cache folder: the trained net, the embeddings, the last good files."""

from __future__ import annotations

import hashlib
import inspect
import json
import logging
import os
import shutil
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from extensions.hidden import Hidden
from helpdesk.safety import learning
from helpdesk.safety.learning import Array, Encodes, Model
from helpdesk.safety.nearness import Known
from helpdesk.safety.rules import FILES, Rules

log = logging.getLogger(__name__)

PIECE = 512  # sentences
KEPT_NETS = 8
KEPT_MET = 20
ARRAYS = ("weights", "bias", "weighing")  # of the trained net, and below what it knows
KNOWN = ("full", "axes", "dangerous")
HIDDEN = "hidden_"
UNREADABLE = (OSError, ValueError, KeyError, EOFError)


class Ending(Exception):
    """The program ends while the net is being trained."""


def digest(*parts: bytes) -> str:
    h = hashlib.sha256()
    for part in parts:
        h.update(len(part).to_bytes(8, "big") + part)
    return h.hexdigest()[:24]


def digest_of(folder: Path) -> str:
    files = (folder / name for name in FILES)
    return digest(*(f.read_bytes() if f.is_file() else b"" for f in files), learning.FORMAT.to_bytes(2, "big"))


def write(path: Path, save: Callable[[BinaryIO], Any]) -> None:
    """Write beside, then move into place: a reader never sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=path.suffix)
    try:
        with os.fdopen(handle, "wb") as out:
            save(out)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def note(path: Path) -> None:
    write(path, lambda out: out.write(b"ok\n"))


def model_for(
    rules: Rules, data: Path | None, encoder: Encodes, cache: Path, elsewhere: Callable[[], None] | None = None
) -> tuple[Model, str]:
    """The trained net, from the cache where there is one for just these sentences, and its stamp.

    Where there is none, `elsewhere` may put it there; what it leaves undone is done here.
    """
    # To tidy every sentence takes seconds: where the very same files were met before, what came of it is known.
    met = cache / f"met-{_sources(rules, data, encoder)}.txt"
    found = _met_net(cache, met)
    if found is None and elsewhere is not None:
        elsewhere()
        found = _met_net(cache, met)
    if found is not None:
        return found
    model, stamp = _model_for(rules, data, encoder, cache)
    write(met, lambda out: out.write(f"{stamp}\n".encode("ascii")))
    for old in sorted(cache.glob("met-*.txt"), key=lambda p: p.stat().st_mtime)[:-KEPT_MET]:
        old.unlink(missing_ok=True)
    return model, stamp


def _met_net(cache: Path, met: Path) -> tuple[Model, str] | None:
    """The net that came of the files that `met` stands for, and its stamp."""
    if not met.is_file():
        return None
    stamp = met.read_text(encoding="ascii").strip()
    found = _kept_net(cache, stamp)
    return (found, stamp) if found else None


def _sources(rules: Rules, data: Path | None, encoder: Encodes) -> str:
    """The digest of all that the second net is made from, and of what makes it."""
    said = [rules.suspect, rules.must, rules.must_not, rules.harmless, sorted(rules.words.danger), sorted(rules.words.real)]
    paths = [*sorted(Path(__file__).parent.glob("*.py")), Path(inspect.getfile(Hidden))]
    for part in ("answers", "referrals", "dialogue") if data else ():
        paths += sorted((data / part).rglob("*.yml"))  # type: ignore[operator]
    names = [str(path.relative_to(data)) if data and path.is_relative_to(data) else path.name for path in paths]
    return digest(json.dumps([said, names, _version(encoder)]).encode(), *(path.read_bytes() for path in paths))


def _kept_net(cache: Path, stamp: str) -> Model | None:
    path = cache / f"net-{stamp}.npz"
    if not path.is_file():
        return None
    try:
        found = _read(path)
        path.touch()  # the ones that are used are kept: trained again, one is not quite the same
        return found
    except UNREADABLE as error:
        log.warning("the safety net's cache %s cannot be read (%s); training again", path.name, error)
    return None


def _model_for(rules: Rules, data: Path | None, encoder: Encodes, cache: Path) -> tuple[Model, str]:
    m = learning.material(rules, data)
    stamp = digest(
        json.dumps([learning.FORMAT, learning.FALSE_ALARMS, m.normal, m.labels.tolist(), m.weight.tolist()]).encode(),
        json.dumps([sorted(rules.words.danger), sorted(rules.words.real)]).encode(),
        _version(encoder).encode(),
    )
    if found := _kept_net(cache, stamp):
        return found, stamp
    model = learning.fit(m, _embed([learning.spoken(n) for n in m.normal], encoder, cache))
    about = {name: getattr(model, name) for name in ("threshold", "certain", "curve", "trained_on")}
    arrays = {name: getattr(model, name) for name in ARRAYS} | {name: getattr(model.known, name) for name in KNOWN}
    arrays |= {f"{HIDDEN}{name}": array for name, array in vars(model.hidden).items()}
    write(cache / f"net-{stamp}.npz", lambda out: np.savez(out, about=np.array(json.dumps(about)), **arrays))
    write(cache / "curve.json", lambda out: out.write(json.dumps(about, indent=1).encode()))
    for old in sorted(cache.glob("net-*.npz"), key=lambda p: p.stat().st_mtime)[:-KEPT_NETS]:
        old.unlink(missing_ok=True)
    return model, stamp


def _version(encoder: Encodes) -> str:
    return str(getattr(encoder, "version", getattr(encoder, "name", type(encoder).__name__)))


def _read(path: Path) -> Model:
    with np.load(path, allow_pickle=False) as kept:
        about = json.loads(str(kept["about"]))
        known = Known.along_axes(*(kept[name] for name in KNOWN))
        layer = Hidden(**{name.removeprefix(HIDDEN): kept[name] for name in kept.files if name.startswith(HIDDEN)})
        return Model(**{name: kept[name] for name in ARRAYS}, known=known, hidden=layer, **about)


def keep_last_good(folder: Path, cache: Path) -> None:
    kept = cache / "last_good"
    kept.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        source, target = folder / name, kept / name
        if source.resolve() != target.resolve() and (not target.is_file() or target.read_bytes() != source.read_bytes()):
            with source.open("rb") as content:
                write(target, lambda out, content=content: shutil.copyfileobj(content, out))  # type: ignore[misc]


def _embed(sentences: list[str], encoder: Encodes, cache: Path) -> Array:
    """Embeddings of the training sentences, kept by content, so that only new sentences are encoded."""
    path = cache / "embedded.npz"
    known: dict[str, Array] = {}
    if path.is_file():
        try:
            with np.load(path, allow_pickle=False) as kept:
                if str(kept["version"]) == _version(encoder):
                    known = dict(zip(kept["keys"].tolist(), kept["vectors"], strict=True))
        except UNREADABLE as error:
            log.warning("the cache %s cannot be read (%s); encoding again", path.name, error)
    keys = [hashlib.sha256(s.encode()).hexdigest()[:24] for s in sentences]
    new = [i for i, key in enumerate(keys) if key not in known]
    if new:
        known.update(_encode(encoder, {keys[i]: sentences[i] for i in new}))
    stacked: Array = np.stack([known[k] for k in keys]).astype(np.float32)
    if new:
        version = _version(encoder)
        write(path, lambda out: np.savez(out, version=np.array(version), keys=np.array(keys), vectors=stacked))
    return stacked


def _encode(encoder: Encodes, sentences: dict[str, str]) -> dict[str, Array]:
    """Encode in pieces, those of one length together, and give up between two of them when the program ends."""
    order = sorted(sentences, key=lambda key: len(sentences[key]))
    done: dict[str, Array] = {}
    for start in range(0, len(order), PIECE):
        if not threading.main_thread().is_alive():
            raise Ending("the program ends")
        keys = order[start : start + PIECE]
        vectors = np.asarray(encoder.encode([sentences[k] for k in keys]), dtype=np.float32)
        done.update(zip(keys, vectors, strict=True))
    return done
