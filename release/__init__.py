"""Makes what a release consists of, each file the same whenever and wherever it is made from the same commit: `make dist`."""
