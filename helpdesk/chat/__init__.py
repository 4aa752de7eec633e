"""The visitor's site: the public API and the page that works without JavaScript."""
