"""The model to take home: a task's ensemble at the largest n, in files that any language can read."""
