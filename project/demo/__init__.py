"""``make demo``: the whole product on one machine, with a sandbox in the place of Alibaba Cloud.

``python -m project.demo`` keeps its state in ``var/demo/``; ``python -m project.demo --check`` uses a folder of its
own, looks at what a person would look at, and ends.
"""
