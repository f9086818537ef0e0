"""What GitHub and Gitea do in the same way: Gitea's API is shaped after GitHub's."""
