"""The worker process: a supervisor, and below it the process in which the submission runs.

Started as ``python -I -S -B main.py CONNECTION LIFELINE SETTINGS``.
"""

import json
import os
import sys

if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(__file__)))))
    from gradcheck.isolation.inside.supervisor import supervise

    supervise(int(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3]))
