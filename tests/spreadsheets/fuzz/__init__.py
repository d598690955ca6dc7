"""Files of the corpus, damaged at random: ``python -m tests.spreadsheets.fuzz --mutations 5000 --seed 1``.

Demanded of every one: no traceback, an end in time, memory within the guard's figure, and either nothing imported or
rows = recipients + duplicates + refused. ``mutations`` makes the files, ``victim`` reads them in a process of its own,
``hunt`` drives both and keeps what was found.
"""
