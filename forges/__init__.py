"""What a forge is asked and what it answers, as plain values; transports stand apart.

Every operation is a `Call`: a generator that yields Requests, is sent Answers, and returns what was asked for. So the
same operation runs over urllib inside a step, over aiohttp in a server, and over a list of answers in a test. Standard
library only, because steps import it. A forge is a folder with one row in `registry`.
"""
