"""The store: the ledger of conversations and what belongs to them. All SQL is in this package."""

from helpdesk.store.ledger import Accepted
from helpdesk.store.rows import Turn
from helpdesk.store.store import Store
from helpdesk.store.turns import Finished, Outcome

__all__ = ["Accepted", "Finished", "Outcome", "Store", "Turn"]
