"""How often a call is tried while nothing answers; ``mraa.aws.call`` does the retries."""

ATTEMPTS = 3
QUICK_ATTEMPTS = 2  # before a plan: the operator is waiting, and can run the command again
SURVIVOR_ATTEMPTS = 4  # of the only Region that is left
