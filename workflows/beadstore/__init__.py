"""A rig's bead file on its way between the repository and the cluster: read and handed over by a pod, closed lines written back."""
