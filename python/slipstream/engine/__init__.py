"""The seam to any q process: the `Engine` protocol, the PyKX client, and how quill and kdb+ are started."""
