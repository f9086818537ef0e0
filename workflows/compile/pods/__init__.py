"""Pods as Argo gets them: templates, the containers and volumes in them, and how often they are tried."""
