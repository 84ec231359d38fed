"""Descriptors: from a structure to a vector, each by a registered featurizer, kept in the store."""

from simworth.features.composition import composition_kernel_mean, magpie
from simworth.features.descriptor_store import describe
from simworth.features.force_field import ffkm
from simworth.features.molecular import morgan_counts, rdkit_descriptors
from simworth.features.registry import (
    FEATURIZERS,
    Described,
    Failure,
    Featurizer,
    Undescribed,
    featurizer,
    get_featurizer,
)
from simworth.features.vectors import vectors

__all__ = [
    "FEATURIZERS", "Described", "Failure", "Featurizer", "Undescribed", "composition_kernel_mean", "describe",
    "featurizer", "ffkm", "get_featurizer", "magpie", "morgan_counts", "rdkit_descriptors", "vectors",
]  # fmt: skip
