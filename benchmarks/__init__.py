"""The speed table: what SimWorth does against what a user would write, measured side by side on one machine."""
