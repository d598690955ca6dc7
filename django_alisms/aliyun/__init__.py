"""Alibaba Cloud's SMS service (Dysmsapi 2017-05-25) as this app speaks it: signature, calls, codes, outcomes.

Nothing in this package knows Django. Reading order: `credentials`, `auth`, `endpoint`, `fields`, `transport`,
`codes`, `outcomes`, `operations`.
"""
