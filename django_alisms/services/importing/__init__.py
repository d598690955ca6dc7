"""From an uploaded file to staged recipients.

uploading   the file comes in, is kept privately, and holds the draft until it is read or discarded
from_file   file → questions, or a reading of its rows; beside it from_code and from_send, with the rules of from_draft
reading     rows → judged rows: accepted, duplicate, rejected. No tables: a dry run is this alone
answers     what a person said to a file's questions, and what of it is remembered
staging     judged rows → batches, recipients and rejected rows, slice by slice, by one process at a time
storing     the rows on their way into the database, as fast as each database takes them
"""
