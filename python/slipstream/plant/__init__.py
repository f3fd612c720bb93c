"""The plant's processes: which there are, and how they are started, watched and stopped."""
