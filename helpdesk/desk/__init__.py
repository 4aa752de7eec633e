"""The desk: where navigators take over conversations."""
