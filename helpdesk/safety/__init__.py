"""The safety net: does a message speak of suicide, self-harm, or danger to life or health?

It runs in the web process before anything else and looks twice. The first look is a set of patterns in `data/safety`
that staff can read and edit; what they find is sure. The second is a small linear classifier over the sentence
embedding and hashed pieces of words, for what is only hinted at. Everything happens in memory; nothing is stored.
See docs/safety.md.
"""

from __future__ import annotations

from helpdesk.safety.expressions import SafetyError
from helpdesk.safety.learning import CLASSES, Encodes, Material, Model, material, ordinary, windows
from helpdesk.safety.net import Finding, SafetyNet, train
from helpdesk.safety.rules import FILES, PATTERN_FILES, Pattern, Rules, read_rules
from helpdesk.safety.tidy import LONGEST, Words, normalise

__all__ = [
    "CLASSES",
    "FILES",
    "LONGEST",
    "PATTERN_FILES",
    "Encodes",
    "Finding",
    "Material",
    "Model",
    "Pattern",
    "Rules",
    "SafetyError",
    "SafetyNet",
    "Words",
    "material",
    "normalise",
    "ordinary",
    "read_rules",
    "train",
    "windows",
]
