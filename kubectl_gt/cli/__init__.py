"""The program: its verbs, their options, completion and failures."""
