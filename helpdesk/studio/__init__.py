"""The studio: staff teach the bot, see what changes, publish, and take it back."""
