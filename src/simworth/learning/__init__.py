"""Networks, their preprocessing and batched training of many trials at once."""
