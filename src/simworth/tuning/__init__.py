"""Search for a task's training settings on splits that never see a trial's test materials."""
