"""Rasa's rules, found by what they ask for: RulePolicy goes through all of them at each step, and through the whole conversation.

What is predicted is the same (tests/test_policy.py). See docs/decisions/0010-a-policy-of-our-own.md.
"""

from __future__ import annotations

import warnings
from typing import Any, Dict, List, Optional, Set, Text, Tuple

from rasa.core.policies.policy import PolicyPrediction
from rasa.core.policies.rule_policy import DEFAULT_ACTION_MAPPINGS, RULES, RulePolicy
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.constants import ACTION_LISTEN_NAME, PREVIOUS_ACTION, USER
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.events import ActionExecuted, BotUttered, DefinePrevUserUtteredFeaturization, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ACTION_NAME, INTENT

# Rasa asks whether a policy is RulePolicy itself, and would tell at each training that nothing handles /restart.
warnings.filterwarnings("ignore", message="'RulePolicy' is not included in the model's policy", category=UserWarning)

# What the last state must have, for a rule to fit: the action before, the intent. None: the rule names none.
End = Tuple[Optional[Text], Optional[Text]]
# What was said, and the actions since.
Turn = Tuple[Text, Tuple[Text, ...]]
PASSING = (SlotSet, BotUttered, DefinePrevUserUtteredFeaturization)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class TopicPolicy(RulePolicy):
    """As RulePolicy; the rules for a step are looked up, and those of an intent alone need no more than the last turn."""

    _learnt: Optional[Dict[Text, Text]] = None

    def predict_action_probabilities(
        self, tracker: DialogueStateTracker, domain: Domain, rule_only_data: Optional[Dict[Text, Any]] = None, **kwargs: Any
    ) -> PolicyPrediction:
        """Predict the next action."""
        key = self._plain_rule(tracker)
        if key is None:
            return super().predict_action_probabilities(tracker, domain, rule_only_data, **kwargs)
        return self._rule_prediction(self._prediction_result(self.lookup[RULES][key], tracker, domain), key)

    def _plain_rule(self, tracker: DialogueStateTracker) -> Optional[Text]:
        """Return the rule of this turn, where it says no more than an intent, and no other rule may come before it."""
        turn = None if tracker.active_loop_name else _turn(tracker)
        if turn is None or turn[0] in DEFAULT_ACTION_MAPPINGS:
            return None
        self._learn(self.lookup[RULES])
        before = tracker.latest_action_name
        return None if {(before, turn[0]), (before, None)} & self._special else self._plain.get(turn)

    def _get_possible_keys(self, lookup: Dict[Text, Text], states: List[State]) -> Set[Text]:
        """Have only those rules compared with the states that may fit the last one."""
        if lookup is not self.lookup[RULES]:
            return super()._get_possible_keys(lookup, states)
        self._learn(lookup)
        before, intent = _end(states[-1])
        near = [key for end in {(before, intent), (before, None)} for key in self._ending.get(end, ())]
        return super()._get_possible_keys({key: lookup[key] for key in near if key in lookup}, states)

    def _learn(self, lookup: Dict[Text, Text]) -> None:
        """Sort the rules by their last state, and the plain ones by their turn; once for each set of rules."""
        if self._learnt is lookup:
            return
        self._ending: Dict[End, List[Text]] = {}
        self._plain: Dict[Turn, Text] = {}
        self._special: Set[End] = set()
        for key in lookup:
            states = self._rule_key_to_state(key)
            self._ending.setdefault(_end(states[-1]), []).append(key)
            turn = _plain_turn(states)
            if turn:
                self._plain[turn] = key
            else:
                self._special.add(_end(states[-1]))
        self._learnt = lookup


def _end(state: State) -> End:
    return state.get(PREVIOUS_ACTION, {}).get(ACTION_NAME), state.get(USER, {}).get(INTENT)


def _plain_turn(states: List[State]) -> Optional[Turn]:
    """Return the turn that a rule is for, where it names an intent and actions, and nothing else."""
    intent = states[0].get(USER, {}).get(INTENT)
    actions = [state.get(PREVIOUS_ACTION, {}).get(ACTION_NAME) for state in states]
    plain = [{PREVIOUS_ACTION: {ACTION_NAME: action}, USER: {INTENT: intent}} for action in actions]
    if states != plain or not intent or actions[0] != ACTION_LISTEN_NAME:
        return None
    return intent, tuple(actions[1:])


def _turn(tracker: DialogueStateTracker) -> Optional[Turn]:
    """Return the turn in hand, where nothing has happened in it but actions that said something or set a slot."""
    said, done = None, []
    for event in reversed(tracker.events):
        if type(event) is ActionExecuted and said:
            return (said, tuple(reversed(done))) if event.action_name == ACTION_LISTEN_NAME else None
        if type(event) is ActionExecuted:
            done.append(event.action_name)
        elif type(event) is UserUttered and not said and not event.use_text_for_featurization:
            said = event.intent_name
        elif not isinstance(event, PASSING):
            return None
    return None
