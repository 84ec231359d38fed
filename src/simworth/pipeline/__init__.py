"""The whole run: bring the releases, `dvc repro`, publish, print the table of laws."""
