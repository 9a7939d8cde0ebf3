"""What runs in the process in which repairs are searched for: the whole suite, beside a submission."""
