"""From an uploaded file to staged recipients.

uploading   the file comes in, is kept privately, and holds the draft until it is read or discarded
reading     file → questions, or judged rows: accepted, duplicate, rejected. No tables: a dry run is this alone
staging     judged rows → batches, recipients and rejected rows, slice by slice, by one process at a time
storing     the rows on their way into the database, as fast as each database takes them
"""
