"""Data out of a recording, for other programs.

``kinds`` says what can be taken, ``rows`` reads it page by page, ``follow`` while it is still being written;
``filters`` chooses, ``anonymise`` makes it fit for sharing; ``formats``, ``parquet``, ``zeek`` and ``eve`` write it.
"""
