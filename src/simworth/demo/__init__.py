"""Made-up databases whose truth is known: what the pipeline shows when no release is within reach."""
