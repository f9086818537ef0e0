"""`python -m adapter` is `gastown-adapter`."""

from adapter.main import main

main()
