"""Descriptors: from a structure to a vector, each by a registered featurizer, kept in the store."""

from simworth.features.composition import composition_kernel_mean
from simworth.features.described import describe
from simworth.features.force_field import ffkm
from simworth.features.polyinfo import polymer_class
from simworth.features.rdkit_list import rdkit_descriptors
from simworth.features.registry import (
    Described,
    Failure,
    Featurizer,
    Undescribed,
    featurizer,
    featurizers,
    get_featurizer,
)

__all__ = [
    "Described",
    "Failure",
    "Featurizer",
    "Undescribed",
    "composition_kernel_mean",
    "describe",
    "featurizer",
    "featurizers",
    "ffkm",
    "get_featurizer",
    "polymer_class",
    "rdkit_descriptors",
]
