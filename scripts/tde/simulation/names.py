"""Invented object names of three words, and what the words are said to mean."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

ONSETS = ("b", "br", "d", "f", "gl", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z")
VOWELS = ("a", "e", "i", "o", "u")
CODAS = ("", "lk", "mp", "nk", "rb", "sk", "x")

MEANINGS = (
    "anchor", "apple, pear", "autumn", "barley", "basket", "bell", "bridge, ford", "bronze", "candle", "canyon",
    "carpenter", "chalk", "cloak, coat", "clover", "coast", "compass", "copper", "cotton", "cricket (insect)", "dawn",
    "delta", "drum", "dust", "echo", "elbow", "ember, spark", "fern", "ferry", "finch", "flint", "flute", "frost",
    "garden", "glacier", "glass, lens", "grain", "granite", "hammer", "harbour", "hazel", "hedge", "heron", "honey",
    "island", "ivory", "juniper", "kettle", "ladder", "lantern", "lava", "leather", "lime", "linen", "loom, to weave",
    "maple", "marble", "marsh, bog", "meadow", "mill", "mint", "mirror", "moss", "nettle", "north wind", "oak", "oar",
    "ochre", "olive", "orchard", "otter", "paper", "pebble", "pepper", "pine", "plough", "quarry", "quartz", "rain",
    "reed", "ribbon", "river mouth", "rope, cord", "rust", "saddle", "salt", "sand", "sail", "shell", "shovel", "silk",
    "slate", "smoke", "snail", "spoon", "steam", "straw", "tar", "thistle", "thread", "tide", "timber", "tin", "torch",
    "turnip", "valley", "velvet", "walnut", "wharf, quay", "wheat", "wheel", "willow", "wool", "yarn", "yeast",
)  # fmt: skip

WORDS = tuple(
    onset + vowel + middle + ending
    for onset in ONSETS
    for vowel in VOWELS
    for middle in ("l", "m", "n", "r")
    for ending in (("o" if vowel != "o" else "a") + coda for coda in CODAS)
)


class Names(NamedTuple):
    """Names and their translations: ``words_joined_so`` and ``meaning + meaning + meaning``."""

    names: list[str]
    translations: list[str]


def draw_names(n: int, rng: np.random.Generator) -> Names:
    """Unique names and their translations.

    Parameters
    ----------
    n : int
        Number of names; there are 10^10 combinations.
    rng : Generator
    """
    base = len(WORDS)
    codes = np.unique(rng.integers(base**3, size=2 * n + 16))
    codes = rng.permutation(codes)[:n]
    triples = np.stack([codes // base**2, codes // base % base, codes % base], axis=1).tolist()
    meaning = [MEANINGS[(7 * k) % len(MEANINGS)] for k in range(base)]
    names = ["_".join(WORDS[k] for k in triple) for triple in triples]
    return Names(names, [" + ".join(meaning[k] for k in triple) for triple in triples])
