"""The draft as authors see and change it: the files of `data/`, read into forms and written back line by line."""
