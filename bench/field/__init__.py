"""What the benchmarks of the adapter share: a plain client, a load like Argo's, a floor to stand beside, and figures."""
