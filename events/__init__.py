"""Events: what happens on a forge, or arrives as a CloudEvent, slings convoys; and what becomes of them is told.

A delivery becomes a Hint, the forge is asked what is so, which gives Occurrences; a rule of a rig makes a Convoy of
each, and its name is a hash of what happened. So a webhook, its redelivery and a poll make one Convoy together.
"""
