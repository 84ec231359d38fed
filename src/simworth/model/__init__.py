"""The exported model: a task's ensemble at the largest n, in files that any language can read."""
