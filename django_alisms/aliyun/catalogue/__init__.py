"""What is known of every code, as data: one module a family, one row a code; `codes.explain` reads it.

Sources: Alibaba Cloud's pages "API error codes" and "Receipt error codes" of the SMS service and the client
errors common to its RPC APIs. What a code proves, and who may send again, follows docs/reliability.md.
"""
