"""What each account may do, as data."""
