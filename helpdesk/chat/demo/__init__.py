"""A page of another site with the widget on it, for trying and for the tests."""
