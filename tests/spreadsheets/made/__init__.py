"""Builders of files: by hand where a program would never write it, by real programs everywhere else."""
