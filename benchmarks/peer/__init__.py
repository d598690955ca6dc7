"""django-import-export as its documentation makes it fastest, in a project of its own."""
