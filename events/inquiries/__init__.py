"""What is so on the forge: a hint, or the wish to see everything, becomes Occurrences. All of it is pure calls.

A webhook and a poll ask the same questions, so they find the same occurrences with the same ids.
"""
