"""What people upload, judged: numbers, values, columns and rows, by one rule set for every door.

Pure: no Django models, no network, no Aliyun. The admin, the commands, the Python API and the benchmarks all
call the same functions, so that a row is never good at one door and bad at another.

The order of reading: ``readers`` turn a file into cells, ``columns`` finds out which cell is which,
``rows`` judges a row with ``phone_numbers`` and ``values``, ``duplicates`` sees the same person twice,
``reasons`` has the words, and ``rejected_workbook`` hands back what was not taken.
"""
