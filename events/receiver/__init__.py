"""The receiver: what comes in over HTTP. Routes are a few lines; what they call decides."""
